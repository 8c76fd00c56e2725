"""The week that the pictures show: what the exporter would say, and a house that is guarded."""

from collections import Counter
from pathlib import Path

import pytest

from tests.grafana.draw.week import Week
from tests.grafana.test_names import exported

HOUR = 3600.0


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    (day,) = Week(tmp_path_factory.mktemp("week"), scrape=HOUR).write(days=1)
    return day.read_text(encoding="utf-8").splitlines()


def last(samples: list[str], *parts: str) -> float:
    """Add up what the series with these parts were at the end of the day."""
    newest = max(sample.rpartition(" ")[2] for sample in samples[:-1])
    return sum(
        float(sample.split()[-2])
        for sample in samples[:-1]
        if sample.endswith(newest) and all(part in sample for part in parts)
    )


def test_it_is_openmetrics_with_a_time_at_each_sample(samples: list[str]) -> None:
    assert samples[-1] == "# EOF"
    assert all(sample.rpartition(" ")[2].isdigit() for sample in samples[:-1])
    times = Counter(sample.rpartition(" ")[2] for sample in samples[:-1])
    assert len(times) == 24


def test_it_names_only_what_the_exporter_gives(samples: list[str]) -> None:
    names = {sample.partition("{")[0] for sample in samples[:-1]}
    suffixes = ("_bucket", "_count", "_sum", "_created")
    assert {name for name in names if not name.endswith(suffixes)} <= exported()


def test_voice_is_allowed_and_stopped_in_it_and_nothing_leaks(samples: list[str]) -> None:
    utterances = "hushgate_utterances_total"
    assert last(samples, utterances, 'verdict="accept"', 'reason="window-open"') > 0
    assert last(samples, utterances, 'verdict="drop"') > 0
    assert last(samples, "hushgate_unallowed_speech_bytes_total") == 0


def test_two_weeks_are_the_same(samples: list[str], tmp_path: Path) -> None:
    (day,) = Week(tmp_path, scrape=HOUR).write(days=1)
    again = day.read_text(encoding="utf-8").splitlines()
    assert _decided(again) == _decided(samples)


def _decided(samples: list[str]) -> list[str]:
    """Leave out what is the machine's: the process, and when the ledger's writer got to write."""
    return [each for each in samples if not each.startswith(("process_", "hushgate_ledger_"))]
