"""What may be spent: so much at once, and what comes back at a rate.

In: costs and times, which never go back. Out: whether a cost fits.
"""

from dataclasses import dataclass

from hushgate.core.model import Instant


@dataclass(slots=True)
class Allowance:
    """A size that is spent, and comes back steadily."""

    size: float
    rate: float
    """What comes back in a second."""
    debt: float = 0.0
    """What may be spent beyond the size: more than that is never waited for."""
    spent: float = 0.0
    """What has not come back."""
    _at: Instant | None = None

    def has(self, cost: float, now: Instant) -> bool:
        """Whether as much is left."""
        if self._at is not None:
            self.spent = max(0.0, self.spent - self.rate * (now - self._at))
        self._at = now
        return self.spent + cost <= self.size

    def spend(self, cost: float, now: Instant) -> bool:
        """Spend a cost; False, and nothing spent, where less is left."""
        fits = self.has(cost, now)
        if fits:
            self.spent += cost
        return fits

    def charge(self, cost: float, now: Instant) -> None:
        """Take note of a cost that was not asked for, whether it is left or not."""
        self.has(0.0, now)
        self.spent = min(self.spent + cost, self.size + self.debt)
