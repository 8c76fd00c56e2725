"""Calendars: the dates of the events in an iCalendar text (RFC 5545), for exceptions.

In: text and the zone in which its reader lives. Out: the dates of each event, and complaints with
one-based lines. Rules:

1. Only dates count. An event with times stands for the dates it touches on the reader's wall.
2. Repetitions are read as far as FREQ, INTERVAL, COUNT, UNTIL and EXDATE say them; with anything
   else the event is left out, and that is a complaint: half a repetition would be wrong in silence.
3. A cancelled event does not take place.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST_DATES = 4000
"""Events in one calendar; eleven years of one a day."""
_LAST_YEAR = 2200
_PROPERTY = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;[^=;:"]+=(?:"[^"]*"|[^";:])*)*):(?P<value>.*)',
    re.DOTALL,
)
_DAYS = {"D": 1, "W": 7}


class Dates(NamedTuple):
    """First and last date of an event."""

    first: date
    last: date


class Property(NamedTuple):
    """A line of the calendar."""

    line: int
    parameters: str
    value: str


@dataclass(slots=True)
class _Event:
    """The lines of one event; of a line that may come again, all of them."""

    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        found = self.properties.get(name)
        return found[0].value if found else None


def read_calendar(text: str, zone: ZoneInfo) -> tuple[list[Dates], list[tuple[int, str]]]:
    """The dates of every event in order of their start, and complaints by line."""
    found: list[Dates] = []
    complaints: list[tuple[int, str]] = []
    if not text.lstrip("\ufeff").upper().startswith("BEGIN:VCALENDAR"):
        return [], [(1, "this is not a calendar; expected BEGIN:VCALENDAR")]
    for event in _events(text):
        try:
            found.extend(_dates_of(event, zone))
        except ValueError as error:
            complaints.append((event.line, f"this event is not understood: {error}"))
        if len(found) > MOST_DATES:
            complaints.append((event.line, f"more than {MOST_DATES} events from here on"))
            break
    return sorted(found), complaints


def _events(text: str) -> Iterator[_Event]:
    """The events, without what is nested in them (alarms)."""
    event: _Event | None = None
    nested = 0
    for number, line in _unfolded(text):
        match = _PROPERTY.fullmatch(line)
        if match is None:
            continue
        name, value = match["name"].upper(), match["value"].strip()
        if name == "BEGIN" and event is None:
            event = _Event(number) if value.upper() == "VEVENT" else None
        elif name == "BEGIN":
            nested += 1
        elif name == "END" and nested:
            nested -= 1
        elif name == "END" and event is not None:
            yield event
            event = None
        elif event is not None and not nested:
            line_of = Property(number, match["parameters"].upper(), value)
            event.properties.setdefault(name, []).append(line_of)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first one (RFC 5545 3.1)."""
    start, parts = 1, [""]
    for number, line in enumerate(re.split("\r\n|\n", text.lstrip("\ufeff")), 1):
        if line[:1] in (" ", "\t"):
            parts.append(line[1:])
            continue
        yield start, "".join(parts)
        start, parts = number, [line]
    yield start, "".join(parts)


def _dates_of(event: _Event, zone: ZoneInfo) -> Iterator[Dates]:
    """The dates of an event and of its repetitions."""
    if (event.value("STATUS") or "").upper() == "CANCELLED":
        return
    start = event.value("DTSTART")
    if start is None:
        raise ValueError("it has no DTSTART")
    if "RDATE" in event.properties:
        raise ValueError("extra dates (RDATE) are not read")
    first, length = _date(start, zone), _length(event, zone)
    except_for = {
        _date(each, zone)
        for line in event.properties.get("EXDATE", ())
        for each in line.value.split(",")
    }
    for day in _repeated(first, event.value("RRULE"), zone):
        if day not in except_for:
            yield Dates(day, day + length)


