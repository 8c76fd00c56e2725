"""Schedules against the wall clock: what is written is what holds, on every day of the year."""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.schedule import Schedule, is_open, look, next_change, open_spans
from hushgate.core.stretches import HORIZON
from hushgate.core.windows import DateException
from tests.core.clockwork import MINUTE, WINDOWS, Calendar, exception, local, schedule

ALL_ZONES = "HUSHGATE_ALL_ZONES" in os.environ
"""Set by the nightly run: every zone for two years, instead of a few for a season."""

# Changes at midnight, by half an hour, by a whole day; Ramadan; both hemispheres; none at all.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Atlantic/Azores",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "UTC",
)


# --- edges --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-11-03 06:59:59", False, id="a second before it opens"),
        pytest.param("2026-11-03 07:00:00", True, id="the start belongs to it"),
        pytest.param("2026-11-03 21:59:59", True, id="the last second"),
        pytest.param("2026-11-03 22:00:00", False, id="the end does not"),
    ],
)
def test_a_window_is_half_open(at: str, *, expected: bool) -> None:
    assert is_open(schedule("07:00-22:00"), local(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-11-06 21:59", False, id="friday before"),
        pytest.param("2026-11-06 23:00", True, id="friday night"),
        pytest.param("2026-11-07 01:59", True, id="the tail on saturday belongs to friday"),
        pytest.param("2026-11-07 02:00", False, id="saturday after the tail"),
        pytest.param("2026-11-07 23:00", False, id="saturday night is not friday's"),
        pytest.param("2026-11-06 01:00", False, id="friday's early hours are thursday's"),
    ],
)
def test_the_tail_after_midnight_belongs_to_the_starting_day(at: str, *, expected: bool) -> None:
    assert is_open(schedule("fri 22:00-02:00"), local(at)) is expected


def test_several_windows_a_day_are_all_open() -> None:
    plan = schedule("daily 06:00-08:00", "daily 12:00-13:00", "daily 20:00-24:00")
    spans = list(open_spans(plan, local("2026-11-03 00:00"), local("2026-11-04 00:00")))
    assert spans == [
        (local("2026-11-03 06:00"), local("2026-11-03 08:00")),
        (local("2026-11-03 12:00"), local("2026-11-03 13:00")),
        (local("2026-11-03 20:00"), local("2026-11-04 00:00")),
    ]


def test_windows_that_touch_are_one_span() -> None:
    plan = schedule("daily 20:00-24:00", "daily 00:00-06:00")
    assert next_change(plan, local("2026-11-03 21:00")) == local("2026-11-04 06:00")


@pytest.mark.parametrize("windows", [(), ("always",)], ids=["never", "always"])
def test_a_schedule_that_never_changes_says_so(windows: tuple[str, ...]) -> None:
    assert next_change(schedule(*windows), local("2026-11-03 12:00")) is None


def test_leap_day_is_a_day_like_any_other() -> None:
    plan = schedule("tue 07:00-22:00")
    assert date(2028, 2, 29).weekday() == 1
    assert is_open(plan, local("2028-02-29 12:00"))
    assert next_change(plan, local("2028-02-28 12:00")) == local("2028-02-29 07:00")


# --- clock changes: Berlin skips 02:00-03:00 on 2026-03-29 and repeats it on 2026-10-25 -----------


def test_a_boundary_in_the_skipped_hour_happens_at_the_jump() -> None:
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert next_change(schedule("02:30-06:00"), local("2026-03-29 01:00")) == jump
    assert next_change(schedule("00:00-02:30"), local("2026-03-29 01:00")) == jump


def test_a_window_inside_the_skipped_hour_does_not_open() -> None:
    plan = schedule("sun 02:10-02:50")
    assert next_change(plan, local("2026-03-28 12:00")) == local("2026-04-05 02:10")


def test_both_passes_of_the_repeated_hour_count() -> None:
    plan = schedule("sun 02:15-02:45")
    spans = list(open_spans(plan, local("2026-10-25 00:00"), local("2026-10-25 12:00")))
    assert spans == [
        (local("2026-10-25 02:15"), local("2026-10-25 02:45")),
        (
            local("2026-10-25 02:15", second_pass=True),
            local("2026-10-25 02:45", second_pass=True),
        ),
    ]


