"""Windows: recurring spans of local wall-clock time in which voice may leave.

In: the owner's words (``mon-fri 07:00-22:00``) and an instant. Out: open or closed, and until when.

Rules:

1. A span contains ``t`` if start <= t < end.
2. Spans are compared with the wall clock of the schedule's zone, never with time elapsed since
   midnight. So in the hour that is repeated in autumn both passes count, and a boundary in the hour
   that is skipped in spring happens at the jump.
3. A span that crosses midnight belongs, tail included, to the day it starts on.
4. An exception replaces the windows of its dates; tails of the day before are not cut.

Theory: a zone is a row of *stretches* of constant offset. Inside one, wall clock and UTC differ
by a constant, so a span is only shifted; whatever of it the stretch does not contain is cut off.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from hushgate.core.words import suggest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_WORDS = {
    "monday": "mon",
    "tuesday": "tue",
    "wednesday": "wed",
    "thursday": "thu",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
}
_DAY_SETS = {"daily": "mon-sun", "weekdays": "mon-fri", "weekend": "sat-sun"}
_MINUTES = 24 * 60
HORIZON = timedelta(days=400)
"""How far ahead a change is looked for."""


class Hours(NamedTuple):
    """A span of one day in minutes since its midnight; an end beyond 1440 is on the next day."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``07:00-22:00``, ``22:00-02:00`` (until the next day) or ``00:00-24:00``.

        Raises:
            ValueError: with what was expected.
        """
        first, dash, last = text.replace("\N{EN DASH}", "-").partition("-")
        if not dash:
            raise ValueError(f'"{text}" is not a span of time; expected e.g. 07:00-22:00')
        start, end = parse_time(first.strip()), parse_time(last.strip())
        if start == _MINUTES:
            raise ValueError(f'"{text}" starts at 24:00; write 00:00 of the next day')
        if start == end:
            raise ValueError(
                f'"{text}" starts and ends at the same time; write 00:00-24:00 for the whole day'
            )
        return cls(start, end if end > start else end + _MINUTES)

    def __str__(self) -> str:
        end = self.end if self.end <= _MINUTES else self.end - _MINUTES
        return f"{_show_time(self.start)}-{_show_time(end)}"


WHOLE_DAY = Hours(0, _MINUTES)


@dataclass(frozen=True, slots=True)
class Window:
    """One line of a schedule: days of the week and the hours on each of them."""

    days: frozenset[int]
    """Monday is 0; the days on which the hours start."""
    hours: Hours

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``mon-fri 07:00-22:00``, ``sat,sun 9:00-1:00``, ``07:00-22:00`` (daily), ``always``.

        Raises:
            ValueError: with what was expected and the nearest valid word.
        """
        words = text.split()
        if words == ["always"]:
            return cls(frozenset(range(7)), WHOLE_DAY)
        if not words or len(words) > 2:
            raise ValueError(
                f'"{text}" is not a window; expected one span, e.g. mon-fri 07:00-22:00'
            )
        if words[-1][0].isalpha():
            if len(words) == 1:
                parse_days(words[0])
            raise ValueError(
                f'"{text}" is not a window: the hours are missing;'
                f" expected e.g. {words[0]} 07:00-22:00"
            )
        days = parse_days(words[0]) if len(words) == 2 else frozenset(range(7))
        return cls(days, Hours.parse(words[-1]))

    def __str__(self) -> str:
        return f"{show_days(self.days)} {self.hours}"


@lru_cache(maxsize=256)
def parse_days(text: str) -> frozenset[int]:
    """Read ``mon``, ``mon-fri``, ``fri-mon``, ``sat,sun``, ``daily``, ``weekdays``, ``weekend``.

    Raises:
        ValueError: with the nearest valid word.
    """
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = _DAY_SETS.get(part, part).partition("-")
        start = _parse_day(first)
        end = _parse_day(last) if dash else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(days)


def _parse_day(word: str) -> int:
    short = _DAY_WORDS.get(word, word)
    if short not in DAYS:
        raise ValueError(f'"{word}" is not a day{suggest(word, (*DAYS, *_DAY_SETS))}')
    return DAYS.index(short)


