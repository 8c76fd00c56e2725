"""Which exception speaks for a date, found without asking each: a calendar brings hundreds.

In: exceptions, the most specific first. Out: for a date the first of them that covers it. Theory:
dated ones cut the days into runs in which the same one is the first, and a date is looked up among
the edges of those runs; for yearly ones the days of a leap year are a table.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import Final, Self

from hushgate.core.windows import DateException

type _DayOfYear = tuple[int, int]
"""Month and day."""

_NOBODY: Final = 1 << 30
"""Ranks after every exception."""
_JANUARY_1: Final = date(2000, 1, 1)
_YEAR: Final = tuple(
    (day.month, day.day) for day in (_JANUARY_1 + timedelta(days) for days in range(366))
)
"""The days of a leap year."""


@dataclass(frozen=True, slots=True)
class DateIndex:
    """Exceptions by the dates they speak for."""

    exceptions: Sequence[DateException]
    edges: Sequence[int]
    """The days at which a run begins, as ordinals."""
    firsts: Sequence[int]
    """For each run the rank of the exception that is the first."""
    yearly: dict[_DayOfYear, int]
    """The rank of the first yearly one."""

    @classmethod
    def of(cls, exceptions: Sequence[DateException]) -> Self:
        """Sort exceptions by date."""
        edges, firsts = _runs(exceptions)
        return cls(exceptions, edges, firsts, _table(exceptions))

    def find(self, day: date) -> DateException | None:
        """The first exception that covers a date."""
        rank = self.yearly.get((day.month, day.day), _NOBODY)
        run = bisect_right(self.edges, day.toordinal()) - 1
        if run >= 0:
            rank = min(rank, self.firsts[run])
        return None if rank == _NOBODY else self.exceptions[rank]


def _runs(exceptions: Sequence[DateException]) -> tuple[list[int], list[int]]:
    dated = [
        (each.first.toordinal(), each.last.toordinal() + 1, rank)
        for rank, each in enumerate(exceptions)
        if not each.yearly
    ]
    coming = sorted(dated, reverse=True)
    edges = sorted({edge for begin, end, _ in dated for edge in (begin, end)})
    firsts: list[int] = []
    open_ones: list[tuple[int, int]] = []
    """Rank and end of those that have begun; one that is over goes when it is the first."""
    for edge in edges:
        while coming and coming[-1][0] == edge:
            _, end, rank = coming.pop()
            heappush(open_ones, (rank, end))
        while open_ones and open_ones[0][1] <= edge:
            heappop(open_ones)
        firsts.append(open_ones[0][0] if open_ones else _NOBODY)
    return edges, firsts


def _table(exceptions: Sequence[DateException]) -> dict[_DayOfYear, int]:
    table: dict[_DayOfYear, int] = {}
    for rank, each in enumerate(exceptions):
        if not each.yearly:
            continue
        first, last = (_YEAR.index((end.month, end.day)) for end in (each.first, each.last))
        for days in range((last - first) % len(_YEAR) + 1):  # perhaps over the turn of the year
            table.setdefault(_YEAR[(first + days) % len(_YEAR)], rank)
    return table
