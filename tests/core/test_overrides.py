"""Overrides: words to spans and ends; the newest that holds speaks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.model import DeviceId
from hushgate.core.overrides import (
    Override,
    Wish,
    in_force,
    is_end,
    moved,
    next_edge,
    parse_duration,
    parse_end,
    resumed,
    unexpired,
)
from hushgate.core.words import duration
from tests.core.clockwork import local

KITCHEN, OFFICE = DeviceId("kitchen"), DeviceId("office")
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def override(
    device: DeviceId | None, *, wish: Wish, since: int, until: int, name: str = ""
) -> Override:
    """An override by minutes after noon."""
    begin, end = NOON + timedelta(minutes=since), NOON + timedelta(minutes=until)
    return Override(device, wish, begin, end, by="test", id=name or f"{since}-{until}")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("20m", 1200, id="minutes"),
        pytest.param("20 min", 0, id="a space before the unit is not understood"),
        pytest.param("90s", 90, id="seconds"),
        pytest.param("1h30m", 5400, id="hours and minutes"),
        pytest.param("1h 30m", 5400, id="with a space"),
        pytest.param("2d", 172800, id="days"),
        pytest.param("20", 1200, id="a bare number is minutes"),
        pytest.param("20M", 1200, id="capitals"),
        pytest.param("30m1h", 0, id="the wrong way round"),
        pytest.param("-5m", 0, id="negative"),
        pytest.param("0", 0, id="no time at all"),
        pytest.param("367d", 0, id="more than a year"),
        pytest.param("soon", 0, id="a word"),
        pytest.param("", 0, id="nothing"),
        pytest.param("\N{SUPERSCRIPT TWO}", 0, id="a digit that is not one"),
    ],
)
def test_a_length_of_time_is_read_or_refused_with_a_sentence(text: str, seconds: int) -> None:
    if seconds:
        assert parse_duration(text) == timedelta(seconds=seconds)
    else:
        with pytest.raises(ValueError, match="expected"):
            parse_duration(text)


@given(st.integers(2, 366 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)))
def test_a_length_of_time_survives_being_shown_and_read(span: timedelta) -> None:
    assert parse_duration(duration(span)) == span


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        pytest.param("20m", NOON, NOON + timedelta(minutes=20), id="from now"),
        pytest.param(
            "until 7:00", local("2026-11-03 23:00"), local("2026-11-04 07:00"), id="tomorrow"
        ),
        pytest.param(
            "until 7:00", local("2026-11-03 06:59"), local("2026-11-03 07:00"), id="today"
        ),
        pytest.param(
            "until 7:00",
            local("2026-11-03 07:00"),
            local("2026-11-04 07:00"),
            id="now is too late for today",
        ),
        pytest.param(
            "until 24:00", local("2026-11-03 20:00"), local("2026-11-04 00:00"), id="midnight"
        ),
        pytest.param(
            "until 2:30",
            local("2026-03-28 23:00"),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            id="a skipped time: when the clock jumps",
        ),
        pytest.param(
            "until 2:30",
            local("2026-10-25 02:45"),
            local("2026-10-25 02:30", second_pass=True),
            id="a repeated time: its second pass",
        ),
        pytest.param(
            "UNTIL 07:00", local("2026-10-24 23:00"), local("2026-10-25 07:00"), id="a long night"
        ),
    ],
)
def test_an_end_is_a_length_or_a_time_on_the_wall(
    text: str, now: datetime, expected: datetime
) -> None:
    assert parse_end(text, now, BERLIN) == expected


@pytest.mark.parametrize("text", ["until", "until seven", "until 7:00 tomorrow", "until 25:00"])
def test_an_end_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not a time"):
        parse_end(text, NOON, BERLIN)


def test_an_allowance_within_a_block_ends_and_the_block_resumes() -> None:
    block_all = override(None, wish=Wish.BLOCK, since=0, until=600, name="block")
    allow_kitchen = override(KITCHEN, wish=Wish.ALLOW, since=60, until=80, name="allow")
    both = (block_all, allow_kitchen)
    spoke = {
        minutes: in_force(both, KITCHEN, NOON + timedelta(minutes=minutes))
        for minutes in (0, 59, 60, 79, 80, 599, 600)
    }
    assert [each and each.id for each in spoke.values()] == [
        "block",
        "block",
        "allow",
        "allow",
        "block",
        "block",
        None,
    ]
    assert in_force(both, OFFICE, NOON + timedelta(minutes=70)) is block_all


def test_of_two_overrides_of_one_moment_the_later_in_the_list_speaks() -> None:
    first = override(KITCHEN, wish=Wish.ALLOW, since=0, until=10, name="first")
    second = override(KITCHEN, wish=Wish.BLOCK, since=0, until=10, name="second")
    assert in_force((first, second), KITCHEN, NOON) is second


def test_edges_are_beginnings_and_ends_that_concern_the_device() -> None:
    overrides = (
        override(OFFICE, wish=Wish.ALLOW, since=0, until=5),
        override(KITCHEN, wish=Wish.ALLOW, since=10, until=20),
        override(None, wish=Wish.BLOCK, since=15, until=17),
    )
    edges = []
    edge = next_edge(overrides, KITCHEN, NOON)
    while edge is not None:
        edges.append((edge - NOON) / timedelta(minutes=1))
        edge = next_edge(overrides, KITCHEN, edge)
    assert edges == [10, 15, 17, 20]


def test_when_the_clock_is_set_a_length_of_time_stays_what_it_is() -> None:
    span = replace(override(KITCHEN, wish=Wish.PAUSE, since=0, until=20), is_span=True)
    until_seven = override(KITCHEN, wish=Wish.ALLOW, since=0, until=60)
    back = timedelta(hours=-3)
    assert moved((span, until_seven), back) == (
        replace(span, since=span.since + back, until=span.until + back),
        until_seven,
    )


def test_another_run_takes_lengths_of_time_for_such_only_on_the_same_start_of_the_machine() -> None:
    span = replace(override(KITCHEN, wish=Wish.ALLOW, since=0, until=20), is_span=True)
    ahead = timedelta(hours=3)
    assert resumed((span,), ahead) == moved((span,), ahead)
    assert resumed((span,), None) == (replace(span, is_span=False),)


def test_an_end_on_the_wall_is_told_from_a_length_of_time() -> None:
    assert [is_end(text) for text in ("until 7:00", "Until 7:00", "20m", "")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_is_over_is_dropped_and_what_is_to_come_is_kept() -> None:
    over = override(KITCHEN, wish=Wish.ALLOW, since=-20, until=0)
    coming = override(KITCHEN, wish=Wish.ALLOW, since=5, until=10)
    assert unexpired((over, coming), NOON) == (coming,)
