"""Moments in the past, as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hushgate.core.past import parse_past

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # 13:00 in Berlin


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", "2026-11-24 12:30"),
        ("2h", "2026-11-24 11:00"),
        ("7d", "2026-11-17 13:00"),
        ("today", "2026-11-24 00:00"),
        ("Yesterday", "2026-11-23 00:00"),
        pytest.param("12:59", "2026-11-24 12:59", id="earlier today"),
        pytest.param("13:01", "2026-11-23 13:01", id="still to come today, so yesterday's"),
        ("2026-11-20", "2026-11-20 00:00"),
        ("2026-11-20 18:30", "2026-11-20 18:30"),
        pytest.param("2026-11-20T18:30+00:00", "2026-11-20 19:30", id="with an offset"),
    ],
)
def test_moments_are_read_on_the_clock_of_the_house(text: str, moment: str) -> None:
    expected = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert parse_past(text, NOW, BERLIN) == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "999999w", "-2h"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected e\.g\. 2h"):
        parse_past(text, NOW, BERLIN)
