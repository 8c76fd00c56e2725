"""The gate's watch over the LAN: a tap and the observer that reads it, within a budget.

In: the gate's loop says when the tap is readable and when a beat is due. Out: facts. Where the tap
cannot be had there is no watch, and everything else goes on.
"""

import selectors
from collections.abc import Container
from typing import Final

from hushgate.adapters.tap import Tap
from hushgate.adapters.whereabouts import read_place
from hushgate.core.facts import Fact
from hushgate.core.model import Instant, Mac
from hushgate.core.observer import Observer, Watch
from hushgate.core.rivals import Rivals

TURN: Final = 32
"""Most frames read before others get their turn."""
LOOK: Final = 10.0
"""Seconds between looks for new interfaces."""


class LanWatch:
    """Watches until closed."""

    def __init__(
        self, tap: Tap | None, blind: str | None, selector: selectors.BaseSelector, now: Instant
    ) -> None:
        """Begin.

        Args:
            tap: Where copies come from; None: nowhere.
            blind: Why there is none.
            selector: Of the loop that calls `attend`.
            now: The present.
        """
        self._tap = tap
        self._blind = blind
        self._selector = selector
        self._observer = Observer(now)
        self._rivals = Rivals()
        self._is_resting = True
        self._next_look = now
        self.beat(now)

    def is_tap(self, ready: object) -> bool:
        """Whether a ready socket is this watch's."""
        return self._tap is not None and ready is self._tap.socket

    def attend(self, now: Instant) -> None:
        """Read what is there, within the budget."""
        if self._tap is None:
            return
        for _ in range(TURN):
            if not self._observer.may_read(now):
                self._rest()
                return
            frame = self._tap.read()
            if frame is None:
                return
            self._observer.take(frame, now)
            self._rivals.take(frame, now)

    def beat(self, now: Instant) -> None:
        """Go on after a rest; look for new interfaces now and then."""
        if self._tap is None:
            return
        if self._is_resting and self._observer.may_read(now):
            self._selector.register(self._tap.socket, selectors.EVENT_READ)
            self._is_resting = False
        if now >= self._next_look:
            self._look(now)

    def problems(self, now: Instant, *, by_address: bool, accepted: Container[Mac]) -> list[str]:
        """Say who else may be a way out; see core.rivals."""
        return self._rivals.problems(now, by_address=by_address, accepted=accepted)

    def report(self) -> tuple[Fact, ...]:
        """Return facts to be told; `keep` them if that fails."""
        return self._observer.report()

    def keep(self, facts: tuple[Fact, ...]) -> None:
        """Take facts back."""
        self._observer.keep(facts)

    def tell_again(self, now: Instant) -> None:
        """Report what was reported lately once more, to somebody new."""
        self._observer.tell_again(now)

    def state(self) -> Watch:
        """Say how the LAN is seen."""
        if self._tap is None:
            return Watch(blind=self._blind)
        return Watch(self._observer.copies, self._tap.count_lost() + self._observer.lost)

    def close(self) -> None:
        """Stop watching."""
        if self._tap is not None:
            self._rest()
            self._tap.close()

    def _look(self, now: Instant) -> None:
        self._next_look = Instant(now + LOOK)
        if self._tap is not None:
            self._tap.find_interfaces()
            self._rivals.place = read_place() or self._rivals.place

    def _rest(self) -> None:
        """Read nothing until the next beat; the kernel drops what does not fit meanwhile."""
        if self._tap is not None and not self._is_resting:
            self._selector.unregister(self._tap.socket)
            self._is_resting = True
