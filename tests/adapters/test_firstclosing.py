"""The warning before voice is closed for the first time: in time, and not for ever."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hushgate.adapters.firstclosing import NAME, FirstClosing
from hushgate.config import load_config
from hushgate.core.overrides import Override, Wish
from tests.core.clockwork import local

POLICY = load_config(Path(__file__).parents[2] / "config" / "hushgate.example.yaml").policy
BERLIN = ZoneInfo("Europe/Berlin")
NOON, NIGHT = local("2026-11-03 12:00"), local("2026-11-03 23:00")


def warned(folder: Path, *, at: object, policy: object = POLICY) -> bool:
    return bool(FirstClosing(folder).warnings(policy, at, BERLIN))  # type: ignore[arg-type]


def test_the_owner_is_warned_until_a_day_after_the_first_closing(tmp_path: Path) -> None:
    assert warned(tmp_path, at=NOON)
    assert not (tmp_path / NAME).exists()
    assert warned(tmp_path, at=NIGHT)
    assert warned(tmp_path, at=NIGHT + timedelta(hours=23))
    assert not warned(tmp_path, at=NIGHT + timedelta(hours=24))


def test_without_a_trusted_clock_no_moment_is_named_or_remembered(tmp_path: Path) -> None:
    assert not warned(tmp_path, at=NIGHT, policy=POLICY.with_clock(trusted=False))
    assert not (tmp_path / NAME).exists()


def test_a_mark_that_cannot_be_read_or_written_warns_again(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("yesterday")
    assert warned(tmp_path, at=NIGHT)
    assert warned(tmp_path / "missing", at=NIGHT)
    assert warned(tmp_path / "missing", at=NIGHT + timedelta(days=2))


def test_a_change_of_the_rules_counts_at_once(tmp_path: Path) -> None:
    mark = FirstClosing(tmp_path)
    until = NOON + timedelta(days=7)
    block = Override(None, Wish.BLOCK, NOON, until, by="cli", id="1")
    [night] = mark.warnings(POLICY, NOON, BERLIN)
    [noon] = mark.warnings(POLICY.with_overrides([block]), NOON, BERLIN)
    assert "22:00" in night
    assert "12:00" in noon


def test_as_time_goes_by_the_same_closing_is_named_until_it_is_now(tmp_path: Path) -> None:
    mark = FirstClosing(tmp_path)
    said = [mark.warnings(POLICY, NOON + timedelta(hours=hours), BERLIN) for hours in range(12)]
    assert said[0] == said[9] != []
    assert "23:00" in said[11][0]


def test_a_clock_that_is_set_back_is_followed(tmp_path: Path) -> None:
    mark = FirstClosing(tmp_path)
    later = mark.warnings(POLICY, NOON + timedelta(days=3), BERLIN)
    assert mark.warnings(POLICY, NOON, BERLIN) != later
