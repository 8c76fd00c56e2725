"""What is known of the owner's lists, as values and as JSON.

In and out: State. Reading it back what was written gives the same state; anything else is an error
that names what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from hushgate.adapters.fetch import Stamp
from hushgate.core.listformats.entry import Format, Meaning
from hushgate.core.lists import Scope
from hushgate.core.model import DeviceId

EVERYONE = Scope(everyone=True)
NO_STAMP = Stamp()


@dataclass(frozen=True, slots=True)
class Source:
    """A list: where it comes from, for whom it is, and what was fetched last."""

    id: str
    location: str
    """An address, a path, or ``shipped:ID``."""
    scope: Scope = EVERYONE
    format: Format | None = None
    """What the owner said it is; None: inferred."""
    meaning: Meaning | None = None
    allow: bool = False
    """Every entry of it is an exception."""
    copy: str | None = None
    """The copy in force."""
    stamp: Stamp = NO_STAMP
    checked: datetime | None = None
    """When it was last asked for."""
    entries: int = 0
    """Entries of the copy in force."""
    problem: str | None = None
    """Why the newest version is not in force."""
    accepted: frozenset[str] = frozenset()
    """Endpoints the owner agreed to lose."""


@dataclass(frozen=True, slots=True)
class State:
    """All lists, and the text of the owner's own."""

    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    own: str = ""

    @property
    def essence(self) -> tuple[object, ...]:
        """What decides; states that differ only in when a list was asked for have the same."""
        return self.own, *(
            (each.id, each.location, each.scope, each.format, each.meaning, each.allow, each.copy)
            for each in self.sources.values()
        )

    def with_source(self, source: Source) -> "State":
        """The state with one list added or replaced."""
        return State(MappingProxyType({**self.sources, source.id: source}), self.own)

    def without(self, name: str) -> "State":
        """The state without one list."""
        rest = {key: source for key, source in self.sources.items() if key != name}
        return State(MappingProxyType(rest), self.own)

    def with_own(self, text: str) -> "State":
        """The state with another text of the owner's own list."""
        return State(self.sources, text)

    def with_configured(
        self, lists: Mapping[str, str], devices: Mapping[str, frozenset[DeviceId]]
    ) -> "State":
        """The state with the lists that the configuration names, for the devices that it names."""
        state = self
        for name, location in lists.items():
            known = state.sources.get(name)
            if known is None or known.location != location:
                known = Source(name, location)
            scope = Scope(everyone=False, unlike=devices.get(name, frozenset()))
            state = state.with_source(replace(known, scope=scope))
        return state


def state_to_json(state: State) -> dict[str, Any]:
    """The state as plain data."""
    return {
        "lists": [_source_to_json(source) for source in state.sources.values()],
        "own": state.own,
    }


def state_from_json(data: Mapping[str, Any]) -> State:
    """The state from plain data; raises KeyError, TypeError or ValueError."""
    sources = [_source_from_json(row) for row in data["lists"]]
    own = data["own"]
    if not isinstance(own, str):
        raise TypeError('"own" is not text')
    return State(MappingProxyType({source.id: source for source in sources}), own)


def _source_to_json(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "location": source.location,
        "everyone": source.scope.everyone,
        "unlike": sorted(source.scope.unlike),
        "format": source.format,
        "meaning": source.meaning,
        "allow": source.allow,
        "copy": source.copy,
        "etag": source.stamp.etag,
        "modified": source.stamp.modified,
        "checked": source.checked and source.checked.isoformat(),
        "entries": source.entries,
        "problem": source.problem,
        "accepted": sorted(source.accepted),
    }


def _source_from_json(row: Mapping[str, Any]) -> Source:
    return Source(
        id=str(row["id"]),
        location=str(row["location"]),
        scope=Scope(bool(row["everyone"]), frozenset(map(DeviceId, row["unlike"]))),
        format=row["format"] and Format(row["format"]),
        meaning=row["meaning"] and Meaning(row["meaning"]),
        allow=bool(row["allow"]),
        copy=row["copy"],
        stamp=Stamp(row["etag"], row["modified"]),
        checked=row["checked"] and datetime.fromisoformat(row["checked"]),
        entries=int(row["entries"]),
        problem=row["problem"],
        accepted=frozenset(map(str, row["accepted"])),
    )
