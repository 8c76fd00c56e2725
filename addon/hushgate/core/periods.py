"""How regularly a device contacts a name: programs keep a period, people keep none.

In: facts and when they were seen. Out: a fact once a period shows. Rules: contacts close together
are one, such as the questions for IPv4 and IPv6 and the hello that follows; four intervals in a row
have to agree; a period is told again when it has become another; bounded, the contact that is
oldest is forgotten first.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from hushgate.core.facts import Asked, Fact, Greeted, Repeated
from hushgate.core.model import Instant

MAX_CONTACTS: Final = 2048
TOGETHER: Final = 5.0
"""Seconds within which contacts are one."""
ENOUGH: Final = 4
"""Intervals that have to agree."""
TOLERANCE: Final = 0.1


@dataclass(slots=True)
class _Contact:
    last: Instant
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=ENOUGH))
    told: int = 0


class PeriodWatch:
    """Remembers when each device contacted each name."""

    def __init__(self) -> None:
        self._contacts: OrderedDict[tuple[str, str], _Contact] = OrderedDict()

    def see(self, fact: Fact, now: Instant) -> Repeated | None:
        """Take a fact; give the period that it completes."""
        name = _name_of(fact)
        if name is None:
            return None
        key = fact.device, name
        contact = self._contacts.get(key)
        if contact is None:
            self._contacts[key] = _Contact(now)
            if len(self._contacts) > MAX_CONTACTS:
                self._contacts.popitem(last=False)
            return None
        self._contacts.move_to_end(key)
        if now - contact.last < TOGETHER:
            return None
        contact.intervals.append(now - contact.last)
        contact.last = now
        seconds = _period(contact.intervals)
        if seconds is None or abs(seconds - contact.told) <= TOLERANCE * contact.told:
            return None
        contact.told = seconds
        return Repeated(fact.device, name, seconds)


def _name_of(fact: Fact) -> str | None:
    match fact:
        case Asked():
            return fact.name
        case Greeted():
            return fact.hello.sni
    return None


def _period(intervals: deque[float]) -> int | None:
    mean = sum(intervals) / len(intervals)
    is_steady = max(intervals) - min(intervals) <= TOLERANCE * mean
    return round(mean) if len(intervals) == ENOUGH and is_steady else None
