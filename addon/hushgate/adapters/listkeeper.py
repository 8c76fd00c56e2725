"""Keeps the lists in force current in a running gateway.

In: the store, and a function that puts a ListSet in force. Out: new lists within two seconds of a
change on disk, and new versions fetched about once a day. Rules: everything that takes time happens
in a thread, beside the lists in force; the swap is one assignment on the event loop; a list that
cannot be loaded is a problem to show, never a reason to stop.
"""

import asyncio
import gc
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from hushgate.adapters.listrows import State
from hushgate.adapters.liststore import SHIPPED, ListStore
from hushgate.adapters.listupdate import House, Outcome, due, fetch_update, save_updates
from hushgate.core.errors import ConfigError, UnavailableError
from hushgate.core.lists import ListSet
from hushgate.core.model import DeviceId

logger = logging.getLogger(__name__)

_FAILURES = (Outcome.FAILED, Outcome.REFUSED)
_POLL = 2.0
_UPDATE_EVERY = 900.0
_TURN = 0.0005
"""Seconds a thread may keep the interpreter while lists load; the usual 5 ms would be felt."""

_REST = 0.001
"""Seconds of sleep after each block of some 400 names; a block takes half of that."""


class ListKeeper:
    """Watches the store; run it as one task."""

    def __init__(
        self,
        store: ListStore,
        put_in_force: Callable[[ListSet], None],
        failed: Callable[[str], None],
    ) -> None:
        self.problems: Mapping[str, str] = {}
        """Why a list is not in force, by id: for the status."""
        self.house: House | None = None
        """What updates may not take away; None: nothing is fetched."""
        self.configured: Mapping[str, str] = {}
        self.devices: Mapping[str, frozenset[DeviceId]] = {}
        """The lists of the configuration: where they are, and for which devices."""
        self._store = store
        self._put_in_force = put_in_force
        self._failed = failed
        """Told the id of a list of which nothing usable could be fetched."""
        self._lists = ListSet()
        self._left_out: Mapping[str, str] = {}
        self._seen: object = None
        self._loaded: object = None

    async def run(self) -> None:
        """Load, watch and update until cancelled."""
        wait = 0.0
        while True:
            await self.refresh()
            if wait <= 0 and self.house is not None:
                for name in await asyncio.to_thread(self._update, self.house):
                    self._failed(name)
                wait = _UPDATE_EVERY
                continue
            await asyncio.sleep(_POLL)
            wait -= _POLL

    async def refresh(self) -> None:
        """Load the lists if they changed since the last time."""
        wanted = self._store.revision(), self.configured, self.devices
        if wanted == self._seen:
            return
        self._seen = wanted
        try:
            state = self._state()
            if state.essence == self._loaded:
                self.problems = self._left_out
                return
            with beside_decisions():
                in_force = await asyncio.to_thread(self._store.load, state, give_way)
        except (ConfigError, UnavailableError) as error:
            self.problems = {"lists": str(error)}
            logger.warning("lists not loaded, the old ones stay error=%s", error)
            return
        self._loaded = state.essence
        before, self._lists = self._lists, in_force.lists
        self._put_in_force(in_force.lists)
        self.problems = self._left_out = in_force.problems
        for name, problem in in_force.problems.items():
            logger.warning("list not in force list=%s problem=%s", name, problem)
        # Nobody can be asking the old lists any more: look-ups never yield to the event loop.
        with beside_decisions():
            await asyncio.to_thread(before.clear)

    def _state(self) -> State:
        return self._store.state().with_configured(self.configured, self.devices)

    def _update(self, house: House) -> Sequence[str]:
        """Fetch what is due; return the lists of which nothing usable came."""
        now = datetime.now(UTC)
        try:
            sources = [
                source
                for source in self._state().sources.values()
                if not source.location.startswith(SHIPPED) and not source.scope.is_off
            ]
            updates = [fetch_update(self._store, each, house, now) for each in due(sources, now)]
            if updates:
                save_updates(self._store, updates)
        except (ConfigError, UnavailableError) as error:
            logger.warning("lists not updated error=%s", error)
            return ()
        for update in updates:
            logger.info("list asked for list=%s outcome=%s", update.source.id, update.outcome)
        return [update.source.id for update in updates if update.outcome in _FAILURES]


def give_way(_: int) -> None:
    """Sleep between blocks of a list: a thread that sleeps does not keep the interpreter."""
    time.sleep(_REST)


@contextmanager
def beside_decisions() -> Iterator[None]:
    """Load or free lists in another thread without making decisions wait.

    Threads change turns ten times as often as usual. The garbage collector rests, and afterwards
    leaves alone what is there: it would look through a million names in one step of 50 ms.
    """
    turn, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_TURN)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()
        sys.setswitchinterval(turn)
