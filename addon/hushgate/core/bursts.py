"""The shape of the upload bytes of one flow: what a burst is, and whether it looks like speech.

In: sizes and times. Out: judgements with their evidence. Rules:

- A burst ends when nothing was uploaded for `Limits.pause` seconds.
- A judgement depends on cumulative bytes and times only, never on how TCP cut the chunks.
"""

from dataclasses import dataclass
from typing import Final

from hushgate.core.model import Instant, Judgement, Likeness


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds, chosen by scripts/choose_thresholds.py."""

    pause: float = 1.0
    """Seconds without upload that end a burst."""
    quiet: float = 1.0
    """Seconds without upload after which waiting bytes are not speech."""
    age: float = 1.6
    """Seconds after which a byte that is not speech is let go."""
    slots: int = 6
    """Slots of `SLOT` seconds with upload, within `SPAN` slots, that make speech."""
    size: int = 3_000
    """Bytes that a burst of speech has at least when it is judged."""


SLOT: Final = 0.1
SPAN: Final = 10
DEFAULT_LIMITS: Final = Limits()


class Shape:
    """What is known of the current burst."""

    __slots__ = ("_filled", "_limits", "_slot", "last", "size", "start")

    def __init__(self, now: Instant, limits: Limits) -> None:
        self.start = now
        self.last = now
        self.size = 0
        self._limits = limits
        self._slot = 0
        self._filled = 0

    def add(self, size: int, now: Instant) -> Judgement | None:
        """Take in upload bytes; return a judgement if this burst is speech on that evidence."""
        self.size += size
        self.last = now
        slot = int((now - self.start) / SLOT)
        self._filled = ((self._filled << min(slot - self._slot, SPAN)) | 1) & ((1 << SPAN) - 1)
        self._slot = slot
        filled = self._filled.bit_count()
        if filled < self._limits.slots or self.size < self._limits.size:
            return None
        evidence = (
            f"upload in {filled} of {SPAN} tenths of a second,"
            f" {self.size:,} bytes within {now - self.start:.1f} s"
        )
        return Judgement(Likeness.SPEECH, "steady", evidence, now)
