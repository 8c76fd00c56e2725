"""What an owner writes: windows, hours, days and dates that differ.

In: words (``mon-fri 07:00-22:00``). Out: values, or a ValueError that says what was expected and
the nearest valid word. Rules: a span contains ``t`` if start <= t < end; one that crosses midnight
belongs, tail included, to the day it starts on.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Self

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
MINUTES = 24 * 60


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
        if start == MINUTES:
            raise ValueError(f'"{text}" starts at 24:00; write 00:00 of the next day')
        if start == end:
            raise ValueError(
                f'"{text}" starts and ends at the same time; write 00:00-24:00 for the whole day'
            )
        return cls(start, end if end > start else end + MINUTES)

    def __str__(self) -> str:
        end = self.end if self.end <= MINUTES else self.end - MINUTES
        return f"{_show_time(self.start)}-{_show_time(end)}"


WHOLE_DAY = Hours(0, MINUTES)


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
    if minute > 59 or hour * 60 + minute > MINUTES:
        raise ValueError(f'"{text}" is not a time of day; expected 00:00 to 24:00')
    return hour * 60 + minute


def _show_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class Dates(NamedTuple):
    """A date or a range of dates, of one year or of every year."""

    first: date
    last: date
    yearly: bool = False
    """Only month and day count; a range may go on into the next year."""


_ANY_YEAR = 2000
"""Stands for every year; a leap year, so that 02-29 is a date."""


@dataclass(frozen=True, slots=True)
class DateException:
    """Dates whose windows differ; no hours at all means closed."""

    first: date
    last: date
    hours: tuple[Hours, ...]
    source: str = "the house"
    """Whose exception it is, in words: ``the house``, ``the group upstairs``, ``Kitchen Echo``."""
    yearly: bool = False
    """As in Dates."""

    @staticmethod
    def parse_dates(text: str) -> Dates:
        """Read ``2026-12-24``, ``2026-12-24 to 2026-12-26``, or every year ``12-24 to 12-26``.

        Raises:
            ValueError: with what was expected.
        """
        words = text.split(" to ")
        if len(words) > 2:
            raise ValueError(f'"{text}" is not a range of dates; expected FIRST to LAST')
        written = [word.strip() for word in words]
        yearly = [re.fullmatch(r"[0-9]{2}-[0-9]{2}", word) is not None for word in written]
        if yearly[0] != yearly[-1]:
            raise ValueError(f'"{text}" has a year on one side only; expected both or none')
        prefix = f"{_ANY_YEAR}-" if yearly[0] else ""
        first, last = (_parse_date(word, prefix) for word in (written[0], written[-1]))
        if last < first and not yearly[0]:
            raise ValueError(f'"{text}" ends before it starts')
        return Dates(first, last, yearly[0])

    def covers(self, day: date) -> bool:
        """Whether the exception speaks for a date."""
        if not self.yearly:
            return self.first <= day <= self.last
        at, first, last = ((each.month, each.day) for each in (day, self.first, self.last))
        return first <= at <= last if first <= last else not last < at < first

    @property
    def dates(self) -> str:
        """The dates as an owner would write them."""
        form = "%m-%d" if self.yearly else "%Y-%m-%d"
        if self.first == self.last:
            return f"{self.first:{form}}"
        return f"{self.first:{form}} to {self.last:{form}}"

    def __str__(self) -> str:
        if not self.hours:
            return f"{self.dates}: closed"
        return f"{self.dates}: {', '.join(map(str, self.hours))}"


def _parse_date(text: str, prefix: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", f"{prefix}{text}"):
        raise ValueError(f'"{text}" is not a date; expected e.g. 2026-12-24, or 12-24 every year')
    try:
        day = date.fromisoformat(f"{prefix}{text}")
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date: {error}') from error
    if not 2000 <= day.year <= 2200:
        raise ValueError(f'"{text}" is not a date of this time; expected a year from 2000 to 2200')
    return day
