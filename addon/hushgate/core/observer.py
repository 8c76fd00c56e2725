"""Copies of frames → facts worth telling: the gate's watch over the LAN.

In: frames. Out: facts, each once in a while. Rules:

- A fact that was told lately is not told again: most frames show what is known. Whoever comes anew
  is told what was told lately, since it may have died before it wrote that down.
- Whatever is read costs time of the process that also judges packets, so a budget bounds it; what
  only looks like the end of a hello costs a tenth.
- Bounded: what is not fetched in time is dropped, the newest first, and counted.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from hushgate.core.facts import Announced, Fact, Greeted, Present
from hushgate.core.lan import mac_text
from hushgate.core.model import Instant
from hushgate.core.periods import PeriodWatch
from hushgate.core.witness import Witness
from hushgate.wire import ip
from hushgate.wire.errors import WireError

RATE: Final = 200.0
"""Frames read a second; a home of forty devices sends fewer than 20 that pass the filter."""
BURST: Final = 400.0
STRAY: Final = 0.1
"""What the end of an upload costs, in frames; core.copyfilter takes it for the end of a hello."""
AGAIN: Final = 300.0
"""Seconds after which a fact is told again."""
RECALLED: Final = 600.0
"""Seconds for which what was told is told to whoever comes anew; the addon saves every 300."""
MAX_TOLD: Final = 4096
"""Most facts remembered as told."""
MAX_WAITING: Final = 1000
MAX_WEIGHT: Final = 16 << 10
"""Characters of one report: even with each escaped, the link's socket buffer holds it."""
_CUT: Final = 255
_HTTPS: Final = 443
_HANDSHAKE: Final = b"\x16\x03"
"""How a hello begins (RFC 8446 section 5.1)."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How the gate sees the LAN."""

    copies: int = 0
    """Frames read."""
    lost: int = 0
    """Frames and facts that were dropped because there were too many."""
    blind: str | None = None
    """Why it sees nothing."""


class Observer:
    """Reads frames within a budget and remembers what it told."""

    def __init__(self, now: Instant) -> None:
        self.copies = 0
        self.lost = 0
        """Facts that were dropped."""
        self._witness = Witness()
        self._periods = PeriodWatch()
        self._told: OrderedDict[Fact, Instant] = OrderedDict()
        self._users: OrderedDict[str, str] = OrderedDict()
        """Address → device that was last told to use it."""
        self._waiting: deque[Fact] = deque()
        self._budget = BURST
        self._since = now

    def may_read(self, now: Instant) -> bool:
        """Whether the budget allows another frame."""
        self._budget = min(self._budget + (now - self._since) * RATE, BURST)
        self._since = now
        return self._budget >= 1.0

    def take(self, frame: bytes, now: Instant) -> None:
        """Read a frame; what is malformed shows nothing."""
        self.copies += 1
        self._budget -= 1.0
        try:
            for fact in self._facts(frame):
                self._note(_plain(fact), now)
                if (repeated := self._periods.see(fact, now)) is not None:
                    self._note(repeated, now)
        except WireError:
            return

    def report(self) -> tuple[Fact, ...]:
        """Return facts that wait, no more than one report holds."""
        facts, weight = [], 0
        while self._waiting and weight < MAX_WEIGHT:
            fact = self._waiting.popleft()
            facts.append(fact)
            weight += len(repr(fact))
        return tuple(facts)

    def keep(self, facts: tuple[Fact, ...]) -> None:
        """Take back a report that did not arrive."""
        self._waiting.extendleft(reversed(facts))

    def tell_again(self, now: Instant) -> None:
        """Have what was told lately wait once more, the newest of it if it is too much."""
        lately = [fact for fact, told in self._told.items() if now - told < RECALLED]
        every = dict.fromkeys((*lately, *self._waiting))
        self._waiting = deque(list(every)[-MAX_WAITING:])

    def _facts(self, frame: bytes) -> Iterator[Fact]:
        link = ip.decode_link(frame)
        if link is None:
            return
        if link.kind == ip.ARP:
            sender = ip.decode_arp(frame, link.at)
            if sender is not None:
                yield from self._witness.see_arp(mac_text(sender[0]), sender[1])
        elif link.kind in (ip.IPV4, ip.IPV6):
            packet = ip.decode_packet(frame, link.at)
            if packet is not None:
                payload = frame[packet.at : packet.at + packet.size]
                if self._is_stray(packet, payload):
                    self._budget += 1.0 - STRAY
                    return
                yield from self._witness.see(mac_text(link.source), packet, payload)

    def _is_stray(self, packet: ip.Packet, payload: bytes) -> bool:
        if packet.protocol != ip.TCP or packet.target_port != _HTTPS:
            return False
        begins = payload.startswith(_HANDSHAKE)
        return not begins and not self._witness.awaits(packet)

    def _note(self, fact: Fact, now: Instant) -> None:
        told = self._told.get(fact)
        if told is not None and now - told < AGAIN and not self._has_moved(fact):
            return
        if len(self._waiting) >= MAX_WAITING:
            self.lost += 1
            return
        if isinstance(fact, Present):
            self._users[fact.address] = fact.device
            self._users.move_to_end(fact.address)
            if len(self._users) > MAX_TOLD:
                self._users.popitem(last=False)
        self._told[fact] = now
        self._told.move_to_end(fact)
        if len(self._told) > MAX_TOLD:
            self._told.popitem(last=False)
        self._waiting.append(fact)

    def _has_moved(self, fact: Fact) -> bool:
        """Whether an address came back from another device: the last to use it owns it."""
        return isinstance(fact, Present) and self._users.get(fact.address) != fact.device


def _plain(fact: Fact) -> Fact:
    """Leave out what identification does not read, so that one fact is not many."""
    match fact:
        case Greeted():
            return replace(fact, server="", hello=replace(fact.hello, size=0))
        case Announced():
            texts = tuple((key[:_CUT], text[:_CUT]) for key, text in fact.texts)
            return replace(fact, texts=texts)
    return fact