def test_a_window_that_ends_in_the_repeated_hour_opens_again_for_its_second_pass() -> None:
    plan = schedule("sun 00:00-02:30")
    changes = [local("2026-10-25 01:00")]
    for _ in range(3):
        change = next_change(plan, changes[-1])
        assert change is not None
        changes.append(change)
    assert changes[1:] == [
        local("2026-10-25 02:30"),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        local("2026-10-25 02:30", second_pass=True),
    ]


def test_a_day_that_a_zone_skipped_has_no_windows() -> None:
    """Samoa went from thursday 29 to saturday 31 December 2011."""
    plan = schedule("fri 08:00-12:00", zone="Pacific/Apia")
    after = local("2011-12-29 12:00", "Pacific/Apia")
    assert next_change(plan, after) == local("2012-01-06 08:00", "Pacific/Apia")


# --- exceptions ---------------------------------------------------------------------------------


def test_an_exception_replaces_the_windows_of_its_dates() -> None:
    plan = schedule(
        "07:00-22:00", exceptions={"2026-12-24 to 2026-12-26": "10:00-12:00,18:00-20:00"}
    )
    assert not is_open(plan, local("2026-12-24 08:00"))
    assert is_open(plan, local("2026-12-26 11:00"))
    assert is_open(plan, local("2026-12-27 08:00"))


def test_a_closed_date_lets_the_evening_before_run_out() -> None:
    plan = schedule("daily 20:00-02:00", exceptions={"2026-12-25": "closed"})
    assert is_open(plan, local("2026-12-25 01:00"))
    assert not is_open(plan, local("2026-12-25 21:00"))
    assert not is_open(plan, local("2026-12-26 01:00"))


def test_the_first_of_two_exceptions_counts() -> None:
    own, house = exception("2026-12-25", "09:00-10:00"), exception("2026-12-25", "closed")
    plan = Schedule(ZoneInfo("Europe/Berlin"), (), (own, house))
    assert is_open(plan, local("2026-12-25 09:30"))


@pytest.mark.parametrize(
    ("dates", "inside", "outside"),
    [
        pytest.param("12-24", "2031-12-24", "2031-12-25", id="a date of every year"),
        pytest.param("12-24 to 12-26", "2026-12-26", "2026-12-27", id="a range of every year"),
        pytest.param("12-30 to 01-02", "2027-01-02", "2027-01-03", id="over the turn of the year"),
        pytest.param("02-29", "2028-02-29", "2027-03-01", id="a leap day"),
        pytest.param("12-01 to 02-29", "2027-02-28", "2027-03-01", id="up to a leap day"),
    ],
)
def test_an_exception_without_a_year_holds_every_year(
    dates: str, inside: str, outside: str
) -> None:
    plan = schedule("always", exceptions={dates: "closed"})
    assert not is_open(plan, local(f"{inside} 12:00"))
    assert is_open(plan, local(f"{outside} 12:00"))


def test_yearly_and_dated_exceptions_keep_their_order_in_every_year() -> None:
    closed = exception("12-24", "closed")
    that_year = exception("2027-12-24", "09:00-10:00")
    for order, expected in (((that_year, closed), True), ((closed, that_year), False)):
        plan = Schedule(ZoneInfo("Europe/Berlin"), (), order)
        assert is_open(plan, local("2027-12-24 09:30")) is expected
        assert not is_open(plan, local("2028-12-24 09:30"))


# --- faults of comparable systems, by name ------------------------------------------------------


@pytest.mark.parametrize(
    "day", [pytest.param("2026-03-29", id="23 hours"), pytest.param("2026-10-25", id="25 hours")]
)
def test_peer_fault_off_by_an_hour_on_days_of_a_clock_change(day: str) -> None:
    """Elapsed time since midnight puts 12-14 at 13-15 or 11-13 on these days."""
    plan = schedule("12:00-14:00", zone="Europe/Brussels")
    start, end = (local(f"{day} {hour}:00", "Europe/Brussels") for hour in ("00", "23"))
    expected = tuple(local(f"{day} {hour}:00", "Europe/Brussels") for hour in (12, 14))
    assert list(open_spans(plan, start, end)) == [expected]


def test_peer_fault_no_midnight_crossing() -> None:
    plan = schedule("daily 20:00-06:00")
    assert next_change(plan, local("2026-11-03 20:00")) == local("2026-11-04 06:00")


