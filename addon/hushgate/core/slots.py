"""Which slots of time were filled lately: the rhythm of an upload, at one width.

In: sizes, and the seconds since a beginning of the caller's. Out: how many of the last slots hold
enough bytes, and not too many. Only sums count, never how TCP cut the chunks; a sum that is too
large counts as such once its slot is over.
"""

from typing import NamedTuple


class Grid(NamedTuple):
    """How time is cut, and what fills a slot."""

    per_second: float
    span: int
    """Slots remembered, the current one included."""
    low: int
    """Fewer bytes do not fill a slot."""
    high: int
    """Nor do more."""
    lead: bool = False
    """But the first slot of all may have any number: a pre-roll."""


class Slots:
    """The last slots of one upload. Constant size."""

    __slots__ = ("_bits", "_grid", "_size", "_slot")

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._slot = 0  # the current one, counted from the beginning
        self._size = 0
        self._bits = 0  # the filled ones, the current one lowest

    def add(self, size: int, elapsed: float) -> None:
        """Take in bytes."""
        grid = self._grid
        slot = int(elapsed * grid.per_second)
        if slot > self._slot:
            self._turn_to(slot)
        self._size += size
        if self._size >= grid.low:
            self._bits |= 1

    @property
    def filled(self) -> int:
        """Filled slots among the last."""
        return self._bits.bit_count()

    def filled_of(self, last: int) -> int:
        """Count the filled ones of the `last` slots."""
        return (self._bits & ((1 << last) - 1)).bit_count()

    def clear(self) -> None:
        """Forget what was filled."""
        self._bits = self._size = 0

    def _turn_to(self, slot: int) -> None:
        """Close the current slot and begin a later one."""
        grid = self._grid
        if self._size > grid.high and not (grid.lead and self._slot == 0):
            self._bits &= ~1
        steps = min(slot - self._slot, grid.span)
        self._bits = (self._bits << steps) & ((1 << grid.span) - 1)
        self._slot = slot
        self._size = 0
