"""How much a speaker may say by beginning connections, while its voice may not leave.

In: the sizes of hellos, and of what is let go in the first seconds of a connection. Out: when the
next connection may begin. A hello goes at once, and what follows it is judged by that connection
alone until it has settled: so a new connection for each word would carry speech past the judge.
Rules:

- What beginnings carry is of an allowance that comes back slowly; a connection for which too little
  is left waits, before its server hears of it, and is not refused.
- A speaker that means no harm never waits: in the recordings the beginnings of all connections of
  a speaker never add up to more than 36 kB beyond the rate (scripts/measure_openings.py).
"""

from dataclasses import dataclass, field
from typing import Final

from hushgate.core.allowance import Allowance
from hushgate.core.model import Instant

SIZE: Final = 64_000
"""Bytes that beginnings may carry at once."""
RATE: Final = 500.0
"""Bytes per second that come back; one of the busiest speakers begins 31,000 connections a day,
with hellos of 600 bytes: 215."""
LEAST: Final = 600
"""What any beginning costs, with a small hello or none: which address and which port is called says
up to ten bytes over IPv6, and a server need not even answer to read them."""
DEBT: Final = 4_000
"""Bytes beyond the allowance that count: a large upload must not keep the speaker off for long."""
YOUNG: Final = 2.0
"""Seconds for which what a connection lets go counts: what came in its first is let go by then."""
CALM: Final = 600.0
"""Seconds between rows of the ledger about one device."""


@dataclass(slots=True)
class Openings:
    """What the beginnings of one device's connections carried."""

    _allowance: Allowance = field(default_factory=lambda: Allowance(SIZE, RATE, DEBT))
    _told_at: Instant | None = None

    def begin(self, size: int, now: Instant) -> Instant | None:
        """Spend a hello, of 0 bytes if there is none.

        Returns:
            When to ask again if too little is left, and nothing was spent.
        """
        size = max(size, LEAST)
        if self._allowance.spend(size, now):
            return None
        over = self._allowance.spent + size - SIZE
        return Instant(now + max(over / RATE, 0.1))

    def spend(self, size: int, now: Instant) -> None:
        """Take note of what a young connection let go."""
        self._allowance.charge(size, now)

    def is_to_tell(self, now: Instant) -> bool:
        """Whether the owner is to hear of a connection that waits: not of each."""
        if self._told_at is not None and now - self._told_at < CALM:
            return False
        self._told_at = now
        return True
