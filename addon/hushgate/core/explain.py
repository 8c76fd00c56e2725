"""What holds, in words: a speaker's rules in one sentence, and why a moment is as it is.

In: the policy and a moment. Out: sentences and an Explanation. It asks Policy.ruling like live
traffic does, so an explanation cannot differ from what happens. Both outcomes are always said:
people misread windows that name only one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId, Outside, Reason, Ruling, Voice
from hushgate.core.policy import DevicePolicy, Policy, show_override
from hushgate.core.windows import DAYS, WHOLE_DAY, parse_days, parse_time
from hushgate.core.words import duration, listing, moment

_LISTED = 3
"""Exceptions that are named in a sentence; a calendar brings hundreds."""
_NOW = {
    Voice.ALLOWED: "voice is allowed",
    Voice.BLOCK: "voice is blocked",
    Voice.DELAY: "voice is held for your answer",
    Voice.OBSERVE: "NOT protecting: voice leaves and is only recorded",
    Voice.OFFLINE: "the voice service is refused",
}
_ELSE = {Voice.DELAY: "; without one it is discarded"}


def _now(ruling: Ruling) -> str:
    if ruling.reason is Reason.OVERRIDE_PAUSED:
        return "NOT protecting: paused, everything leaves and is only recorded"
    return _NOW[ruling.voice]


def _left(until: datetime, at: datetime) -> str:
    return f"{duration(until - at)} left"


class Towards(NamedTuple):
    """An endpoint, and what is known of it for one device."""

    host: str
    what: str = "not in the catalogue"
    """What the catalogue says it is."""
    is_voice: bool = False
    """Whether that is a voice service."""
    listed: str = "none speaks of it"
    """The entry of a list that decides about it."""
    is_refused: bool = False
    """Whether that entry refuses it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen to a speaker's voice at a moment, and every rule that spoke."""

    device: DeviceId
    name: str
    at: datetime
    """On the speaker's own wall clock."""
    ruling: Ruling
    steps: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """For people."""
        until = self.ruling.until
        end = ""
        if until is not None:
            end = f" until {moment(until.astimezone(self.at.tzinfo))} ({_left(until, self.at)})"
        return (
            f"{self.name}, {moment(self.at)}: {_now(self.ruling)}{end}"
            f"{_ELSE.get(self.ruling.voice, '')}",
            f"because of: {self.ruling.rule} [{self.ruling.reason}]",
            "asked in this order:",
            *(f"  {number}. {step}" for number, step in enumerate(self.steps, 1)),
        )

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        until = self.ruling.until
        return {
            "device": self.device,
            "at": self.at.isoformat(),
            "voice": self.ruling.voice,
            "reason": self.ruling.reason,
            "rule": self.ruling.rule,
            "until": None if until is None else until.astimezone(self.at.tzinfo).isoformat(),
            "steps": list(self.steps),
        }


def said_for_a_while(policy: Policy, device: DeviceId, at: datetime) -> tuple[str, ...]:
    """What the owner wants of a known device for a while, the newest first, with the time left."""
    rules = policy.devices[device]
    holding = [each for each in policy.overrides if each.concerns(device) and each.holds(at)]
    return tuple(
        f"{show_override(each, rules)} ({_left(each.until, at)})" for each in reversed(holding)
    )


def explain(
    policy: Policy,
    device: DeviceId,
    at: datetime,
    *,
    towards: Towards | None = None,
) -> Explanation:
    """What would happen to a device's voice at a moment, optionally towards one endpoint."""
    known = policy.devices.get(device)
    ruling = policy.ruling(device, at)
    more = () if towards is None else tuple(_towards(towards, ruling))
    steps = (*ruling.steps, *more)
    return Explanation(
        device=device,
        name=known.name if known is not None else device,
        at=at.astimezone(known.schedule.zone) if known is not None else at,
        ruling=ruling,
        steps=steps,
    )


def _towards(towards: Towards, ruling: Ruling) -> Iterator[str]:
    yield f"endpoint {towards.host}: {towards.what}"
    yield f"lists: {towards.listed}"
    voice = ruling.voice
    if ruling.reason is Reason.OVERRIDE_PAUSED:
        yield "so everything passes, whatever a list says: protection is paused"
    elif towards.is_refused:
        yield "so it is refused at all hours"
    elif voice.passes:
        yield "so everything passes, speech too"
    elif voice is Voice.OFFLINE and towards.is_voice:
        yield "so it is refused"
    else:
        yield "so it is reached, but a name opens nothing: speech is known by its shape and stopped"


def sentence(device: DevicePolicy) -> str:
    """A speaker's rules in one sentence that says both outcomes."""
    windows = device.schedule.windows
    differs = _differs(device)
    if any(len(each.days) == 7 and each.hours == WHOLE_DAY for each in windows):
        return f"voice always allowed{differs}"
    if not windows:
        return f"voice never allowed: always {_outcome(device)}{differs}"
    allowed = listing([str(each) for each in windows])
    return f"voice allowed {allowed}, otherwise {_outcome(device)}{differs}"


def _differs(device: DevicePolicy) -> str:
    exceptions = [str(each) for each in device.schedule.exceptions]
    if len(exceptions) > _LISTED:
        return f"; differs on {len(exceptions)} dates or ranges of dates"
    return f"; differs on {listing(exceptions)}" if exceptions else ""


def _outcome(device: DevicePolicy) -> str:
    match device.outside:
        case Outside.BLOCK:
            return "blocked"
        case Outside.DELAY:
            limit = duration(timedelta(seconds=device.delay_limit))
            return f"held up to {limit} for your answer, then discarded"
        case Outside.OBSERVE:
            return "NOT protected: only recorded"
        case Outside.OFFLINE:
            return "its voice service is refused"


def parse_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read ``22:30``, ``sun 22:30``, ``2026-11-01 22:30`` or ISO with an offset.

    Without a date it is the next such moment from now on.

    Raises:
        ValueError: with what was expected.
    """
    words = text.lower().split()
    if words[:1] == ["now"] and len(words) == 1:
        return now
    if re.match(r"[0-9]{4}-", text):
        try:
            at = datetime.fromisoformat(text)
            at = (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError(f'"{text}" is not a moment; {_MOMENTS}') from error
        if abs(at - now) > _FAR:
            raise ValueError(f'"{text}" is out of reach; {_MOMENTS}')
        return at
    if not 1 <= len(words) <= 2:
        raise ValueError(f'"{text}" is not a moment; {_MOMENTS}')
    minutes = parse_time(words[-1])
    days = parse_days(words[0]) if len(words) == 2 else frozenset(range(len(DAYS)))
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for ahead in range(len(DAYS) + 1):
        wall = midnight + timedelta(days=ahead, minutes=minutes)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if (midnight + timedelta(days=ahead)).weekday() in days and at >= now:
            return at
    raise AssertionError("every day of the week comes within eight days")


_FAR = timedelta(days=73_050)
"""Whoever asks about a moment further away has mistyped the year."""
_MOMENTS = 'expected e.g. "sun 22:30", "22:30" or "2026-11-01 22:30"'
