"""A zone's time as a row of stretches of constant offset.

In: a zone and instants. Out: stretches, in which wall clock and UTC differ by a constant. Inside
they are naive UTC, because comparing those is fastest; what leaves for the owner is aware.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

HORIZON = timedelta(days=400)
"""How far ahead a change is looked for."""


class Stretch(NamedTuple):
    """A time of constant offset; naive UTC."""

    start: datetime
    end: datetime
    offset: timedelta


def stretches(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The time between two instants, cut wherever the zone's offset changes."""
    at, stop = _naive(start), _naive(end)
    while at < stop:
        stretch = _from(zone, at)
        yield stretch._replace(end=min(stretch.end, stop))
        at = stretch.end


def stretch_at(zone: ZoneInfo, at: datetime) -> Stretch:
    """The rest of the stretch an instant lies in, at most to the end of the year."""
    return _from(zone, _naive(at))


def _from(zone: ZoneInfo, at: datetime) -> Stretch:
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


def first_instant(wall: datetime, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first instant after one at which the zone's clock shows a wall time, or jumps over it.

    Returns:
        None if that is not within HORIZON.
    """
    shown: datetime | None = None
    for start, end, offset in stretches(zone, after, after + HORIZON):
        low, high = start + offset, end + offset
        instant = aware(wall - offset)
        if low <= wall < high and instant > after:
            return instant
        if shown is not None and shown <= wall < low:
            return aware(start)
        shown = high
    return None


def aware(at: datetime) -> datetime:
    """An instant of a stretch, for those outside."""
    return at.replace(tzinfo=UTC)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
