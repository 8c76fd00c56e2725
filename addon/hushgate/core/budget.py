"""How much a speaker may send that is not speech while its voice may not leave.

In: released bytes and times. Out: whether that is more than speakers were ever seen to need. Speech
that passes the judge, as a thin trickle or a lump every few seconds, adds up here over a night.
Nothing is blocked by it: the owner is told.

The budget fills at a steady rate, up to its size. Measured (docs/detection.md): an Echo that is
spoken to five times in three minutes sends 275 bytes a second besides, a HomePod at rest 106, a
Home Mini 141; the largest upload of metrics has two megabytes.
"""

from dataclasses import dataclass
from typing import Final

from hushgate.core.model import Instant

SIZE: Final = 4_000_000
"""Bytes that may leave at once: twice the largest upload of metrics."""
RATE: Final = 300.0
"""Bytes per second that may leave for ever."""
CALM: Final = 0.5
"""Share of the size to which the excess must shrink before there is another alarm."""


@dataclass(slots=True)
class Budget:
    """What one speaker has sent of its budget."""

    spent: float = 0.0
    """Bytes that left and that the rate has not made up for."""
    exceeded: bool = False
    """More than the size was spent, and not enough time has passed since."""
    _at: Instant | None = None

    @property
    def used(self) -> float:
        """What was spent, as a share of the size."""
        return self.spent / SIZE

    def spend(self, size: int, now: Instant) -> bool:
        """Take note of bytes that left; return whether that makes an alarm."""
        self.look(now)
        self.spent += size
        alarm = self.spent > SIZE and not self.exceeded
        self.exceeded |= alarm
        return alarm

    def look(self, now: Instant) -> None:
        """Let the time that has passed make up for what was spent."""
        if self._at is not None:
            self.spent = max(0.0, self.spent - RATE * (now - self._at))
        self._at = now
        self.exceeded &= self.spent > CALM * SIZE
