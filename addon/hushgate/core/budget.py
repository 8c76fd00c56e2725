"""How much a speaker may send that is not speech while its voice may not leave.

In: released bytes and times. Out: whether that is more than speakers were ever seen to need. Speech
that passes the judge, as a thin trickle or a lump every few seconds, adds up here over a night.
Nothing is blocked by it: the owner is told.

A budget has a size, and comes back at a steady rate, whatever its size within the same time. The
default is measured (docs/detection.md): an Echo that is spoken to five times in three minutes sends
275 bytes a second besides, a HomePod at rest 106, a Home Mini 141; the largest upload of metrics
has two megabytes.
"""

import re
from dataclasses import dataclass
from typing import Final

from hushgate.core.model import Instant

SIZE: Final = 4_000_000
"""Bytes that may leave at once unless the owner says otherwise: twice the largest metrics."""
RATE: Final = 300.0
"""Bytes per second of it that may leave for ever."""
REFILL: Final = SIZE / RATE
"""Seconds in which a whole budget comes back: 3.7 hours."""
CALM: Final = 0.5
"""Share of the size to which the excess must shrink before there is another alarm."""


@dataclass(slots=True)
class Budget:
    """What one speaker has sent of its budget."""

    size: int = SIZE
    """Bytes that may leave at once."""
    spent: float = 0.0
    """Bytes that left and that the rate has not made up for."""
    exceeded: bool = False
    """More than the size was spent, and not enough time has passed since."""
    _at: Instant | None = None

    @property
    def used(self) -> float:
        """What was spent, as a share of the size."""
        return self.spent / self.size

    def spend(self, size: int, now: Instant) -> bool:
        """Take note of bytes that left; return whether that makes an alarm."""
        self.look(now)
        self.spent += size
        alarm = self.spent > self.size and not self.exceeded
        self.exceeded |= alarm
        return alarm

    def look(self, now: Instant) -> None:
        """Let the time that has passed make up for what was spent."""
        if self._at is not None:
            self.spent = max(0.0, self.spent - self.size / REFILL * (now - self._at))
        self._at = now
        self.exceeded &= self.spent > CALM * self.size


_UNITS: Final = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


def parse_size(text: str) -> int:
    """Read ``4MB``, ``500 kB`` or ``1.5 MB``; return bytes.

    Raises:
        ValueError: with what was expected.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?) ?(kB|MB|GB)", text)
    size = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if not size:
        raise ValueError(f'"{text}" is not a size; expected e.g. 4MB, 500kB or 1.5MB')
    return size
