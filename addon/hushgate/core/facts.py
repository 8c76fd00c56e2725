"""Facts: single observations of devices, from which identification concludes.

Values only; core.witness makes them from packets. A device is its hardware address, or its LAN
address where a capture has no hardware addresses. Rules:
- A fact is about the device that the packet itself shows, never about one it talks about; the one
  exception is an mDNS record with its host's address, because reflectors repeat other hosts'
  records: it belongs to the owner of that address, and to nobody where the owner is unknown.
- Direction decides: what a device announces it is, what it asks for it looks for.
- Everything here is self-declared and may be a lie; facts never open anything.
"""

from dataclasses import dataclass

from hushgate.core.model import Transport
from hushgate.wire.hello import Hello


@dataclass(frozen=True, slots=True)
class Present:
    """A device uses an address."""

    device: str
    address: str


@dataclass(frozen=True, slots=True)
class Leased:
    """A device asked for an address by DHCP and said something of itself."""

    device: str
    address: str | None
    host_name: str | None
    vendor_class: str | None
    parameters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Announced:
    """A device offers a service by mDNS."""

    device: str
    service: str
    """``_googlecast._tcp``."""
    instance: str
    """Its name for people; empty: only the type was announced."""
    texts: tuple[tuple[str, str], ...] = ()
    port: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """A device offers itself by SSDP."""

    device: str
    target: str
    server: str
    location: str = ""
    """Where it says its description is."""


@dataclass(frozen=True, slots=True)
class Described:
    """A device that was asked said who made it and what it is."""

    device: str
    maker: str
    model: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A device looks for others by mDNS or SSDP."""

    device: str
    target: str
    """``_amzn-alexa._tcp``, ``urn:dial-multiscreen-org:service:dial:1``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A device asked DNS for a name."""

    device: str
    name: str
    server: str
    """Address of the resolver."""


@dataclass(frozen=True, slots=True)
class Greeted:
    """A device began a TLS or QUIC connection."""

    device: str
    transport: Transport
    server: str
    hello: Hello


@dataclass(frozen=True, slots=True)
class Served:
    """A device answered on a port to another device of the LAN."""

    device: str
    transport: Transport
    port: int


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A device sent an upload with the shape of speech to the Internet."""

    device: str
    server: str
    size: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A device contacts a name again and again, as regularly as a clock."""

    device: str
    name: str
    seconds: int


type SaidOfItself = Leased | Announced | Offered | Described
type Fact = Present | SaidOfItself | Sought | Asked | Greeted | Served | Uploaded | Repeated
