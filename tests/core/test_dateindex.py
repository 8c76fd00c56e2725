"""The exception found for a date is the first that covers it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.dateindex import DateIndex
from hushgate.core.windows import DateException
from tests.core.clockwork import exception

DAYS = st.dates(date(2023, 12, 1), date(2025, 3, 31))
EXCEPTIONS = st.lists(
    st.builds(
        lambda first, days, yearly: DateException(
            first, first + timedelta(days), (), yearly=yearly
        ),
        DAYS,
        st.integers(0, 30) | st.integers(0, 800),
        st.booleans(),
    ),
    max_size=8,
)


@given(EXCEPTIONS, st.lists(DAYS, min_size=1))
def test_it_is_the_one_that_asking_each_in_order_finds(
    exceptions: list[DateException], days: list[date]
) -> None:
    index = DateIndex.of(exceptions)
    edges = [end for each in exceptions for end in (each.first, each.last)]
    near = [edge + timedelta(by) for edge in edges for by in (-1, 0, 1)]
    for day in (*days, *near):
        expected = next((each for each in exceptions if each.covers(day)), None)
        assert index.find(day) is expected


@pytest.mark.parametrize(
    ("day", "number"),
    [
        pytest.param("2026-12-19", None, id="the day before"),
        pytest.param("2026-12-20", 2, id="the long one begins"),
        pytest.param("2026-12-24", 0, id="the first of those that cover it"),
        pytest.param("2026-12-25", 1, id="a yearly one in front of the long one"),
        pytest.param("2026-12-26", 2, id="the long one again"),
        pytest.param("2027-12-25", 1, id="every year"),
        pytest.param("2027-12-26", None, id="the long one was that year's"),
    ],
)
def test_a_short_one_in_front_of_a_long_one(day: str, number: int | None) -> None:
    exceptions = [
        exception("2026-12-24", "closed"),
        exception("12-25", "closed"),
        exception("2026-12-20 to 2026-12-31", "closed"),
    ]
    found = DateIndex.of(exceptions).find(date.fromisoformat(day))
    assert found is (None if number is None else exceptions[number])
