"""How much a speaker may send as no speech before what still waits counts as speech.

In: what is let go as no speech while voice may not leave, and what waits. Out: a judgement where
that is too much. The judge looks at one connection at a time and lets go what is short, small or
comes in lumps: a recording cut into such portions, on enough connections, would pass. Rules:

- What is let go is of an allowance, for all connections of a device, which comes back slowly.
- What waits beyond it is speech; what waits within it is judged by its shape.
- A speaker that means no harm never notices: on record the reports of a speaker never add up to
  more than 38 kB beyond the rate (scripts/measure_portions.py).
"""

from typing import Final

from hushgate.core.allowance import Allowance
from hushgate.core.model import Instant, Judgement, Likeness

SIZE: Final = 60_000
"""Bytes that may be let go at once: two seconds of raw speech."""
RATE: Final = 1_000.0
"""Bytes per second that come back: the thinnest speech codec with its framing has as much. An Echo
that is spoken to five times in three minutes needs 275."""


class Portions:
    """What one device was let send as no speech."""

    __slots__ = ("_allowance",)

    def __init__(self) -> None:
        self._allowance = Allowance(SIZE, RATE)

    def spend(self, size: int, now: Instant) -> None:
        """Take note of what is let go."""
        self._allowance.charge(size, now)

    def exceeds(self, waiting: int, now: Instant) -> bool:
        """Whether what waits is more than is left."""
        return not self._allowance.has(waiting, now)

    def judge(self, waiting: int, connections: int, now: Instant) -> Judgement:
        """Say that what waits is speech, and why."""
        plural = "" if connections == 1 else "s"
        evidence = (
            f"{waiting:,} bytes wait on {connections} connection{plural}, and"
            f" {self._allowance.spent:,.0f} were let go before: more than reports have"
        )
        return Judgement(Likeness.SPEECH, "portions", evidence, now)
