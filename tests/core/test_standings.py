"""What a policy says of its devices, as engine and gate take it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hushgate.config import load_config
from hushgate.core.model import DeviceId, Voice
from hushgate.core.overrides import Override, Wish
from hushgate.core.standings import seed_of, snapshot_of, standing_of
from hushgate.core.wiring import Wiring

EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"
POLICY = load_config(EXAMPLE).policy
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
KITCHEN_MAC, OFFICE_MAC = "fc:65:de:10:00:01", "74:c2:46:10:00:04"


def test_standing_follows_the_window() -> None:
    kitchen = DeviceId("kitchen")
    assert standing_of(POLICY, kitchen, NOON).voice is Voice.ALLOWED
    assert standing_of(POLICY, kitchen, NIGHT).voice is Voice.BLOCK


def test_snapshot_opens_whose_voice_may_leave_until_it_may_not() -> None:
    snapshot = snapshot_of(POLICY, Wiring(), NOON)
    assert len(snapshot.speakers) == 4
    until_ten_pm_in_berlin = 10 * 3600.0
    assert snapshot.open[KITCHEN_MAC] == until_ten_pm_in_berlin


def test_snapshot_at_night_opens_only_who_is_merely_observed() -> None:
    assert set(snapshot_of(POLICY, Wiring(), NIGHT).open) == {OFFICE_MAC}


def test_snapshot_says_whom_lists_speak_of() -> None:
    snapshot = snapshot_of(POLICY, Wiring(), NOON, listed={DeviceId("kitchen")})
    assert snapshot.listed == (KITCHEN_MAC,)


def test_lists_rest_while_protection_is_paused() -> None:
    kitchen = DeviceId("kitchen")
    until = NOON + timedelta(minutes=20)
    pause = Override(kitchen, Wish.PAUSE, NOON, until, by="cli", id="1")
    paused = POLICY.with_overrides([pause])
    assert snapshot_of(paused, Wiring(), NOON, listed={kitchen}).listed == ()
    assert snapshot_of(paused, Wiring(), until, listed={kitchen}).listed == (KITCHEN_MAC,)


def test_seed_shuts_every_speaker() -> None:
    seed = seed_of(POLICY, Wiring())
    assert len(seed.speakers) == 4
    assert seed.open == {}