def show_days(days: frozenset[int]) -> str:
    """Days as an owner would write them; the inverse of parse_days."""
    if len(days) == 7:
        return "daily"
    # A run that wraps round the week starts after a day that is not in it.
    starts = sorted(day for day in days if (day - 1) % 7 not in days)
    runs = []
    for start in starts:
        length = next(n for n in range(1, 7) if (start + n) % 7 not in days)
        end = (start + length - 1) % 7
        runs.append(DAYS[start] if length == 1 else f"{DAYS[start]}-{DAYS[end]}")
    return ",".join(runs)


def parse_time(text: str) -> int:
    """Read a time of day into minutes since midnight; ``24:00`` is the end of the day.

    Raises:
        ValueError: with what was expected.
    """
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if match is None:
        raise ValueError(f'"{text}" is not a time of day; expected e.g. 07:00')
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > _MINUTES:
        raise ValueError(f'"{text}" is not a time of day; expected 00:00 to 24:00')
    return hour * 60 + minute


def _show_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class DateException:
    """Dates whose windows differ; no hours at all means closed."""

    first: date
    last: date
    hours: tuple[Hours, ...]
    source: str = "the house"
    """Whose exception it is, in words: ``the house``, ``the group upstairs``, ``Kitchen Echo``."""

    @staticmethod
    def parse_dates(text: str) -> tuple[date, date]:
        """Read ``2026-12-24`` or ``2026-12-24 to 2026-12-26``.

        Raises:
            ValueError: with what was expected.
        """
        words = text.split(" to ")
        if len(words) > 2:
            raise ValueError(f'"{text}" is not a range of dates; expected FIRST to LAST')
        first, last = _parse_date(words[0].strip()), _parse_date(words[-1].strip())
        if last < first:
            raise ValueError(f'"{text}" ends before it starts')
        return first, last

    def covers(self, day: date) -> bool:
        """Whether the exception speaks for a date."""
        return self.first <= day <= self.last

    @property
    def dates(self) -> str:
        """The dates as an owner would write them."""
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()} to {self.last.isoformat()}"

    def __str__(self) -> str:
        if not self.hours:
            return f"{self.dates}: closed"
        return f"{self.dates}: {', '.join(map(str, self.hours))}"


def _parse_date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f'"{text}" is not a date; expected e.g. 2026-12-24')
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date: {error}') from error
    if not 2000 <= day.year <= 2200:
        raise ValueError(f'"{text}" is not a date of this time; expected a year from 2000 to 2200')
    return day


class Rule(NamedTuple):
    """Hours that apply on one date, and what put them there."""

    hours: Hours
    origin: Window | DateException


@dataclass(frozen=True, slots=True)
class Schedule:
    """When voice may leave: windows by weekday, and exceptions, the most specific first."""

    zone: ZoneInfo
    windows: tuple[Window, ...]
    exceptions: tuple[DateException, ...] = ()
    source: str = "the house"
    """Whose windows these are, in words, as in DateException."""
    _week: tuple[tuple[Rule, ...], ...] = field(init=False, repr=False, compare=False)
    _years: Mapping[int, list[DateException]] = field(init=False, repr=False, compare=False)
    """The exceptions that touch a year: a calendar brings hundreds."""

    def __post_init__(self) -> None:
        week: list[list[Rule]] = [[] for _ in DAYS]
        for window in sorted(self.windows, key=lambda each: each.hours):
            rule = Rule(window.hours, window)
            for day in window.days:
                week[day].append(rule)
        object.__setattr__(self, "_week", tuple(map(tuple, week)))
        years: dict[int, list[DateException]] = {}
        for exception in self.exceptions:
            for year in range(exception.first.year, exception.last.year + 1):
                years.setdefault(year, []).append(exception)
        object.__setattr__(self, "_years", years)

    def exception_on(self, day: date) -> DateException | None:
        """The exception that speaks for a date."""
        of_the_year = self._years.get(day.year, ())
        return next((each for each in of_the_year if each.covers(day)), None)

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """The hours that start on a date, in order of their start."""
        exception = self.exception_on(day) if self.exceptions else None
        if exception is None:
            return self._week[day.weekday()]
        return tuple(Rule(hours, exception) for hours in sorted(exception.hours))


class State(NamedTuple):
    """What a schedule says at one moment."""

    open: bool
    rule: Rule | None
    """The span that is open; None when closed."""
    exception: DateException | None
    """The exception that speaks for today, or for the day the open span started on."""
    until: datetime
    """Until then the very same answer holds (it may go on holding after)."""


