"""Stretches of constant offset, and the first instant at which a clock shows a time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.stretches import first_instant, stretch_at, stretches
from tests.core.clockwork import local


@pytest.mark.parametrize(
    ("wall", "after", "expected"),
    [
        pytest.param(
            "2026-11-04 07:00",
            local("2026-11-03 22:00"),
            local("2026-11-04 07:00"),
            id="tomorrow morning",
        ),
        pytest.param(
            "2026-03-29 02:30",
            local("2026-03-28 22:00"),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            id="a skipped time is when the clock jumps over it",
        ),
        pytest.param(
            "2026-10-25 02:30",
            local("2026-10-25 00:00"),
            local("2026-10-25 02:30"),
            id="the first pass of a repeated time",
        ),
        pytest.param(
            "2026-10-25 02:30",
            local("2026-10-25 02:40"),
            local("2026-10-25 02:30", second_pass=True),
            id="the second pass when the first is over",
        ),
        pytest.param("2026-11-03 07:00", local("2026-11-03 07:00"), None, id="never again"),
    ],
)
def test_the_first_instant_at_which_the_clock_shows_a_time(
    wall: str, after: datetime, expected: datetime | None
) -> None:
    assert first_instant(datetime.fromisoformat(wall), ZoneInfo("Europe/Berlin"), after) == expected


@given(
    st.sampled_from(["Europe/Berlin", "Africa/Casablanca", "Pacific/Apia", "UTC"]).map(ZoneInfo),
    st.datetimes(datetime(2009, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 1000).map(lambda days: timedelta(days=days)),
)
def test_stretches_cover_the_time_without_gap_and_show_the_wall(
    zone: ZoneInfo, start: datetime, length: timedelta
) -> None:
    row = list(stretches(zone, start, start + length))
    assert row[0].start.replace(tzinfo=UTC) == start
    assert row[-1].end.replace(tzinfo=UTC) == start + length
    assert [each.end for each in row[:-1]] == [each.start for each in row[1:]]
    for stretch in row:
        for at in (stretch.start, stretch.end - timedelta(microseconds=1)):
            assert at.replace(tzinfo=UTC).astimezone(zone).utcoffset() == stretch.offset
    assert stretch_at(zone, start).offset == row[0].offset
