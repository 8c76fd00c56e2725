"""How much a speaker may say by asking DNS: names reach servers anywhere, by any resolver.

In: questions and times. Out: what is wrong with a question, if anything. Rules:

- A speaker needs addresses and services; other kinds of records are refused.
- A name that the speaker asked before says little; a new one costs its length, of an allowance that
  comes back slowly. So long names, random labels and many names below one domain all cost the same:
  what they can carry.
- Asking again is bounded by a rate.

The numbers are measured (docs/limits.md): in the busiest minute of a recorded speaker it asked 7
questions with 128 bytes of names, a phone that was unlocked 19 with 310.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hushgate.core.allowance import Allowance
from hushgate.core.model import Instant

KINDS: Final = frozenset((1, 2, 5, 6, 12, 28, 33, 35, 64, 65))
"""A, NS, CNAME, SOA, PTR, AAAA, SRV, NAPTR, SVCB, HTTPS, and so not TXT, NULL, ANY."""
NAMES: Final = 2048
"""Bytes of new names that may be asked at once: some seventy names, more than a start needs."""
NAME_RATE: Final = 1.0
"""Bytes of new names per second that come back."""
QUESTIONS: Final = 240
"""Questions that may be asked at once: a resolver that is away is asked again and again."""
QUESTION_RATE: Final = 1.0
"""Questions per second that come back."""
KNOWN: Final = 512
"""Names remembered; which of them is asked for says nine bits."""
CALM: Final = 600.0
"""Seconds between rows of the ledger about one device, and without a refusal until all is well."""


@dataclass(slots=True)
class Asker:
    """What one device asked, and what it may still ask."""

    exceeded: bool = False
    """It was refused a question lately."""
    refused: int = 0
    """Questions refused that nobody was told of."""
    _names: Allowance = field(default_factory=lambda: Allowance(NAMES, NAME_RATE))
    _questions: Allowance = field(default_factory=lambda: Allowance(QUESTIONS, QUESTION_RATE))
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _refused_at: Instant | None = None
    _told_at: Instant | None = None

    def ask(self, name: str, kind: int, now: Instant) -> str | None:
        """Take in a question; return what is wrong with it, in words; None: nothing."""
        if kind not in KINDS:
            return f"records of kind {kind} are not what a speaker looks up"
        if not self._questions.spend(1.0, now):
            return f"more than {QUESTION_RATE:.0f} question a second for long"
        name = name.lower()  # or the case of each letter says a bit
        size = len(name.encode())
        if name not in self._known and not self._names.spend(size, now):
            return (
                f"more than {NAME_RATE:.0f} byte a second of new names for long; {size} bytes here"
            )
        self.know((name,))
        if self._refused_at is not None and now - self._refused_at >= CALM:
            self.exceeded = False
        return None

    def know(self, names: Iterable[str]) -> None:
        """Take names for asked before, the oldest first."""
        for name in names:
            self._known[name] = None
            self._known.move_to_end(name)
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)

    def refuse(self, now: Instant) -> int:
        """Take note of a refusal; return how many to tell of now: none, or it and those before."""
        self.exceeded, self._refused_at = True, now
        self.refused += 1
        if self._told_at is not None and now - self._told_at < CALM:
            return 0
        self._told_at = now
        count, self.refused = self.refused, 0
        return count
