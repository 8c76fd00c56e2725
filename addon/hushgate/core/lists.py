"""Blocklists in force: may this device ask for this name, and which list says so?

In: lists as read by core.listreading, each with the devices it is for. Out: the entry that decides,
with its list and line. Rules, first that applies (docs/blocklists.md explains them):

1. What the owner's own list says stands; where it both blocks and allows, allow wins.
2. An important exception of any list; then an important block.
3. An exception of any list.
4. A block of any list.

Inside a list that was written for a name server (dnsmasq, RPZ, unbound) the longer name decides.
A set of lists is never changed: a new one is built aside and swapped in by one reference.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hushgate.core.domains import DomainSet, Member, Reach
from hushgate.core.listformats.entry import Effect, Entry, Precedence
from hushgate.core.listformats.write import write_rule
from hushgate.core.model import DeviceId
from hushgate.core.patterns import PatternSet


class Table:
    """Entries of one effect: names and patterns."""

    __slots__ = ("names", "patterns")

    def __init__(self) -> None:
        self.names = DomainSet()
        self.patterns = PatternSet()

    def add(self, text: str, reach: Reach) -> bool:
        """Add a member; False if it is there already. Raises PatternError."""
        if reach is Reach.PATTERN:
            return self.patterns.add(text)
        return self.names.of(reach).add(text.encode())

    def discard(self, text: str, reach: Reach) -> None:
        """Take a member out again."""
        if reach is Reach.PATTERN:
            self.patterns = self.patterns.without(text)
        else:
            self.names.of(reach).discard(text.encode())

    def find(self, name: bytes, text: str) -> Member | None:
        """The most specific name that covers the name, else the first pattern found in it."""
        member = self.names.find(name)
        if member is None and self.patterns:
            pattern = self.patterns.find(text)
            return None if pattern is None else Member(pattern, Reach.PATTERN)
        return member

    def __len__(self) -> int:
        return len(self.names) + len(self.patterns)

    def __iter__(self) -> Iterator[Member]:
        yield from self.names
        for text in self.patterns.texts:
            yield Member(text, Reach.PATTERN)


class Hit(NamedTuple):
    """What a list says about a name."""

    member: Member
    effect: Effect
    important: bool

    @property
    def entry(self) -> str:
        """The entry in Adblock's words, which tell all four reaches apart."""
        return write_rule(self.as_entry)

    @property
    def as_entry(self) -> Entry:
        """The entry as the list holds it."""
        return Entry(*self.member, self.effect, self.important)

    @property
    def allow(self) -> bool:
        """Whether it lets the name pass."""
        return self.effect is Effect.ALLOW

    @property
    def rank(self) -> int:
        """Of two lists' hits the one with the higher rank decides."""
        return 2 * self.important + self.allow


