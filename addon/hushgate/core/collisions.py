"""Which entries of a list would break something that a speaker in the house needs.

In: a list's rules, the catalogue, and the vendors of the speakers. Out: every blocking entry that
covers an endpoint of a role that should not be lost unawares, and what losing it does. Rules: the
list is asked the same way as when it is in force, so an entry that one of its own exceptions undoes
is no collision. Both directions are looked at: entries above an endpoint (``a2z.com``) and entries
within one (``1-courier.push.apple.com``).
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hushgate.core.catalogue import Catalogue, Endpoint, Role
from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry
from hushgate.core.lists import Rules
from hushgate.core.patternsyntax import PatternError, example_names

EFFECTS: Final = {
    Role.VOICE: "it hears you no more, not even inside its window",
    Role.TIME: "its clock goes wrong: alarms ring late, certificates fail",
    Role.UPDATE: "it gets no updates any more, not even against security holes",
    Role.AUTH: "it is signed out within hours",
    Role.CONNECTIVITY: "it believes the Internet is gone",
    Role.PUSH: "timers, announcements and the phone's app no longer reach it",
}
"""What is lost with an endpoint, by role; other roles are no collision."""


class Collision(NamedTuple):
    """An entry that takes something away from a speaker."""

    entry: Entry
    name: str
    """A name that is covered."""
    endpoint: Endpoint

    @property
    def key(self) -> str:
        """The endpoint in short, as the owner's consent is remembered."""
        return f"{self.endpoint.vendor}/{self.endpoint.key}"

    @property
    def effect(self) -> str:
        """What it does, in words."""
        return EFFECTS[self.endpoint.role]


def find_collisions(
    rules: Rules, catalogue: Catalogue, vendors: frozenset[str] | None = None
) -> list[Collision]:
    """The collisions of a list with what these vendors' speakers need (None: any vendor's)."""
    endpoints = [
        endpoint
        for endpoint in catalogue.endpoints
        if endpoint.role in EFFECTS and _concerns(endpoint, catalogue, vendors)
    ]
    found: dict[tuple[Entry, Endpoint], Collision] = {}
    for name, endpoint in (*_names_of(endpoints), *_entries_within(rules, endpoints, catalogue)):
        hit = rules.find(name.encode(), name)
        if hit is not None and not hit.allow:
            key = hit.as_entry, endpoint
            found.setdefault(key, Collision(hit.as_entry, name, endpoint))
    order = list(EFFECTS)
    return sorted(found.values(), key=lambda each: (order.index(each.endpoint.role), each.name))


def _concerns(endpoint: Endpoint, catalogue: Catalogue, vendors: frozenset[str] | None) -> bool:
    if vendors is None or endpoint.vendor in vendors:
        return True
    # Vendors without a speaker (time servers, music) serve everybody's.
    return not any(
        other.vendor == endpoint.vendor and other.role is Role.VOICE
        for other in catalogue.endpoints
    )


def _names_of(endpoints: Iterable[Endpoint]) -> Iterator[tuple[str, Endpoint]]:
    for endpoint in endpoints:
        for pattern in endpoint.patterns:
            for name in _examples(pattern):
                yield name, endpoint


def _examples(pattern: str) -> list[str]:
    if not pattern.startswith("/"):
        return [pattern.removeprefix(".")]
    try:
        return example_names(pattern[1:-1])
    except PatternError:
        return []


def _entries_within(
    rules: Rules, endpoints: list[Endpoint], catalogue: Catalogue
) -> Iterator[tuple[str, Endpoint]]:
    """Entries that name a part of an endpoint. A million names are sieved by how they end first."""
    endings = tuple({name.encode()[-_ENDING:] for name, _ in _names_of(endpoints)})
    wanted = set(endpoints)
    for (effect, _), table in rules.tables.items():
        if effect not in (Effect.BLOCK, Effect.REST) or not endings:
            continue
        for reach in (Reach.EXACT, Reach.SUFFIX, Reach.BELOW):
            for raw in table.names.of(reach):
                if raw.endswith(endings):
                    name = raw.decode() if reach is not Reach.BELOW else f"a.{raw.decode()}"
                    endpoint = catalogue.endpoint_of(name)
                    if endpoint in wanted:
                        yield name, endpoint


_ENDING = 9
"""Bytes of an ending: enough to tell ``mazon.com`` from most names."""
