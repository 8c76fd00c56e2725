"""DHCP messages (RFC 2131, RFC 2132): what a device says of itself when it asks for an address.

In: one datagram. Out: a DhcpMessage. Rules: only what tells devices apart is read; an option that
comes in several parts is put together (RFC 3396); text that is no text is shown escaped.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from hushgate.wire.cursor import Cursor
from hushgate.wire.errors import WireError

_COOKIE = b"\x63\x82\x53\x63"
_FIXED = 236
_ETHERNET = 1
_PAD, _END = 0, 255
_ROUTERS = 3
_HOST_NAME, _REQUESTED, _TYPE, _PARAMETERS, _CLASS, _CLIENT, _FQDN = 12, 50, 53, 55, 60, 61, 81
_FQDN_FLAGS = 3
"""Bytes in front of the name in option 81 (RFC 4702 section 2)."""


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """One request or reply."""

    is_reply: bool
    kind: int
    """Option 53: 1 discover, 3 request, 5 acknowledgement, ...; 0: BOOTP."""
    mac: bytes
    """Hardware address of the client."""
    address: str | None
    """Address the client has, gets or asks for."""
    host_name: str | None
    """Option 12, or the name in option 81."""
    parameters: tuple[int, ...]
    """Option 55: what it wants to know, in an order that is typical of the program."""
    vendor_class: str | None
    """Option 60."""
    client_id: bytes
    """Option 61."""
    routers: tuple[str, ...] = ()
    """Option 3: whom a reply tells to go through."""


def decode_dhcp(data: bytes) -> DhcpMessage:
    """Read one message.

    Raises:
        WireError: It is malformed, or not for Ethernet or Wi-Fi.
    """
    if len(data) < _FIXED + len(_COOKIE) or data[_FIXED : _FIXED + 4] != _COOKIE:
        raise WireError("not a DHCP message")
    if data[0] not in (1, 2) or data[1] != _ETHERNET or data[2] != 6:
        raise WireError("a DHCP message that is not for Ethernet")
    options = _options(data[_FIXED + 4 :])
    kind = options.get(_TYPE, b"\0")
    return DhcpMessage(
        is_reply=data[0] == 2,
        kind=kind[0] if kind else 0,
        mac=data[28:34],
        address=_address(data[16:20]) or _address(data[12:16]) or _address(options.get(_REQUESTED)),
        host_name=_text(options.get(_HOST_NAME)) or _text(options.get(_FQDN, b"")[_FQDN_FLAGS:]),
        parameters=tuple(options.get(_PARAMETERS, b"")),
        vendor_class=_text(options.get(_CLASS)),
        client_id=options.get(_CLIENT, b""),
        routers=tuple(_addresses(options.get(_ROUTERS, b""))),
    )


def _options(data: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    cursor = Cursor(data)
    while cursor.left:
        code = cursor.number(1)
        if code == _END:
            break
        if code != _PAD:
            options[code] = options.get(code, b"") + cursor.vector(1)
    return options


def _address(raw: bytes | None) -> str | None:
    return str(ipaddress.IPv4Address(raw)) if raw and len(raw) == 4 and any(raw) else None


def _addresses(raw: bytes) -> Iterator[str]:
    for at in range(0, len(raw) - 3, 4):
        yield str(ipaddress.IPv4Address(raw[at : at + 4]))


def _text(raw: bytes | None) -> str | None:
    return raw.rstrip(b"\0").decode("utf-8", "backslashreplace") or None if raw else None