class Rules:
    """What one list says. Filled once, then asked."""

    def __init__(self, settles: Precedence = Precedence.ALLOW) -> None:
        self.settles = settles
        self.tables: dict[tuple[Effect, bool], Table] = {}
        self._asked: tuple[tuple[Effect, bool, Table], ...] = ()
        self._spared: Table | None = None

    def table(self, effect: Effect, *, important: bool = False) -> Table:
        """The table of one effect, made when first needed."""
        return self.tables.setdefault((effect, important), Table())

    def seal(self) -> None:
        """Fix the order in which tables are asked; call it once all entries are in."""
        for filled in self.tables.values():
            filled.names.seal()
        order = [
            (effect, important)
            for important in (True, False)
            for effect in (Effect.ALLOW, Effect.BLOCK, Effect.REST)
        ]
        self._asked = tuple((*key, table) for key in order if (table := self.tables.get(key)))
        self._spared = self.tables.get((Effect.SPARE, False))

    def find(self, name: bytes, text: str) -> Hit | None:
        """What the list says about a name, given as bytes and as text."""
        best: Hit | None = None
        for effect, important, table in self._asked:
            member = table.find(name, text)
            if member is None:
                continue
            if self._spared and effect is Effect.REST and self._spared.find(name, text):
                continue
            hit = Hit(member, effect, important)
            if self.settles is Precedence.ALLOW:
                return hit
            if best is None or member.specificity > best.member.specificity:
                best = hit
        return best

    def clear(self) -> None:
        """Free the names of a list that nobody asks any more, in small steps."""
        self._asked, self._spared = (), None
        for table in self.tables.values():
            table.names.clear()

    def count(self, *reaches: Reach) -> int:
        """How many blocking entries have one of these reaches."""
        return sum(
            len(table.patterns) if reach is Reach.PATTERN else len(table.names.of(reach))
            for (effect, _), table in self.tables.items()
            for reach in reaches
            if effect in (Effect.BLOCK, Effect.REST)
        )

    @property
    def exceptions(self) -> int:
        """How many entries allow."""
        return sum(len(t) for (effect, _), t in self.tables.items() if effect is Effect.ALLOW)

    def __len__(self) -> int:
        return sum(len(t) for (effect, _), t in self.tables.items() if effect is not Effect.SPARE)

    def __iter__(self) -> Iterator[Entry]:
        for (effect, important), table in self.tables.items():
            for member in table:
                yield Entry(*member, effect, important)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices a list is for."""

    everyone: bool = False
    unlike: frozenset[DeviceId] = frozenset()
    """The devices that are treated the other way round."""

    def covers(self, device: DeviceId) -> bool:
        """Whether the list is switched on for a device."""
        return self.everyone != (device in self.unlike)

    def switched(self, *, on: bool, device: DeviceId | None = None) -> "Scope":
        """The scope after switching the list on or off, for one device or for all."""
        if device is None:
            return Scope(on)
        unlike = self.unlike - {device} if self.everyone == on else self.unlike | {device}
        return Scope(self.everyone, unlike)

    @property
    def is_off(self) -> bool:
        """Whether no device at all is covered."""
        return not self.everyone and not self.unlike

    def __str__(self) -> str:
        names = ", ".join(sorted(self.unlike))
        if self.everyone:
            return f"every device but {names}" if names else "every device"
        return names or "off"


@dataclass(frozen=True, slots=True)
class BlockList:
    """One list and the devices it is for."""

    id: str
    rules: Rules
    scope: Scope
    locate: Callable[[Entry], int | None]
    """Finds the line of an entry in the stored copy. Called when a match is shown: a million line
    numbers held in memory would cost as much as the names."""
    own: bool = False
    """The owner's own list: what it says stands."""
    fetched: datetime | None = None
    """When its source was last asked; None: it has none."""


class Match(NamedTuple):
    """The entry that decides about a name."""

    source: BlockList
    hit: Hit

    @property
    def list_id(self) -> str:
        """The list the entry is in."""
        return self.source.id

    @property
    def allow(self) -> bool:
        """Whether the entry is an exception: the name passes."""
        return self.hit.allow

    @property
    def entry(self) -> str:
        """The entry in Adblock's words."""
        return self.hit.entry

    @property
    def line(self) -> int | None:
        """The entry's line in the list; read from the stored copy when asked."""
        return self.source.locate(self.hit.as_entry)

    def __str__(self) -> str:
        line = self.line
        return self.list_id if line is None else f"{self.list_id}:{line}"


class ListSet:
    """All lists in force."""

    def __init__(self, lists: Iterable[BlockList] = ()) -> None:
        self.lists: Sequence[BlockList] = tuple(sorted(lists, key=lambda entry: not entry.own))
        self._by_device: dict[DeviceId, tuple[BlockList, ...]] = {}

    def match(self, device: DeviceId, name: str) -> Match | None:
        """The entry that decides about a name a device asks for; None: no list speaks of it."""
        lists = self._by_device.get(device)
        if lists is None:
            lists = self._lists_of(device)
        if not lists:
            return None
        text = name.lower().removesuffix(".")
        raw = text.encode() if text.isascii() else text.encode("ascii", "replace")
        best: Match | None = None
        for source in lists:
            hit = source.rules.find(raw, text)
            if hit is None:
                continue
            if source.own:
                return Match(source, hit)
            if best is None or hit.rank > best.hit.rank:
                best = Match(source, hit)
        return best

    def speak_of(self, device: DeviceId) -> bool:
        """Whether any list is for a device."""
        return bool(self._lists_of(device))

    def clear(self) -> None:
        """Free the lists, once a newer set has taken their place."""
        for source in self.lists:
            source.rules.clear()

    def _lists_of(self, device: DeviceId) -> tuple[BlockList, ...]:
        lists = tuple(entry for entry in self.lists if entry.scope.covers(device))
        if len(self._by_device) < _DEVICES_KEPT:
            self._by_device[device] = lists
        return lists


_DEVICES_KEPT = 1024
"""More devices than a house has: whoever invents names cannot fill the memory."""
