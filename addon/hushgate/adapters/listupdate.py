"""New versions of lists: fetched, read, checked, and only then in force.

In: a list and the rules for believing a new version. Out: what became of it. Rules: whatever goes
wrong, the version in force stays; so it does if the new one would take from a speaker something its
owner has not agreed to lose.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hushgate.adapters.fetch import Limits, fetch
from hushgate.adapters.listfiles import read_source
from hushgate.adapters.listrows import NO_STAMP, Source, State
from hushgate.adapters.liststore import SHIPPED, ListStore
from hushgate.core.catalogue import Catalogue
from hushgate.core.collisions import Collision, find_collisions
from hushgate.core.errors import UnavailableError
from hushgate.core.listreading import Reading, change_to_refuse

INTERVAL = timedelta(days=1)
RETRY = timedelta(minutes=30)
"""Until a list is asked for again that could not be fetched even once."""
JITTER = 0.2
"""Share of the interval by which look-ups are spread: a thousand gateways do not call at noon."""


class Outcome(StrEnum):
    """What became of an update."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    """Nothing could be fetched."""
    REFUSED = "refused"
    """What was fetched is not a list to rely on."""
    COLLIDES = "collides"
    """It would take something away that the owner has not agreed to lose."""


@dataclass(frozen=True, slots=True)
class Update:
    """One list after an attempt."""

    source: Source
    outcome: Outcome
    reading: Reading | None = None
    collisions: Sequence[Collision] = ()
    """Those the owner has not agreed to."""

    @property
    def may_be_accepted(self) -> bool:
        """Whether the owner's word would put it in force: it is a list, if one to doubt."""
        return (
            self.outcome in (Outcome.COLLIDES, Outcome.REFUSED)
            and self.reading is not None
            and self.reading.refused is None
        )


@dataclass(frozen=True, slots=True)
class House:
    """What a list may not take away unasked."""

    catalogue: Catalogue
    vendors: frozenset[str] | None = None
    """Vendors of the speakers; None: not known, so any."""

    def collisions(self, reading: Reading) -> list[Collision]:
        """What a list as read would take away."""
        return find_collisions(reading.rules, self.catalogue, self.vendors)


def fetch_update(
    store: ListStore,
    source: Source,
    house: House,
    now: datetime,
    *,
    accept: bool = False,
    limits: Limits | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Update:
    """Fetch and check a list; its copy is kept, but nothing is in force until it is saved.

    ``accept`` believes a list that changed tenfold and agrees to every collision.
    """
    if source.location.startswith(SHIPPED):
        return _check_shipped(store, source, house, accept=accept)
    source = replace(source, checked=now)
    known = source.stamp if source.copy else NO_STAMP
    path = store.new_file()
    try:
        stamp = fetch(source.location, path, known=known, limits=limits, progress=progress)
        if stamp is None:
            return Update(replace(source, problem=None), Outcome.UNCHANGED)
        reading = read_source(path, source)
    except UnavailableError as error:
        return Update(replace(source, problem=str(error)), Outcome.FAILED)
    try:
        update = _judge(source, reading, house, accept=accept)
        if update.outcome is Outcome.UPDATED:
            copy = store.keep_copy(path)
            update = replace(update, source=replace(update.source, copy=copy, stamp=stamp))
        return update
    finally:
        path.unlink(missing_ok=True)


def save_updates(store: ListStore, updates: Sequence[Update]) -> None:
    """Put fetched lists in force, all in one step that can be undone."""
    changed = [update.source.id for update in updates if update.outcome is Outcome.UPDATED]
    with store.change(f"update {', '.join(changed)}" if changed else None) as change:
        for update in updates:
            change.state = _merge(change.state, update.source)


def due(sources: Iterable[Source], now: datetime) -> list[Source]:
    """The lists to ask for again; each has its own moment, the same whenever it is asked."""
    return [
        source
        for source in sources
        if source.checked is None or source.checked + _interval(source, source.checked) <= now
    ]


def _interval(source: Source, checked: datetime) -> timedelta:
    # A list that was never fetched is missing; the network may not have been up at boot.
    usual = INTERVAL if source.copy else RETRY
    spread = random.Random(f"{source.id} {checked}").uniform(-JITTER, JITTER)  # noqa: S311
    return usual * (1 + spread)


def _judge(source: Source, reading: Reading, house: House, *, accept: bool) -> Update:
    if reading.refused:
        return Update(replace(source, problem=reading.refused), Outcome.REFUSED, reading)
    entries = len(reading.rules)
    leap = change_to_refuse(source.entries, entries) if source.copy else None
    if leap and not accept:
        return Update(replace(source, problem=leap), Outcome.REFUSED, reading)
    collisions = house.collisions(reading)
    fresh = [each for each in collisions if each.key not in source.accepted]
    if fresh and not accept:
        names = ", ".join(sorted({f"{each.endpoint.role} ({each.key})" for each in fresh}))
        problem = f"would take away: {names}"
        return Update(replace(source, problem=problem), Outcome.COLLIDES, reading, fresh)
    accepted = source.accepted | {each.key for each in fresh}
    source = replace(source, entries=entries, problem=None, accepted=accepted)
    return Update(source, Outcome.UPDATED, reading)


def _check_shipped(store: ListStore, source: Source, house: House, *, accept: bool) -> Update:
    path = store.path_of(source)
    if path is None:
        problem = "is not shipped with this version"
        return Update(replace(source, problem=problem), Outcome.FAILED)
    update = _judge(source, read_source(path, source), house, accept=accept)
    return replace(update, outcome=Outcome.UNCHANGED) if update.source == source else update


def _merge(state: State, source: Source) -> State:
    """The list as updated, but for whom it is now, which may have changed meanwhile."""
    current = state.sources.get(source.id)
    if current is not None:
        source = replace(source, scope=current.scope)
    return state.with_source(source)
