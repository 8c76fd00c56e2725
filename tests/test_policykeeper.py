"""The owner's word outlives restarts, and means the same when the clock is set."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hushgate import policykeeper
from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.metrics import Metrics
from hushgate.config_calendars import KEPT_NAME, kept_copy
from hushgate.core.clocktrust import Reading
from hushgate.core.model import DeviceId, Reason, Voice
from hushgate.core.overrides import Override, Wish
from hushgate.policykeeper import PolicyKeeper
from hushgate.residents import Residents

EXAMPLE = Path(__file__).parents[1] / "config" / "hushgate.example.yaml"
KITCHEN = DeviceId("kitchen")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clocks:
    """The clocks of a machine, as far as the keeper reads them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.running, self.boot = NOON, 5_000.0, "first"
        monkeypatch.setattr(policykeeper, "read_clocks", self._read)

    def run(self, seconds: float, *, and_set_by: timedelta = timedelta(0)) -> None:
        self.running += seconds
        self.wall += timedelta(seconds=seconds) + and_set_by

    def start_machine(self) -> None:
        self.running, self.boot = 100.0, "second"

    def _read(self) -> Reading:
        return Reading(self.wall, self.running, synchronized=True, has_rtc=True, boot=self.boot)


def keeper(folder: Path, config: Path = EXAMPLE, *, trusts_no_clock: bool = False) -> PolicyKeeper:
    metrics = Metrics(())
    residents = Residents(folder, shipped_catalogue(), metrics)
    return PolicyKeeper(
        config, folder, residents, metrics, lambda: None, trusts_no_clock=trusts_no_clock
    )


def pause(minutes: int, *, is_span: bool = True) -> Override:
    until = NOON + timedelta(minutes=minutes)
    return Override(
        DeviceId("kitchen"), Wish.PAUSE, NOON, until, by="anna", id="1", is_span=is_span
    )


def test_what_the_owner_wanted_is_in_force_after_a_restart_to_the_same_moment(
    tmp_path: Path,
) -> None:
    keeper(tmp_path).take_overrides((pause(20),))
    (kept,) = keeper(tmp_path).policy.overrides
    assert (kept.wish, kept.until) == (Wish.PAUSE, NOON + timedelta(minutes=20))


@pytest.mark.parametrize("by", [timedelta(hours=-2), timedelta(days=30)], ids=["back", "ahead"])
def test_a_pause_lasts_as_long_as_was_said_when_the_clock_is_set_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    clocks, kept = Clocks(monkeypatch), keeper(tmp_path)
    kept.look()
    kept.take_overrides((pause(20),))
    clocks.run(300, and_set_by=by)
    kept.look()
    (now,) = kept.policy.overrides
    assert now.until - clocks.wall == timedelta(minutes=15)
    clocks.run(1)
    kept.look()
    assert kept.policy.overrides == (now,)


def test_a_pause_lasts_as_long_as_was_said_over_a_restart_of_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks, before = Clocks(monkeypatch), keeper(tmp_path)
    before.take_overrides((pause(20),))
    clocks.run(60, and_set_by=timedelta(hours=3))
    after = keeper(tmp_path)
    after.look()
    clocks.run(60, and_set_by=timedelta(hours=-1))
    after.look()
    (now,) = after.policy.overrides
    assert now.until - clocks.wall == timedelta(minutes=18)


def test_an_allowance_of_before_a_power_cut_does_not_come_back_to_life_when_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut a machine without a clock of its own believes it is when it was last on."""
    clocks = Clocks(monkeypatch)
    keeper(tmp_path).take_overrides((pause(20),))
    clocks.start_machine()
    kept = keeper(tmp_path)
    kept.look()
    clocks.run(60, and_set_by=timedelta(hours=3))
    kept.look()
    (now,) = kept.policy.overrides
    assert not now.holds(clocks.wall)


def test_a_calendar_on_the_web_speaks_as_soon_as_its_copy_is_there(tmp_path: Path) -> None:
    address = "https://calendar.example/away.ics"
    config = tmp_path / "hushgate.yaml"
    text = EXAMPLE.read_text().replace(
        "  #calendars:\n", f'  calendars:\n    "{address}": closed\n', 1
    )
    config.write_text(text)
    kept = keeper(tmp_path, config)
    assert kept.config.addresses == (address,)
    assert kept.policy.ruling(KITCHEN, NOON).voice is Voice.ALLOWED
    copy = kept_copy(tmp_path / KEPT_NAME, address)
    copy.parent.mkdir()
    copy.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261124\nEND:VEVENT\nEND:VCALENDAR\n")
    kept.look()
    ruling = kept.policy.ruling(KITCHEN, NOON)
    assert (ruling.voice, ruling.reason) == (Voice.BLOCK, Reason.EXCEPTION_CLOSED)
    assert address in ruling.rule
    kept.calendars.problems[address] = "does not answer"
    assert any(address in problem for problem in kept.problems())


def test_a_clock_that_is_rehearsed_to_be_wrong_stays_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks, rehearsing = Clocks(monkeypatch), keeper(tmp_path, trusts_no_clock=True)
    for _ in range(3):
        rehearsing.look()
        clocks.run(86_400.0)
        assert rehearsing.policy.ruling(KITCHEN, clocks.wall).reason is Reason.CLOCK_UNTRUSTED
    (problem,) = rehearsing.problems()
    assert problem == "the wall clock is not trusted (rehearsed): no window is judged"
