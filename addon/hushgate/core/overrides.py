"""Overrides: the owner opens or closes voice for a while, or pauses all protection.

Rules:

1. An override holds for [since, until); then the schedule resumes by itself.
2. Of those that hold, the newest speaks; when it ends, an older one that still holds speaks again.
3. "20m" is time that passes: it stays 20 minutes when the clock is set meanwhile. "until 7:00" is a
   time on the wall, whoever sets it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId
from hushgate.core.stretches import first_instant
from hushgate.core.windows import parse_time

LONGEST = timedelta(days=366)
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class Wish(StrEnum):
    """What the owner wants for a while."""

    ALLOW = "allow"
    """Voice may leave."""
    BLOCK = "block"
    """Voice may not leave."""
    PAUSE = "pause"
    """Nothing is held or refused, by hours or by lists; everything is recorded."""


@dataclass(frozen=True, slots=True)
class Override:
    """What the owner wants of a speaker, with an absolute end."""

    device: DeviceId | None
    """None: every speaker."""
    wish: Wish
    since: datetime
    until: datetime
    by: str
    """Who asked for it: ``cli``, ``page``, a name."""
    id: str
    is_span: bool = False
    """Asked for as a length of time, since this machine started: nobody knows what the clock showed
    when an older one was made."""

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.since <= at < self.until

    def concerns(self, device: DeviceId) -> bool:
        """Whether it speaks for a device."""
        return self.device is None or self.device == device


def in_force(overrides: Iterable[Override], device: DeviceId, at: datetime) -> Override | None:
    """The override that speaks for a device at an instant: the newest; of equals the last."""
    best: Override | None = None
    for each in overrides:
        if each.concerns(device) and each.holds(at) and (best is None or each.since >= best.since):
            best = each
    return best


def next_edge(overrides: Iterable[Override], device: DeviceId, after: datetime) -> datetime | None:
    """The first instant after one at which any override of a device begins or ends."""
    edges = (
        edge
        for each in overrides
        if each.concerns(device)
        for edge in (each.since, each.until)
        if edge > after
    )
    return min(edges, default=None)


def unexpired(overrides: Iterable[Override], at: datetime) -> tuple[Override, ...]:
    """The overrides that hold now or later, in their order."""
    return tuple(each for each in overrides if each.until > at)


def moved(overrides: Iterable[Override], by: timedelta) -> tuple[Override, ...]:
    """The overrides after the clock was set: lengths of time stay what they are."""
    return tuple(
        replace(each, since=each.since + by, until=each.until + by) if each.is_span else each
        for each in overrides
    )


def resumed(overrides: Iterable[Override], step: timedelta | None) -> tuple[Override, ...]:
    """The overrides as another run of the gateway finds them.

    Args:
        overrides: As the run before left them.
        step: By how much the clock was set in between. None: nobody knows, for the machine was
            started since; then the end is the moment that was shown, so that an "allow" of before
            a power cut cannot come back to life when the clock is corrected.
    """
    if step is None:
        return tuple(replace(each, is_span=False) for each in overrides)
    return moved(overrides, step)


def is_end(text: str) -> bool:
    """Whether words name a time on the wall clock rather than a length of time."""
    return text.lower().split()[:1] == ["until"]


def parse_duration(text: str) -> timedelta:
    """Read ``20m``, ``90s``, ``1h30m``, ``2d`` or ``20`` (minutes).

    Raises:
        ValueError: with what was expected.
    """
    span = _duration(f"{text}m" if text.strip().isdecimal() else text)
    if span is None:
        raise ValueError(f'"{text}" is not a length of time; expected e.g. 20m, 90s or 1h30m')
    if not timedelta(0) < span <= LONGEST:
        raise ValueError(f'"{text}" is not a useful length of time; expected 1s to 366d')
    return span


def _duration(text: str) -> timedelta | None:
    number = r"([0-9]{1,6})"
    match = re.fullmatch(
        rf"(?:{number}d)? ?(?:{number}h)? ?(?:{number}m(?:in)?)? ?(?:{number}s)?",
        text.strip().lower(),
    )
    if match is None or not any(match.groups()):
        return None
    counts = (int(count or 0) for count in match.groups())
    return timedelta(seconds=sum(n * u for n, u in zip(counts, _UNITS.values(), strict=True)))


def parse_end(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """When something asked for now ends: a length of time, or ``until 7:00`` on the wall clock.

    Raises:
        ValueError: with what was expected.
    """
    words = text.lower().split()
    if not is_end(text):
        return (now + parse_duration(text)).astimezone(UTC)
    if len(words) != 2:
        raise ValueError(f'"{text}" is not an end; expected e.g. until 7:00')
    minutes = parse_time(words[1])
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    ends = (
        first_instant(today + timedelta(days=day, minutes=minutes), zone, now) for day in range(3)
    )
    return min(end for end in ends if end is not None)
