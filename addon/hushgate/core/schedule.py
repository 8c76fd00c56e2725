"""Schedules: whether voice may leave at an instant, and when that changes.

In: windows, exceptions, a zone and an instant. Out: open or closed, which rule decided, until when.

Rules:

1. Spans are compared with the wall clock of the schedule's zone, never with time elapsed since
   midnight. So in the hour that is repeated in autumn both passes count, and a boundary in the hour
   that is skipped in spring happens at the jump.
2. An exception replaces the windows of its dates; tails of the day before are not cut.

Theory: in a stretch of constant offset (core.stretches) wall clock and UTC differ by a constant, so
a span is only shifted; whatever of it the stretch does not contain is cut off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hushgate.core.dateindex import DateIndex
from hushgate.core.stretches import HORIZON, aware, stretch_at, stretches
from hushgate.core.windows import DAYS, MINUTES, DateException, Hours, Window

MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


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
    _dates: DateIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        week: list[list[Rule]] = [[] for _ in DAYS]
        for window in sorted(self.windows, key=lambda each: each.hours):
            rule = Rule(window.hours, window)
            for day in window.days:
                week[day].append(rule)
        object.__setattr__(self, "_week", tuple(map(tuple, week)))
        object.__setattr__(self, "_dates", DateIndex.of(self.exceptions))

    def exception_on(self, day: date) -> DateException | None:
        """The exception that speaks for a date."""
        return self._dates.find(day)

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
    stretch = stretch_at(schedule.zone, at)
    wall = stretch.start + stretch.offset
    today = wall.date()
    midnight = _on(today, MINUTES)
    edge = min(stretch.end + stretch.offset, midnight)
    for day in (today - _DAY, today):
        passed = (wall - _on(day, 0)) // MINUTE
        # The rules are in order of their start: the first that contains the moment began first, so
        # the answer cannot change before it ends; the first that is yet to start is the next.
        for rule in schedule.rules_on(day):
            if passed < rule.hours.start:
                edge = min(edge, _on(day, rule.hours.start))
                break
            if passed < rule.hours.end:
                origin = rule.origin
                exception = origin if isinstance(origin, DateException) else None
                until = aware(min(edge, _on(day, rule.hours.end)) - stretch.offset)
                return State(open=True, rule=rule, exception=exception, until=until)
    return State(
        open=False,
        rule=None,
        exception=schedule.exception_on(today),
        until=aware(edge - stretch.offset),
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
            yield aware(current[0]), aware(current[1])
            current = (opens, closes)
    if current is not None:
        yield aware(current[0]), aware(current[1])


def _pieces(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Every rule's hours cut to [start, end) and to each stretch, by start; naive UTC."""
    for begin, stop, offset in stretches(schedule.zone, start, end):
        low, high = begin + offset, stop + offset
        midnight = datetime(low.year, low.month, low.day) - _DAY
        while midnight < high:
            for hours, _ in schedule.rules_on(midnight.date()):
                opens = max(low, midnight + MINUTE * hours.start)
                closes = min(high, midnight + MINUTE * hours.end)
                if opens < closes:
                    yield opens - offset, closes - offset
            midnight += _DAY


def _on(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day) + MINUTE * minutes
