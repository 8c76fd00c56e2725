"""The machine's clock is set by a year while a speaker speaks inside its window.

A library of the test stands between hushgate and the wall clock; the clocks that only ever run on
stay real, as they do when somebody sets the clock of a machine.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hushgate.adapters.clocks import read_clocks
from hushgate.adapters.policyfiles import OVERRIDES_NAME
from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd
from tests.e2e.gateprocess import until
from tests.e2e.owner import CONFIG, Hushgate, Speaker, speaking
from tests.home.network import Network

SOURCE = Path(__file__).with_name("settable_clock.c")
YEAR = 365 * 86400
SENTENCE = 101
"""Words of one: each is a connection of its own."""
KNOWN = 45
"""Words of it by which it is known to be speech: what began later has no grace."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed (apt: gcc)"),
    pytest.mark.skipif(
        read_clocks().synchronized,
        reason="the kernel vouches for this clock (NTP), so a step of it is believed at once",
    ),
]


class SettableClock:
    """A wall clock that is set while it is in use."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._by = 0
        self.set_by(0)
        library = folder / "clock.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self.environment = {"LD_PRELOAD": str(library), "SETTABLE_CLOCK": str(self._file)}

    def set_by(self, seconds: int) -> None:
        """Set it by so much."""
        self._by += seconds
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(self._by.to_bytes(8, sys.byteorder, signed=True))

    def now(self) -> datetime:
        """Return what it shows."""
        return datetime.now(UTC) + timedelta(seconds=self._by)


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Network, FarEnd]]:
    home = Network()
    with (
        closing(home),
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, home.speakers["office"])) as far_end,
    ):
        yield home, far_end


def word_of(speaker: Speaker, sentence: int, *, last: bool) -> bytes | None:
    """Return the first or the last word of a sentence, once it was said."""
    number = sentence * SENTENCE + (SENTENCE - 1 if last else 0)
    return speaker.words[number] if number < len(speaker.words) else None


@pytest.mark.parametrize("step", [YEAR, -YEAR], ids=["ahead", "back"])
def test_a_clock_set_by_a_year_shuts_the_window_after_the_sentence_under_way(
    scene: tuple[Network, FarEnd], tmp_path: Path, step: int
) -> None:
    home, far_end = scene
    clock = SettableClock(tmp_path)
    always = CONFIG.replace("windows: []", "windows: [always]")
    with (
        closing(
            Hushgate(home.gateway, tmp_path, config=always, environment=clock.environment)
        ) as hushgate,
        speaking(home) as speakers,
    ):
        assert hushgate.tell("allow", "kitchen", "1h").returncode == 0
        until(lambda: all(len(speaker.words) > KNOWN for speaker in speakers), "known speech")
        under_way = [(len(speaker.words) - 1) // SENTENCE for speaker in speakers]
        clock.set_by(step)
        said = until(lambda: not_trusted(hushgate), "that the clock is not trusted")
        shut = [len(speaker.words) // SENTENCE + 1 for speaker in speakers]

        seen = bytearray()

        def has_arrived(word: bytes) -> bool:
            seen.extend(far_end.arrived())
            return word in seen

        for speaker, sentence in zip(speakers, under_way, strict=True):
            last = until(lambda: word_of(speaker, sentence, last=True), "its end")  # noqa: B023
            until(lambda: has_arrived(last), "its last word")  # noqa: B023
        until(
            lambda: all(word_of(s, n + 1, last=True) for s, n in zip(speakers, shut, strict=True)),
            "two sentences more",
        )
        time.sleep(0.5)
        seen += far_end.arrived()
        for speaker, sentence in zip(speakers, shut, strict=True):
            later = speaker.words[sentence * SENTENCE :]
            assert [n for n, word in enumerate(later) if word in seen] == []

        assert said == "clock-untrusted"
        assert hushgate.failures()["clock-untrusted"] == 1
        refused = until(lambda: refusals(hushgate), "the rows of what was refused")
        for row in refused:
            assert abs(datetime.fromisoformat(row["time"]) - clock.now()) < timedelta(hours=1)
            assert row["left"] == 0
        (allowed,) = json.loads((hushgate.state / OVERRIDES_NAME).read_text())["overrides"]
        left = datetime.fromisoformat(allowed["until"]) - clock.now()
        assert timedelta(0) < left < timedelta(hours=1), "an hour stays an hour"


def not_trusted(hushgate: Hushgate) -> str | None:
    """Return by which rule the kitchen is treated, once status says that the clock is wrong."""
    report = hushgate.report()
    if not any(each.startswith("the wall clock is not trusted") for each in report["problems"]):
        return None
    (kitchen,) = report["devices"]
    return str(kitchen["reason"])


def refusals(hushgate: Hushgate) -> list[dict[str, object]]:
    """Return the rows of what was not let go because of the clock."""
    return [row for row in hushgate.rows() if row["reason"] == "clock-untrusted"]
