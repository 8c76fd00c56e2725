"""A set of domain names, asked "which member covers this name?".

In: names as lower-case ASCII bytes without a trailing dot, each with its reach. Out: the most
specific member that covers a name. Rules: whole labels only (``ads.example`` never covers
``xads.example``); the walk goes from the name up to its last label.

Plain sets, because nothing else was both small and fast at a million names: 98 MB and about 2 us a
look-up, where nested dicts took 583 MiB and a trie 5 us. Bytes, because a name of up to 31
characters takes 64 bytes so and 80 as text. ``tests/bench/bench_lists.py`` prints today's numbers.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Reach(StrEnum):
    """Which names an entry covers."""

    EXACT = "exact"
    """The name alone."""
    SUFFIX = "suffix"
    """The name and everything below it."""
    BELOW = "below"
    """Everything below the name, the name itself not."""
    PATTERN = "pattern"
    """Whatever a regular expression finds; see core.patterns."""


class Member(NamedTuple):
    """A member of a set: what it says and how far it reaches."""

    text: str
    reach: Reach


class DomainSet:
    """Names by reach. Filled once, then only read."""

    __slots__ = ("below", "exact", "suffix")

    def __init__(self) -> None:
        self.exact: set[bytes] = set()
        self.suffix: set[bytes] = set()
        self.below: set[bytes] = set()

    def of(self, reach: Reach) -> set[bytes]:
        """The members with one reach, to be filled or counted."""
        match reach:
            case Reach.EXACT:
                return self.exact
            case Reach.SUFFIX:
                return self.suffix
            case _:
                return self.below

    def find(self, name: bytes) -> Member | None:
        """The most specific member that covers the name."""
        if name in self.exact:
            return Member(name.decode(), Reach.EXACT)
        suffix, below = self.suffix, self.below
        if not suffix and not below:
            return None
        rest = name
        while True:
            if rest in suffix:
                return Member(rest.decode(), Reach.SUFFIX)
            if below and rest in below and rest is not name:
                return Member(rest.decode(), Reach.BELOW)
            dot = rest.find(b".")
            if dot < 0:
                return None
            rest = rest[dot + 1 :]

    def __len__(self) -> int:
        return len(self.exact) + len(self.suffix) + len(self.below)

    def __iter__(self) -> Iterator[Member]:
        for reach in (Reach.EXACT, Reach.SUFFIX, Reach.BELOW):
            for name in self.of(reach):
                yield Member(name.decode(), reach)
