"""The policy: which level speaks, what it says, and until when."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Mac, Outside, Reason, Voice
from hushgate.core.overrides import Override, Wish
from hushgate.core.policy import DevicePolicy, OnBlock, Policy
from hushgate.core.schedule import Schedule
from hushgate.core.settings import FAIL_DEFAULTS, Cause, Fail
from tests.core.clockwork import MINUTE, Calendar, local, schedule

KITCHEN, OFFICE = DeviceId("kitchen"), DeviceId("office")
DAYTIME = schedule("mon-fri 07:00-22:00")
MONDAY_NOON = local("2026-11-02 12:00")
MONDAY_NIGHT = local("2026-11-02 23:00")


def device(
    plan: Schedule,
    key: DeviceId = KITCHEN,
    *,
    outside: Outside = Outside.BLOCK,
    fail: Mapping[Cause, Fail] = FAIL_DEFAULTS,
) -> DevicePolicy:
    return DevicePolicy(
        id=key,
        name=f"{key.capitalize()} Echo",
        macs=frozenset({Mac("fc:65:de:10:00:01")}),
        addresses=frozenset(),
        vendor="amazon",
        group=None,
        schedule=plan,
        outside=outside,
        hard_edge=False,
        grace=10.0,
        delay_limit=20.0,
        on_block=OnBlock.ANNOUNCE,
        lists=(),
        fail=fail,
    )


def policy(plan: Schedule = DAYTIME, *overrides: Override, **more: Any) -> Policy:
    return Policy(1, {KITCHEN: device(plan, **more)}, overrides)


def override(
    since: datetime, minutes: float, *, wish: Wish, whom: DeviceId | None = KITCHEN
) -> Override:
    until = since + timedelta(minutes=minutes)
    return Override(whom, wish, since, until, by="anna", id=f"{since:%H%M}")


ALLOW_AT_NIGHT = override(MONDAY_NIGHT, 20, wish=Wish.ALLOW)
PAUSE_AT_NIGHT = override(MONDAY_NIGHT, 20, wish=Wish.PAUSE)
BLOCK_AT_NOON = override(MONDAY_NOON, 20, wish=Wish.BLOCK, whom=None)
CHRISTMAS_AT_HOME = schedule("07:00-22:00", exceptions={"2026-11-02": "23:00-24:00"})
CLOSED_DAY = schedule("07:00-22:00", exceptions={"2026-11-02": "closed"})


@pytest.mark.parametrize(
    ("given", "at", "voice", "reason", "rule"),
    [
        pytest.param(
            policy(DAYTIME, ALLOW_AT_NIGHT),
            MONDAY_NIGHT,
            Voice.ALLOWED,
            Reason.OVERRIDE_OPEN,
            "Kitchen Echo allowed by anna until mon 2026-11-02 23:20",
            id="an allowance speaks before closed windows",
        ),
        pytest.param(
            policy(DAYTIME, BLOCK_AT_NOON),
            MONDAY_NOON,
            Voice.BLOCK,
            Reason.OVERRIDE_CLOSED,
            "all speakers blocked by anna until mon 2026-11-02 12:20",
            id="a block of all speaks before open windows",
        ),
        pytest.param(
            policy(CLOSED_DAY, override(MONDAY_NOON, 5, wish=Wish.ALLOW)),
            MONDAY_NOON,
            Voice.ALLOWED,
            Reason.OVERRIDE_OPEN,
            "Kitchen Echo allowed by anna until mon 2026-11-02 12:05",
            id="an allowance speaks before an exception",
        ),
        pytest.param(
            policy(DAYTIME, override(MONDAY_NIGHT, 20, wish=Wish.PAUSE), outside=Outside.OFFLINE),
            MONDAY_NIGHT,
            Voice.OBSERVE,
            Reason.OVERRIDE_PAUSED,
            "Kitchen Echo not protected: paused by anna until mon 2026-11-02 23:20",
            id="a pause opens everything, whatever is set for outside",
        ),
        pytest.param(
            policy(CLOSED_DAY),
            MONDAY_NOON,
            Voice.BLOCK,
            Reason.EXCEPTION_CLOSED,
            "2026-11-02: closed (exception of the house)",
            id="an exception closes an open window",
        ),
        pytest.param(
            policy(CHRISTMAS_AT_HOME),
            MONDAY_NIGHT,
            Voice.ALLOWED,
            Reason.EXCEPTION_OPEN,
            "2026-11-02: 23:00-24:00 (exception of the house)",
            id="an exception opens a closed hour",
        ),
        pytest.param(
            policy(),
            MONDAY_NOON,
            Voice.ALLOWED,
            Reason.WINDOW_OPEN,
            "mon-fri 07:00-22:00 (windows of the house)",
            id="a window is open",
        ),
        pytest.param(
            policy(),
            MONDAY_NIGHT,
            Voice.BLOCK,
            Reason.WINDOW_CLOSED,
            "outside mon-fri 07:00-22:00 (windows of the house)",
            id="no window is open",
        ),
        pytest.param(
            policy(schedule()),
            MONDAY_NOON,
            Voice.BLOCK,
            Reason.NO_SCHEDULE,
            "the house has no windows",
            id="there are no windows at all",
        ),
    ],
)
def test_precedence(given: Policy, at: datetime, voice: Voice, reason: Reason, rule: str) -> None:
    ruling = given.ruling(KITCHEN, at)
    assert (ruling.voice, ruling.reason, ruling.rule) == (voice, reason, rule)


@pytest.mark.parametrize("outside", Outside)
def test_outside_its_windows_a_speaker_gets_its_own_mode(outside: Outside) -> None:
    assert policy(outside=outside).ruling(KITCHEN, MONDAY_NIGHT).voice == outside.value


def test_an_unknown_speaker_is_blocked_even_when_all_are_allowed() -> None:
    everyone = override(MONDAY_NOON, 60, wish=Wish.ALLOW, whom=None)
    ruling = policy(DAYTIME, everyone).ruling(UNKNOWN_DEVICE, MONDAY_NOON)
    assert (ruling.voice, ruling.reason) == (Voice.BLOCK, Reason.UNKNOWN_SPEAKER)
    assert ruling.until is None
    assert policy().next_change(UNKNOWN_DEVICE, MONDAY_NOON) is None


def test_every_level_is_asked_in_order_and_said() -> None:
    assert policy().ruling(KITCHEN, MONDAY_NIGHT).steps == (
        "override: none in force",
        "exception: none for 2026-11-02",
        "windows of the house (Europe/Berlin): mon-fri 07:00-22:00: closed",
        "outside its windows: block",
    )


# --- until when ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "at", "until"),
    [
        pytest.param(policy(), MONDAY_NOON, local("2026-11-02 22:00"), id="the window closes"),
        pytest.param(
            policy(),
            local("2026-11-06 23:00"),
            local("2026-11-09 07:00"),
            id="the next window is after the weekend",
        ),
        pytest.param(
            policy(DAYTIME, ALLOW_AT_NIGHT),
            MONDAY_NIGHT,
            local("2026-11-02 23:20"),
            id="the allowance ends and the night goes on",
        ),
        pytest.param(
            policy(DAYTIME, override(local("2026-11-02 21:50"), 20, wish=Wish.ALLOW)),
            local("2026-11-02 21:55"),
            local("2026-11-02 22:10"),
            id="the allowance outlives the window",
        ),
        pytest.param(
            policy(DAYTIME, override(MONDAY_NOON, 20, wish=Wish.ALLOW)),
            MONDAY_NOON,
            local("2026-11-02 22:00"),
            id="an allowance within a window changes nothing when it ends",
        ),
        pytest.param(
            policy(DAYTIME, PAUSE_AT_NIGHT, outside=Outside.OBSERVE),
            MONDAY_NIGHT,
            local("2026-11-02 23:20"),
            id="the end of a pause, also of a speaker that is only observed",
        ),
        pytest.param(
            policy(DAYTIME, PAUSE_AT_NIGHT, outside=Outside.OBSERVE),
            local("2026-11-02 22:30"),
            MONDAY_NIGHT,
            id="the begin of one, too",
        ),
        pytest.param(policy(schedule("always")), MONDAY_NOON, None, id="never"),
    ],
)
def test_until_is_when_a_device_is_next_treated_differently(
    given: Policy, at: datetime, until: datetime | None
) -> None:
    assert given.ruling(KITCHEN, at).until == until
    assert given.next_change(KITCHEN, at) == until


def test_block_until_morning_resumes_after_an_allowance() -> None:
    block = override(local("2026-11-02 20:00"), 11 * 60, wish=Wish.BLOCK, whom=None)
    allow = override(local("2026-11-02 21:00"), 20, wish=Wish.ALLOW)
    house = Policy(1, {KITCHEN: device(DAYTIME), OFFICE: device(DAYTIME, OFFICE)}, (block, allow))
    at = local("2026-11-02 21:05")
    assert house.ruling(KITCHEN, at).voice is Voice.ALLOWED
    assert house.ruling(OFFICE, at).voice is Voice.BLOCK
    after = local("2026-11-02 21:20")
    assert house.ruling(KITCHEN, at).until == after
    assert house.ruling(KITCHEN, after).voice is Voice.BLOCK
    assert house.ruling(KITCHEN, after).until == local("2026-11-03 07:00")


MOMENTS = st.integers(0, 5 * 24 * 60).map(lambda minute: MONDAY_NOON + minute * MINUTE)
OVERRIDES = st.lists(
    st.builds(
        lambda since, minutes, wish, whom: override(since, minutes, wish=wish, whom=whom),
        MOMENTS,
        st.integers(1, 2000),
        st.sampled_from(Wish),
        st.sampled_from([KITCHEN, None, OFFICE]),
    ),
    max_size=4,
)
PLANS = st.sampled_from(
    [DAYTIME, CLOSED_DAY, schedule("daily 20:00-06:00", "12:00-13:00"), schedule()]
)


def treatment_of(
    plan: Calendar, overrides: list[Override], outside: Outside, at: datetime
) -> tuple[Voice, bool]:
    """By brute force: the newest override that holds, else the minutes on the wall."""
    closed = Voice(outside.value)
    words = {Wish.ALLOW: Voice.ALLOWED, Wish.BLOCK: closed, Wish.PAUSE: Voice.OBSERVE}
    spoke = [
        each
        for each in overrides
        if each.device in (KITCHEN, None) and each.since <= at < each.until
    ]
    newest = max((each.since for each in spoke), default=None)
    last = [each for each in spoke if each.since == newest]
    if last:
        return words[last[-1].wish], last[-1].wish is Wish.PAUSE
    return (Voice.ALLOWED if plan.is_open(at) else closed), False


@given(PLANS, OVERRIDES, st.sampled_from(Outside), MOMENTS)
def test_voice_and_its_changes_equal_the_minutes_on_the_wall(
    plan: Schedule, overrides: list[Override], outside: Outside, start: datetime
) -> None:
    snapshot, calendar = policy(plan, *overrides, outside=outside), Calendar(plan)
    minutes = [start + minute * MINUTE for minute in range(2 * 24 * 60)]
    treatments = [treatment_of(calendar, overrides, outside, at) for at in minutes]
    flips = [
        at
        for at, before, now in zip(minutes[1:], treatments, treatments[1:], strict=False)
        if now != before
    ]
    changes = []
    change = snapshot.next_change(KITCHEN, start)
    while change is not None and change <= minutes[-1]:
        changes.append(change)
        change = snapshot.next_change(KITCHEN, change)
    assert changes == flips
    assert snapshot.ruling(KITCHEN, start).voice is treatments[0][0]


@given(PLANS, OVERRIDES, st.lists(MOMENTS, max_size=12))
def test_an_answer_does_not_depend_on_what_was_asked_before(
    plan: Schedule, overrides: list[Override], moments: list[datetime]
) -> None:
    asked = policy(plan, *overrides)
    for at in moments:
        assert asked.ruling(KITCHEN, at) == policy(plan, *overrides).ruling(KITCHEN, at)


# --- the clock is not trusted ---------------------------------------------------------------------


def test_without_a_trusted_clock_voice_is_closed_whatever_the_windows_say() -> None:
    ruling = policy().with_clock(trusted=False).ruling(KITCHEN, MONDAY_NOON)
    assert (ruling.voice, ruling.reason) == (Voice.BLOCK, Reason.CLOCK_UNTRUSTED)
    assert ruling.until is None


def test_without_a_trusted_clock_the_owner_may_choose_open() -> None:
    fail = dict(FAIL_DEFAULTS) | {Cause.CLOCK_UNTRUSTED: Fail.OPEN}
    ruling = policy(fail=fail).with_clock(trusted=False).ruling(KITCHEN, MONDAY_NIGHT)
    assert (ruling.voice, ruling.reason) == (Voice.ALLOWED, Reason.CLOCK_UNTRUSTED)


@pytest.mark.parametrize("wish", [Wish.ALLOW, Wish.PAUSE])
def test_without_a_trusted_clock_an_old_allowance_does_not_come_back_to_life(wish: Wish) -> None:
    snapshot = policy(DAYTIME, override(MONDAY_NIGHT, 20, wish=wish))
    ruling = snapshot.with_clock(trusted=False).ruling(KITCHEN, MONDAY_NIGHT)
    assert ruling.voice is Voice.BLOCK


def test_without_a_trusted_clock_a_block_still_holds_even_where_open_was_chosen() -> None:
    fail = dict(FAIL_DEFAULTS) | {Cause.CLOCK_UNTRUSTED: Fail.OPEN}
    snapshot = policy(DAYTIME, BLOCK_AT_NOON, fail=fail)
    ruling = snapshot.with_clock(trusted=False).ruling(KITCHEN, MONDAY_NOON)
    assert (ruling.voice, ruling.reason) == (Voice.BLOCK, Reason.OVERRIDE_CLOSED)


def test_the_clock_may_be_trusted_again_and_the_windows_speak() -> None:
    snapshot = policy()
    snapshot.with_clock(trusted=False).ruling(KITCHEN, MONDAY_NOON)
    assert snapshot.ruling(KITCHEN, MONDAY_NOON).reason is Reason.WINDOW_OPEN


# --- the snapshot ---------------------------------------------------------------------------------


def test_other_overrides_make_the_next_revision_and_leave_the_old_one_alone() -> None:
    old = policy()
    new = old.with_overrides([ALLOW_AT_NIGHT])
    assert (old.revision, new.revision) == (1, 2)
    assert old.ruling(KITCHEN, MONDAY_NIGHT).voice is Voice.BLOCK
    assert new.ruling(KITCHEN, MONDAY_NIGHT).voice is Voice.ALLOWED


def test_a_device_is_found_by_its_hardware_address() -> None:
    assert policy().device_of(Mac("fc:65:de:10:00:01")) == KITCHEN
    assert policy().device_of(Mac("fc:65:de:10:00:02")) is None


def test_devices_of_two_zones_have_their_own_clocks() -> None:
    tokyo = schedule("mon-fri 07:00-22:00", zone="Asia/Tokyo")
    house = Policy(1, {KITCHEN: device(DAYTIME), OFFICE: device(tokyo, OFFICE)})
    at = datetime(2026, 11, 2, 20, tzinfo=UTC)
    assert house.ruling(KITCHEN, at).until == local("2026-11-02 22:00")
    assert house.ruling(OFFICE, at).until == datetime(2026, 11, 2, 22, tzinfo=UTC)
    assert house.devices[OFFICE].schedule.zone == ZoneInfo("Asia/Tokyo")
