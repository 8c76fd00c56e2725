"""How much a speaker may send as no speech before what still waits counts as speech.

In: what is let go as no speech while voice may not leave, and what waits. Out: a judgement where
that is too much. The judge looks at one connection at a time and lets go what is short, small or
comes in lumps: a recording cut into such portions, on enough connections, would pass. Rules:

- What is let go is of an allowance, for all connections of a device, which comes back slowly.
- What waits beyond it is speech; what waits within it is judged by its shape.
- A speaker that means no harm never notices: on record the reports of a speaker never add up to
  more than 38 kB beyond the rate (scripts/measure_portions.py).
"""

from dataclasses import dataclass
from typing import Final

from hushgate.core.model import Instant, Judgement, Likeness

SIZE: Final = 60_000
"""Bytes that may be let go at once: two seconds of raw speech."""
RATE: Final = 1_000.0
"""Bytes per second that come back: the thinnest speech codec with its framing has as much. An Echo
that is spoken to five times in three minutes needs 275."""


@dataclass(slots=True)
class Portions:
    """What one device was let send as no speech."""

    spent: float = 0.0
    _at: Instant | None = None

    def spend(self, size: int, now: Instant) -> None:
        """Take note of what is let go."""
        self._look(now)
        self.spent += size

    def exceeds(self, waiting: int, now: Instant) -> bool:
        """Whether what waits is more than is left."""
        self._look(now)
        return self.spent + waiting > SIZE

    def judge(self, waiting: int, connections: int, now: Instant) -> Judgement:
        """Say that what waits is speech, and why."""
        evidence = (
            f"{waiting:,} bytes wait on {connections} connection{'s' * (connections != 1)}, and"
            f" {self.spent:,.0f} were let go before: more than reports have, in whatever portions"
        )
        return Judgement(Likeness.SPEECH, "portions", evidence, now)

    def _look(self, now: Instant) -> None:
        if self._at is not None:
            self.spent = max(0.0, self.spent - RATE * (now - self._at))
        self._at = now
