"""SSDP messages (UPnP device architecture, section 1): what a device offers or looks for.

In: one datagram of port 1900. Out: an SsdpMessage. Rule: the direction decides what it means, so
the three kinds are told apart; headers that tell nothing about a device are passed over.
"""

from dataclasses import dataclass
from enum import StrEnum

from hushgate.wire.errors import WireError

MAX_LINES = 64


class SsdpKind(StrEnum):
    """What a message does."""

    SEARCH = "search"
    """Its sender looks for devices of a type."""
    ANNOUNCE = "announce"
    """Its sender offers itself to everybody."""
    RESPONSE = "response"
    """Its sender offers itself to somebody who searched."""


_KINDS = {
    b"M-SEARCH * HTTP/1.1": SsdpKind.SEARCH,
    b"NOTIFY * HTTP/1.1": SsdpKind.ANNOUNCE,
    b"HTTP/1.1 200 OK": SsdpKind.RESPONSE,
}


@dataclass(frozen=True, slots=True)
class SsdpMessage:
    """One announcement, search or response."""

    kind: SsdpKind
    target: str
    """Type of device or service: ``urn:schemas-upnp-org:device:ZonePlayer:1``."""
    server: str
    """What the sender says it runs; empty: nothing."""
    location: str
    """Where its description is; empty: nowhere."""
    name: str
    """USN, its unique name; empty: none."""


def decode_ssdp(data: bytes) -> SsdpMessage:
    """Read one message.

    Raises:
        WireError: It is not SSDP.
    """
    lines = data.split(b"\n", MAX_LINES)
    kind = _KINDS.get(b" ".join(lines[0].split()))
    if kind is None:
        raise WireError("not an SSDP message")
    headers: dict[str, str] = {}
    for line in lines[1:MAX_LINES]:
        key, colon, value = line.decode("utf-8", "backslashreplace").partition(":")
        if colon:
            headers.setdefault(key.strip().lower(), value.strip())
    return SsdpMessage(
        kind=kind,
        target=headers.get("st", "") or headers.get("nt", ""),
        server=headers.get("server", ""),
        location=headers.get("location", ""),
        name=headers.get("usn", ""),
    )
