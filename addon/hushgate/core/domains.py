"""A set of domain names, asked "which member covers this name?".

In: names as lower-case ASCII bytes without a trailing dot, each with its reach. Out: the most
specific member that covers a name. Rules: whole labels only (``ads.example`` never covers
``xads.example``); the walk goes from the name up to its last label.

Plain sets, because nothing else was both small and fast at a million names: 98 MB and about 2 us a
look-up, where nested dicts took 583 MiB and a trie 5 us. Bytes, because a name of up to 31
characters takes 64 bytes as such and 80 as text. ``tests/bench/bench_lists.py`` prints the numbers
of the machine it runs on.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
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

    @property
    def specificity(self) -> int:
        """Of two members that cover a name, the more specific one has more of this.

        ``*.example`` says one character more than ``example``, as dnsmasq counts; a pattern is
        less specific than any name.
        """
        if self.reach is Reach.PATTERN:
            return 0
        return len(self.text) + (self.reach is Reach.BELOW)


SHARDS = 16
_MASK = SHARDS - 1


class Names:
    """A set of names in sixteen parts.

    One set of a million names is rehashed, and later freed, in one step of the interpreter that
    takes 50 ms, during which no thread can decide anything. A sixteenth of it takes 1 ms.
    """

    __slots__ = ("shards",)

    def __init__(self) -> None:
        self.shards: tuple[set[bytes], ...] = tuple(set() for _ in range(SHARDS))

    def add(self, name: bytes) -> bool:
        """Add a name; False if it is there already."""
        shard = self.shards[hash(name) & _MASK]
        before = len(shard)
        shard.add(name)
        return len(shard) > before

    def update(self, names: Iterable[bytes]) -> None:
        """Add many names."""
        shards = self.shards
        for name in names:
            shards[hash(name) & _MASK].add(name)

    def discard(self, name: bytes) -> None:
        """Take a name out again."""
        self.shards[hash(name) & _MASK].discard(name)

    def clear(self) -> None:
        """Take all names out, one at a time: other threads get their turn in between."""
        for shard in self.shards:
            while shard:
                shard.pop()

    def __contains__(self, name: bytes) -> bool:
        return name in self.shards[hash(name) & _MASK]

    def __len__(self) -> int:
        return sum(map(len, self.shards))

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self.shards)


class DomainSet:
    """Names by reach. Filled once, then only read."""

    __slots__ = ("_has_below", "_walked", "below", "exact", "suffix")

    def __init__(self) -> None:
        self.exact = Names()
        self.suffix = Names()
        self.below = Names()
        self._walked = self._has_below = True

    def seal(self) -> None:
        """Take note that no more members come, so what is empty need not be looked through."""
        self._has_below = len(self.below) > 0
        self._walked = self._has_below or len(self.suffix) > 0

    def of(self, reach: Reach) -> Names:
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
        if name in self.exact.shards[hash(name) & _MASK]:
            return Member(name.decode(), Reach.EXACT)
        if not self._walked:
            return None
        suffix, below, has_below = self.suffix.shards, self.below.shards, self._has_below
        rest = name
        while True:
            shard = hash(rest) & _MASK
            if has_below and rest in below[shard] and rest is not name:
                return Member(rest.decode(), Reach.BELOW)
            if rest in suffix[shard]:
                return Member(rest.decode(), Reach.SUFFIX)
            dot = rest.find(b".")
            if dot < 0:
                return None
            rest = rest[dot + 1 :]

    def clear(self) -> None:
        """Take everything out."""
        for names in (self.exact, self.suffix, self.below):
            names.clear()

    def __len__(self) -> int:
        return len(self.exact) + len(self.suffix) + len(self.below)

    def __iter__(self) -> Iterator[Member]:
        for reach in (Reach.EXACT, Reach.SUFFIX, Reach.BELOW):
            for name in self.of(reach):
                yield Member(name.decode(), reach)