def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether voice may leave at an instant."""
    return look(schedule, at).open


def look(schedule: Schedule, at: datetime) -> State:
    """What the schedule says at an instant, which rule decided, and how long that holds."""
    stretch = _stretch(schedule.zone, at.astimezone(UTC).replace(tzinfo=None))
    wall = stretch.start + stretch.offset
    today = wall.date()
    midnight = _on(today, _MINUTES)
    edge = min(stretch.end + stretch.offset, midnight)
    for day in (today - timedelta(days=1), today):
        # The rules are in order of their start: the first that contains the moment began first, so
        # the answer cannot change before it ends.
        for rule in schedule.rules_on(day):
            start, end = _on(day, rule.hours.start), _on(day, rule.hours.end)
            if start <= wall < end:
                origin = rule.origin
                exception = origin if isinstance(origin, DateException) else None
                until = _aware(min(edge, end) - stretch.offset)
                return State(open=True, rule=rule, exception=exception, until=until)
            if wall < start < edge:
                edge = start
    return State(
        open=False,
        rule=None,
        exception=schedule.exception_on(today),
        until=_aware(edge - stretch.offset),
    )


def next_change(schedule: Schedule, after: datetime) -> datetime | None:
    """The first instant after one at which open becomes closed or the reverse.

    Returns:
        None if there is none within HORIZON.
    """
    limit = after + HORIZON
    for start, end in open_spans(schedule, after, limit):
        if start > after:
            return start
        return end if end < limit else None
    return None


def open_spans(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans between two instants, in UTC, in order, none touching the next."""
    current: tuple[datetime, datetime] | None = None
    for opens, closes in _pieces(schedule, start, end):
        if current is None:
            current = (opens, closes)
        elif opens <= current[1]:
            current = (current[0], max(current[1], closes))
        else:
            yield _aware(current[0]), _aware(current[1])
            current = (opens, closes)
    if current is not None:
        yield _aware(current[0]), _aware(current[1])


def _pieces(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Every rule's hours cut to [start, end) and to each stretch, by start; naive UTC."""
    for begin, stop, offset in stretches(schedule.zone, start, end):
        low, high = begin + offset, stop + offset
        day = low.date() - timedelta(days=1)
        while day <= high.date():
            for rule in schedule.rules_on(day):
                opens = max(low, _on(day, rule.hours.start))
                closes = min(high, _on(day, rule.hours.end))
                if opens < closes:
                    yield opens - offset, closes - offset
            day += timedelta(days=1)


def first_instant(wall: datetime, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first instant after one at which the zone's clock shows a wall time, or jumps over it.

    Returns:
        None if that is not within HORIZON.
    """
    shown: datetime | None = None
    for start, end, offset in stretches(zone, after, after + HORIZON):
        low, high = start + offset, end + offset
        instant = _aware(wall - offset)
        if low <= wall < high and instant > after:
            return instant
        if shown is not None and shown <= wall < low:
            return _aware(start)
        shown = high
    return None


class Stretch(NamedTuple):
    """A time of constant offset; naive UTC."""

    start: datetime
    end: datetime
    offset: timedelta


def stretches(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The time between two instants, cut wherever the zone's offset changes."""
    at, stop = _naive(start), _naive(end)
    while at < stop:
        stretch = _stretch(zone, at)
        yield stretch._replace(end=min(stretch.end, stop))
        at = stretch.end


def _stretch(zone: ZoneInfo, at: datetime) -> Stretch:
    """The rest of the stretch an instant lies in, cut at the end of the year."""
    edges = (*_changes(zone, at.year), datetime(at.year + 1, 1, 1))
    return Stretch(at, next(edge for edge in edges if edge > at), _offset(zone, at))


@lru_cache(maxsize=512)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The instants of a UTC year at which a zone's offset changes.

    zoneinfo does not tell its transitions, so the year is probed day by day and each difference
    narrowed down to the second; no zone changes twice in a day (checked by the nightly tests).
    """
    probes = [datetime(year, 1, 1) + timedelta(days=day) for day in range(366)]
    probes.append(datetime(year + 1, 1, 1))
    found = []
    for low, high in pairwise(probes):
        before = _offset(zone, low)
        if before == _offset(zone, high):
            continue
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
            if _offset(zone, middle) == before:
                low = middle
            else:
                high = middle
        found.append(high)
    return tuple(found)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = zone.fromutc(at.replace(tzinfo=zone)).utcoffset()
    assert offset is not None  # noqa: S101  # a ZoneInfo always has one
    return offset


def _on(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