def _length(event: _Event, zone: ZoneInfo) -> timedelta:
    """Days from the first to the last date."""
    start, end = event.value("DTSTART") or "", event.value("DTEND")
    if end is not None:
        last = _date(end, zone)
        # The end itself does not belong to the event (3.6.1), so one at midnight adds no date.
        at_midnight = "T" not in end or _wall(end, zone).time() == datetime.min.time()
        if at_midnight:
            last -= timedelta(days=1)
        if last < _date(start, zone) - timedelta(days=1):
            raise ValueError("it ends before it starts")
        return max(last - _date(start, zone), timedelta(0))
    duration = event.value("DURATION")
    match = re.fullmatch(r"P([0-9]{1,4})([DW])", duration or "P1D")
    if match is None:
        raise ValueError(f"DURATION {duration} is not read; expected days or weeks")
    return timedelta(days=int(match[1]) * _DAYS[match[2]] - 1)


def _date(text: str, zone: ZoneInfo) -> date:
    return _wall(text, zone).date()


def _wall(text: str, zone: ZoneInfo) -> datetime:
    """A DATE or DATE-TIME on the reader's wall; one with a TZID counts as it is written."""
    match = re.fullmatch(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", text)
    if match is None:
        raise ValueError(f"{text} is not a date")
    day, clock = match[1], match[2] or "000000"
    digits = (day[:4], day[4:6], day[6:], clock[:2], clock[2:4], clock[4:])
    year, month, number, hour, minute, second = map(int, digits)
    wall = datetime(year, month, number, hour, minute, second)
    if not 1970 <= wall.year <= _LAST_YEAR:
        raise ValueError(f"{text} is not a date of this time")
    return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if match[3] else wall


def _repeated(first: date, rule: str | None, zone: ZoneInfo) -> Iterator[date]:
    """The first date and its repetitions."""
    if rule is None:
        yield first
        return
    parts = dict(part.upper().partition("=")[::2] for part in rule.rstrip(";").split(";"))
    left, last = _bounds(parts, zone)
    interval = int(parts.get("INTERVAL", "1"))
    for step in itertools.count(0, interval):
        day = _moved(first, parts["FREQ"], step)
        if day is None:
            continue  # that month has no such day: it is left out (3.3.10)
        if day > last or left == 0:
            return
        yield day
        left -= 1


def _bounds(parts: Mapping[str, str], zone: ZoneInfo) -> tuple[int, date]:
    """How often and until when a rule repeats.

    Raises:
        ValueError: the rule has parts that are not read, or no end that is near.
    """
    unread = set(parts) - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
    if unread or parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        what = ", ".join(sorted(unread)) or f"FREQ={parts.get('FREQ')}"
        raise ValueError(f"a repetition with {what} is not read")
    for key in ("INTERVAL", "COUNT"):
        if not re.fullmatch("[1-9][0-9]{0,2}", parts.get(key, "1")):
            raise ValueError(f"{key}={parts[key]} is not read; expected 1 to 999")
    last = _date(parts["UNTIL"], zone) if "UNTIL" in parts else date(_LAST_YEAR, 12, 31)
    endless = "COUNT" not in parts and "UNTIL" not in parts
    if endless and parts["FREQ"] in ("DAILY", "WEEKLY"):
        raise ValueError("it repeats every day or week without end: write a window instead")
    return int(parts.get("COUNT", MOST_DATES + 1)), last


def _moved(first: date, frequency: str, step: int) -> date | None:
    """A date some steps later; None if that month has no such day."""
    if frequency in ("DAILY", "WEEKLY"):
        return first + timedelta(days=step * (7 if frequency == "WEEKLY" else 1))
    months = first.month - 1 + step * (12 if frequency == "YEARLY" else 1)
    year = first.year + months // 12
    if year > _LAST_YEAR:
        return date.max
    try:
        return first.replace(year=year, month=months % 12 + 1)
    except ValueError:
        return None
