"""What `hushgate run` leaves for the gate before the addon is up."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushgate.adapters.householdfile import HouseholdFile
from hushgate.commands.run import sow
from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Sought
from hushgate.core.household import Household
from hushgate.core.link import decode_snapshot
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable
from hushgate.gate import SNAPSHOT_NAME

EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"
ECHO = "fc:65:de:00:00:07"


def find_echo(state_dir: Path) -> str:
    """Leave behind that an Echo was found; return its hardware address."""
    home = Household(Catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))
    home.learn(Sought(ECHO, "_amzn-alexa._tcp"), Instant(0.0))
    file = HouseholdFile(state_dir)
    file.save(home, Instant(0.0), datetime(2026, 11, 24, tzinfo=UTC))
    file.close()
    return ECHO


@pytest.mark.parametrize(
    ("word", "is_shut"),
    [
        pytest.param("protect", True, id="a found speaker is shut from the start"),
        pytest.param("observe", False, id="or left alone, as the owner says"),
    ],
)
def test_found_speakers_after_a_restart(tmp_path: Path, word: str, is_shut: bool) -> None:
    config = tmp_path / "hushgate.yaml"
    text = EXAMPLE.read_text()
    config.write_text(text.replace("house:\n", f"house:\n  new_speakers: {word}\n", 1))
    find_echo(tmp_path)
    args = argparse.Namespace(config=config, state_dir=tmp_path, runtime_dir=tmp_path / "run")
    assert sow(args) == 0
    seed = decode_snapshot((tmp_path / "run" / SNAPSHOT_NAME).read_bytes())
    assert (ECHO in seed.speakers) is is_shut
    assert len(seed.speakers) == 4 + is_shut
    assert seed.open == {}
