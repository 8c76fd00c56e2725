"""What is known of each device of the LAN, gathered from facts.

In: facts, in the order they were seen. Out: profiles. Rules:
- A device is its hardware address. Another hardware address is another device, even under the
  same name: a replaced speaker begins as a stranger, and so does a phone that made up a new one.
- An address belongs to the device that used it last.
- Bounded, so that a hostile LAN cannot fill the memory: of a device the signals seen longest ago
  are forgotten first, of devices the stranger that was quiet longest. Kept devices (speakers, and
  what the owner named) are never forgotten; where only they are left, newcomers are not taken in.
- Texts are cut, and what would act on a terminal or a page is escaped: devices choose them.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from hushgate.core.facts import (
    Announced,
    Asked,
    Described,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Repeated,
    Served,
    Sought,
    Uploaded,
)
from hushgate.core.model import Instant, Transport
from hushgate.core.signatures import TEXT_KEYS

MAX_PROFILES = 2048
MAX_ADDRESSES = 16
MAX_NAMES = 128
MAX_SIGNALS = 32
"""Most entries of each other kind that are kept of one device."""
MAX_STRANGERS_KNOW = 16_384
"""Most entries that are kept of all strangers together; a home of forty devices has 3,000."""
MAX_TEXT = 255
"""Longest text that is kept; longer ones are cut."""


class Service(NamedTuple):
    """A service that a device announces."""

    kind: str
    instance: str


@dataclass(slots=True)
class Profile:
    """What is known of one device."""

    device: str
    first_seen: Instant
    last_seen: Instant
    addresses: OrderedDict[str, None] = field(default_factory=OrderedDict)
    host_name: str | None = None
    vendor_class: str | None = None
    parameters: tuple[int, ...] = ()
    services: OrderedDict[Service, Announced] = field(default_factory=OrderedDict)
    offers: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """SSDP target → server."""
    location: str = field(default="", compare=False)
    """Where its UPnP description was last said to be; not kept over a restart."""
    described: tuple[str, str] | None = None
    """Maker and model, as it answered when asked."""
    sought: OrderedDict[str, None] = field(default_factory=OrderedDict)
    names: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Names asked for or greeted, the latest last."""
    quic_names: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Names greeted by QUIC."""
    resolvers: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """DNS servers asked."""
    served: OrderedDict[tuple[Transport, int], None] = field(default_factory=OrderedDict)
    periods: OrderedDict[str, int] = field(default_factory=OrderedDict)
    """Name → seconds between contacts, where they are regular."""
    speech_uploads: int = 0
    """Uploads with the shape of speech."""
    has_news: bool = True
    """Something was learned that was not known; whoever concludes from it clears this."""

    def learn(self, fact: Fact, now: Instant) -> None:
        """Take a fact about this device."""
        self.last_seen = now
        match fact:
            case Present():
                self._note(self.addresses, fact.address, None, MAX_ADDRESSES)
            case Leased():
                before = self.host_name, self.vendor_class, self.parameters
                self.host_name = tidy(fact.host_name or "") or self.host_name
                self.vendor_class = tidy(fact.vendor_class or "") or self.vendor_class
                self.parameters = fact.parameters[:MAX_TEXT] or self.parameters
                self.has_news |= before != (self.host_name, self.vendor_class, self.parameters)
            case Announced():
                self._learn_service(fact)
            case Offered():
                self._note(self.offers, tidy(fact.target), tidy(fact.server))
                self.location = fact.location[:MAX_TEXT] or self.location
            case Described():
                described = tidy(fact.maker), tidy(fact.model)
                self.has_news |= described != self.described
                self.described = described
            case Sought():
                self._note(self.sought, tidy(fact.target), None)
            case Asked():
                self._note(self.names, tidy(fact.name), None, MAX_NAMES)
                self._note(self.resolvers, fact.server, None, MAX_ADDRESSES)
            case Greeted():
                if fact.hello.sni:
                    self._note(self.names, tidy(fact.hello.sni), None, MAX_NAMES)
                    if fact.transport is Transport.UDP:
                        self._note(self.quic_names, tidy(fact.hello.sni), None)
            case Served():
                self._note(self.served, (fact.transport, fact.port), None)
            case Repeated():
                self._note(self.periods, tidy(fact.name), fact.seconds)
            case Uploaded():
                self.speech_uploads += 1
                self.has_news = True
            case _:
                assert_never(fact)

    def _learn_service(self, fact: Announced) -> None:
        service = Service(tidy(fact.service), tidy(fact.instance))
        known = self.services.get(service)
        if known is not None and not fact.texts:
            return  # a pointer without its text says nothing new
        texts = tuple((key, tidy(value)) for key, value in fact.texts if key in TEXT_KEYS)
        port = fact.port or (known.port if known else 0)
        note = Announced(self.device, service.kind, service.instance, texts, port)
        self._note(self.services, service, note)

    def _note[K, V](
        self, known: OrderedDict[K, V], key: K, value: V, limit: int = MAX_SIGNALS
    ) -> None:
        if key not in known or known[key] != value:
            self.has_news = True
            known[key] = value
        known.move_to_end(key)
        if len(known) > limit:
            known.popitem(last=False)

    @property
    def size(self) -> int:
        """How many entries it has."""
        told = len(self.services) + len(self.offers) + len(self.sought) + len(self.served)
        return 1 + told + len(self.names) + len(self.quic_names) + len(self.periods)

    def texts_of(self, service: str, key: str) -> list[str]:
        """Give the values of a key that instances of a service announce."""
        return [
            value
            for name, fact in self.services.items()
            if name.kind == service
            for text, value in fact.texts
            if text == key
        ]


class ProfileTable:
    """The profiles of a LAN."""

    def __init__(self, limit: int = MAX_PROFILES) -> None:
        self._profiles: OrderedDict[str, Profile] = OrderedDict()
        self._owners: dict[str, str] = {}
        """Address → device that used it last."""
        self._kept: set[str] = set()
        self._strangers_know = 0
        """Entries of those that are not kept."""
        self._limit = limit

    def learn(self, fact: Fact, now: Instant) -> Profile | None:
        """Take a fact; None: there was no room for a newcomer."""
        profile = self._profiles.get(fact.device)
        if profile is None:
            if len(self._profiles) >= self._limit and not self._forget_one():
                return None
            profile = self._profiles[fact.device] = Profile(fact.device, now, now)
            before = 0
        else:
            before = profile.size
        self._profiles.move_to_end(fact.device)
        if isinstance(fact, Present):
            self._move_address(fact)
        profile.learn(fact, now)
        if fact.device not in self._kept:
            self._strangers_know += profile.size - before
            while self._strangers_know > MAX_STRANGERS_KNOW and self._forget_one():
                pass
        return profile

    def keep(self, device: str) -> None:
        """Never forget a device."""
        profile = self._profiles.get(device)
        if profile is not None and device not in self._kept:
            self._strangers_know -= profile.size
        self._kept.add(device)

    def get(self, device: str) -> Profile | None:
        """Give the profile of a device."""
        return self._profiles.get(device)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._profiles.values())

    def __len__(self) -> int:
        return len(self._profiles)

    def _move_address(self, fact: Present) -> None:
        former = self._owners.get(fact.address)
        if former is not None and former != fact.device and former in self._profiles:
            self._profiles[former].addresses.pop(fact.address, None)
        self._owners[fact.address] = fact.device
        if len(self._owners) > self._limit * MAX_ADDRESSES:
            del self._owners[next(iter(self._owners))]

    def _forget_one(self) -> bool:
        for device, profile in self._profiles.items():
            if device not in self._kept:
                for address in profile.addresses:
                    self._owners.pop(address, None)
                self._strangers_know -= profile.size
                del self._profiles[device]
                return True
        return False


def tidy(text: str) -> str:
    """Cut a text to size and escape what is not meant to be seen."""
    text = text[:MAX_TEXT]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)[:MAX_TEXT]
