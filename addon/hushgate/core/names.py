"""Which name belongs to an address, for one device, now.

In: what the device was told by DNS and what it said in its hellos. Out: the likeliest name of a
remote address. Rules:
- Names are kept per device: a neighbor's look-up says nothing about a speaker.
- The name is the one that was asked for; the aliases it went through are kept beside it, because
  some devices ask for an alias directly and the catalogue knows both.
- The name heard of last wins. A name outlives its TTL for a day, since devices keep using
  addresses, but it no longer counts as fresh.
- Bounded: the device that was quiet longest, and of a device the oldest address, are forgotten
  first.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from hushgate.core.model import DeviceId, Instant

MAX_DEVICES = 1024
MAX_ADDRESSES = 512
"""Most addresses remembered per device."""
MAX_ALIASES = 8
AFTERLIFE = 86_400.0
"""Seconds that a name is remembered after it expired."""
HELLO_LIFETIME = 86_400.0
"""Seconds that a name from a hello is fresh: no TTL comes with it."""


class NameSource(StrEnum):
    """Where a name was heard."""

    DNS = "dns"
    SNI = "sni"


@dataclass(frozen=True, slots=True)
class Name:
    """A host name believed to belong to an address."""

    name: str
    source: NameSource
    expires: Instant
    aliases: tuple[str, ...] = ()
    """Names that ``name`` stands for, in the order of the chain."""


class NameRow(TypedDict):
    """One name as it is kept over a restart; times are relative, because the clock begins anew."""

    device: str
    address: str
    name: str
    source: str
    seconds_left: float
    aliases: list[str]


class NameTable:
    """Remembers names by device and address."""

    def __init__(self) -> None:
        self._devices: OrderedDict[DeviceId, OrderedDict[str, Name]] = OrderedDict()

    def learn(self, device: DeviceId, addresses: Iterable[str], name: Name) -> None:
        """Take note that these addresses belong to a name."""
        known = self._devices.setdefault(device, OrderedDict())
        self._devices.move_to_end(device)
        for address in addresses:
            known[address] = name
            known.move_to_end(address)
        while len(known) > MAX_ADDRESSES:
            known.popitem(last=False)
        while len(self._devices) > MAX_DEVICES:
            self._devices.popitem(last=False)

    def find(self, device: DeviceId, address: str, now: Instant) -> Name | None:
        """Give the name of an address for a device; None: unknown, or expired for too long."""
        known = self._devices.get(device)
        name = known.get(address) if known else None
        if name is None or now >= name.expires + AFTERLIFE:
            return None
        return name

    def names_of(self, device: DeviceId) -> list[str]:
        """Give every name that a device has an address for, the oldest first."""
        return [name.name for name in self._devices.get(device, {}).values()]

    def dump(self, now: Instant) -> list[NameRow]:
        """Give everything worth keeping over a restart, the oldest first."""
        return [
            NameRow(
                device=device,
                address=address,
                name=name.name,
                source=name.source.value,
                seconds_left=name.expires - now,
                aliases=list(name.aliases),
            )
            for device, known in self._devices.items()
            for address, name in known.items()
            if now < name.expires + AFTERLIFE
        ]

    def load(self, rows: Iterable[NameRow], now: Instant, *, slept: float = 0.0) -> None:
        """Take back what ``dump`` gave.

        Args:
            rows: The rows, the oldest first.
            now: The present.
            slept: Seconds that passed since the dump.
        """
        for row in rows:
            name = Name(
                row["name"],
                NameSource(row["source"]),
                Instant(now + row["seconds_left"] - slept),
                tuple(row["aliases"][:MAX_ALIASES]),
            )
            self.learn(DeviceId(row["device"]), (row["address"],), name)


def heard_from_dns(asked: str, aliases: Iterable[str], ttl: float, now: Instant) -> Name:
    """Make the name that a DNS answer teaches."""
    chain = tuple(alias.lower() for alias in aliases)
    return Name(asked.lower(), NameSource.DNS, Instant(now + ttl), chain[:MAX_ALIASES])


def heard_from_hello(sni: str, now: Instant) -> Name:
    """Make the name that a client's hello teaches."""
    return Name(sni, NameSource.SNI, Instant(now + HELLO_LIFETIME))
