"""Calendars: the dates of their events, beside python-dateutil for the repetitions."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.ical import MOST_DATES, Dates, read_calendar

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*events: str) -> str:
    blocks = "".join(f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{blocks}END:VCALENDAR\r\n"


def lines(*properties: str) -> str:
    return "\r\n".join(properties)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            lines("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"),
            [("2026-12-24", "2026-12-26")],
            id="the end does not belong to it",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20261224", [("2026-12-24", "2026-12-24")], id="no end: one day"
        ),
        pytest.param(
            lines("DTSTART;VALUE=DATE:20261224", "DURATION:P1W"),
            [("2026-12-24", "2026-12-30")],
            id="a week",
        ),
        pytest.param(
            lines("DTSTART:20261224T180000", "DTEND:20261225T020000"),
            [("2026-12-24", "2026-12-25")],
            id="an evening touches two dates",
        ),
        pytest.param(
            lines("DTSTART:20261224T180000", "DTEND:20261225T000000"),
            [("2026-12-24", "2026-12-24")],
            id="until midnight touches one",
        ),
        pytest.param(
            lines("DTSTART:20261224T233000Z", "DTEND:20261225T003000Z"),
            [("2026-12-25", "2026-12-25")],
            id="UTC is read on the wall of the house",
        ),
        pytest.param(
            'DTSTART;TZID="Europe/Paris: west":20261224T180000',
            [("2026-12-24", "2026-12-24")],
            id="a parameter in quotes",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:2026\r\n 1224", [("2026-12-24", "2026-12-24")], id="folded"
        ),
        pytest.param(lines("STATUS:CANCELLED", "DTSTART:20261224"), [], id="cancelled"),
        pytest.param(
            lines("DTSTART:20261224", "BEGIN:VALARM", "DTSTART:20200101", "END:VALARM"),
            [("2026-12-24", "2026-12-24")],
            id="an alarm inside",
        ),
        pytest.param(
            lines("DTSTART:20261224", "DTEND:20261226", "RRULE:FREQ=YEARLY;COUNT=2"),
            [("2026-12-24", "2026-12-25"), ("2027-12-24", "2027-12-25")],
            id="two years",
        ),
        pytest.param(
            lines("DTSTART:20240229", "RRULE:FREQ=YEARLY;UNTIL=20331231"),
            [("2024-02-29", "2024-02-29"), ("2028-02-29", "2028-02-29"), ("2032-02-29",) * 2],
            id="a leap day",
        ),
        pytest.param(
            lines("DTSTART:20261201", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20261208"),
            [("2026-12-01", "2026-12-01"), ("2026-12-15", "2026-12-15")],
            id="but not on that day",
        ),
    ],
)
def test_the_dates_of_an_event(event: str, expected: list[tuple[str, str]]) -> None:
    dates, complaints = read_calendar(calendar(event), BERLIN)
    assert complaints == []
    assert dates == [Dates(*map(date.fromisoformat, each)) for each in expected]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        pytest.param("SUMMARY:x", "no DTSTART", id="no start"),
        pytest.param("DTSTART:tomorrow", "is not a date", id="a word"),
        pytest.param("DTSTART:20261324", "month must be in 1..12", id="month 13"),
        pytest.param("DTSTART:19010101", "of this time", id="another age"),
        pytest.param(lines("DTSTART:20261224", "DTEND:20261220"), "ends before", id="backwards"),
        pytest.param(lines("DTSTART:20261224", "DURATION:PT1H"), "DURATION", id="hours"),
        pytest.param(
            lines("DTSTART:20261224", "RRULE:FREQ=MONTHLY;BYDAY=1SU"), "BYDAY", id="a first sunday"
        ),
        pytest.param(lines("DTSTART:20261224", "RRULE:FREQ=HOURLY"), "HOURLY", id="hourly"),
        pytest.param(lines("DTSTART:20261224", "RRULE:COUNT=2"), "FREQ=None", id="no frequency"),
        pytest.param(
            lines("DTSTART:20261224", "RRULE:FREQ=WEEKLY"), "write a window", id="endless"
        ),
        pytest.param(
            lines("DTSTART:20261224", "RRULE:FREQ=YEARLY;INTERVAL=0"), "INTERVAL=0", id="interval"
        ),
        pytest.param(
            lines("DTSTART:20261224", "RRULE:FREQ=YEARLY;COUNT=-1"), "COUNT=-1", id="count"
        ),
        pytest.param(lines("DTSTART:20261224", "RDATE:20270101"), "RDATE", id="extra dates"),
    ],
)
def test_what_is_not_read_is_a_complaint_and_left_out(event: str, said: str) -> None:
    dates, complaints = read_calendar(calendar("DTSTART:20260101", event), BERLIN)
    assert dates == [Dates(date(2026, 1, 1), date(2026, 1, 1))]
    ((line, message),) = complaints
    assert line == 6
    assert said in message


@pytest.mark.parametrize("text", ["", "<html>", "BEGIN:VCARD\r\nEND:VCARD"])
def test_what_is_no_calendar_is_said(text: str) -> None:
    assert read_calendar(text, BERLIN) == (
        [],
        [(1, "this is not a calendar; expected BEGIN:VCALENDAR")],
    )


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(["DTSTART:20261224\r\nRRULE:FREQ=DAILY;COUNT=999"] * 6, id="many events"),
        pytest.param(["DTSTART:20000101\r\nRRULE:FREQ=DAILY;UNTIL=20110101"], id="a long one"),
    ],
)
def test_more_dates_than_a_calendar_may_have_are_said(events: list[str]) -> None:
    dates, complaints = read_calendar(calendar(*events), BERLIN)
    assert len(dates) <= MOST_DATES + 999
    assert "more than" in complaints[0][1]


@given(
    st.dates(date(1980, 1, 1), date(2100, 1, 1)),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 20),
    st.one_of(
        st.integers(1, 40).map(lambda count: f"COUNT={count}"),
        st.dates(date(1980, 1, 1), date(2110, 1, 1)).map(lambda day: f"UNTIL={day:%Y%m%d}"),
    ),
)
def test_repetitions_equal_those_of_dateutil(
    first: date, frequency: str, interval: int, end: str
) -> None:
    rule = f"FREQ={frequency};INTERVAL={interval};{end}"
    event = f"DTSTART;VALUE=DATE:{first:%Y%m%d}\r\nRRULE:{rule}"
    dates, complaints = read_calendar(calendar(event), BERLIN)
    oracle = rrulestr(rule, dtstart=datetime(first.year, first.month, first.day))
    expected = [each.date() for each in oracle[: MOST_DATES + 1] if each.year <= 2200]
    if len(expected) > MOST_DATES:
        assert complaints
    else:
        assert [each.first for each in dates] == expected


@given(st.text(max_size=80))
def test_any_text_gives_dates_or_complaints(text: str) -> None:
    for whole in (text, calendar(text), calendar(f"DTSTART:{text}"), calendar(f"RRULE:{text}")):
        dates, complaints = read_calendar(whole, BERLIN)
        assert all(each.last - each.first >= timedelta(0) for each in dates)
        assert all(line >= 1 and message for line, message in complaints)