def test_peer_fault_one_range_a_day() -> None:
    plan = schedule("fri 08:00-14:00", "fri 20:00-24:00")
    assert [is_open(plan, local(f"2026-11-06 {hour}:30")) for hour in ("09", "15", "21")] == [
        True,
        False,
        True,
    ]


def test_peer_fault_a_zone_east_of_utc_shifts_the_day() -> None:
    """Hours stored in UTC turn 00:00-08:00 in UTC+8 into a range of negative size."""
    plan = schedule("daily 00:00-08:00", zone="Asia/Shanghai")
    at = local("2026-11-03 00:00", "Asia/Shanghai")
    assert is_open(plan, at)
    assert next_change(plan, at) == local("2026-11-03 08:00", "Asia/Shanghai")


# --- against the brute force --------------------------------------------------------------------

PLANS = (
    schedule("mon-fri 07:00-22:00", "sat-sun 09:00-23:00"),
    schedule("daily 22:00-06:30", "mon,wed 12:00-12:01", "sun 00:00-24:00"),
    schedule(
        "daily 01:15-02:45",
        "sun 23:30-00:30",
        exceptions={
            "2026-03-28 to 2026-03-30": "00:30-02:15",
            "2026-10-25": "closed",
            "2027-02-28": "23:00-04:00",
            "12-24 to 01-01": "10:00-01:30",
        },
    ),
)
SEASONS = ((date(2026, 3, 1), 40), (date(2026, 9, 20), 50), (date(2026, 12, 15), 25))
TWO_YEARS = ((date(2026, 1, 1), 730),)


def in_zone(plan: Schedule, zone: str) -> Schedule:
    return Schedule(ZoneInfo(zone), plan.windows, plan.exceptions)


def chain(plan: Schedule, start: datetime, end: datetime) -> list[datetime]:
    changes: list[datetime] = []
    change = next_change(plan, start)
    while change is not None and change < end:
        changes.append(change)
        change = next_change(plan, change)
    return changes


@pytest.mark.parametrize("zone", sorted(available_timezones()) if ALL_ZONES else ZONES)
def test_changes_equal_the_minutes_on_the_wall_in_zone(zone: str) -> None:
    plan = in_zone(PLANS[len(zone) % len(PLANS)], zone)
    calendar = Calendar(plan)
    for first, days in TWO_YEARS if ALL_ZONES else SEASONS:
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        end = start + timedelta(days=days)
        flips = calendar.flips(start, end)
        assert chain(plan, start, end) == flips
        for flip in flips:
            assert is_open(plan, flip) == calendar.is_open(flip)
            assert is_open(plan, flip) != is_open(plan, flip - MINUTE / 60)


INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
SCHEDULES = st.builds(
    Schedule,
    st.sampled_from(ZONES).map(ZoneInfo),
    st.lists(WINDOWS, max_size=4).map(tuple),
    st.lists(
        st.builds(
            lambda first, days, hours, yearly: DateException(
                first, first + timedelta(days), hours, yearly=yearly
            ),
            st.dates(date(2024, 1, 1), date(2028, 12, 31)),
            st.integers(0, 300),
            st.lists(WINDOWS.map(lambda window: window.hours), max_size=2).map(tuple),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
)


@given(SCHEDULES, INSTANTS)
def test_any_schedule_equals_the_minutes_on_the_wall(plan: Schedule, start: datetime) -> None:
    calendar = Calendar(plan)
    end = start + timedelta(days=3)
    assert chain(plan, start, end) == calendar.flips(start, end)
    assert is_open(plan, start) == calendar.is_open(start)


@given(SCHEDULES, INSTANTS)
def test_an_answer_holds_as_long_as_it_says(plan: Schedule, at: datetime) -> None:
    state = look(plan, at)
    assert at < state.until <= at + timedelta(days=1, hours=2)
    last = look(plan, state.until - timedelta(microseconds=1))
    assert last == state


@given(SCHEDULES, INSTANTS)
def test_the_next_change_is_a_change_and_within_the_horizon(plan: Schedule, at: datetime) -> None:
    change = next_change(plan, at)
    if change is not None:
        assert at < change <= at + HORIZON
        assert is_open(plan, change) != is_open(plan, at)
