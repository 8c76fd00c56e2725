"""Packets: who sends what to whom, decoded once and no deeper than decisions need.

In: a frame as a network card or a capture gives it, or an IP packet as the kernel's queue gives it.
Out: a Link, a Packet. Rules: sizes come from the headers, not from how many bytes were copied,
because the queue and many captures copy only the beginning; what is cut before the ports gives
None, what contradicts itself raises WireError; nothing is reassembled.
"""

import struct
from typing import NamedTuple

from hushgate.wire.errors import WireError

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
_VLAN_TAGS = frozenset((0x8100, 0x88A8, 0x9100))
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
SYN, RST, FIN, ACK = 0x02, 0x04, 0x01, 0x10

NULL, ETHERNET, RAW, LOOP, SLL, IPV4_ONLY, IPV6_ONLY, SLL2 = 0, 1, 101, 108, 113, 228, 229, 276
_ALSO_RAW = frozenset((RAW, 12, 14, IPV4_ONLY, IPV6_ONLY))
"""12 and 14 are what some systems write for the same thing."""
LINK_TYPES = frozenset((NULL, ETHERNET, LOOP, SLL, SLL2)) | _ALSO_RAW
"""Link types of captures that are read, by their numbers in the file format."""

_WIFI = frozenset((105, 119, 127, 163, 192))
_PPPOE = 0x8864
_PPP = {0x0021: IPV4, 0x0057: IPV6}
"""Protocols of PPP that are read (RFC 1332, RFC 5072)."""
_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""How systems number them where there is no link layer."""
_ARP_START = b"\x00\x01\x08\x00\x06\x04"
"""Ethernet, IPv4, and the sizes of their addresses."""
_IPV4 = struct.Struct("!BxHxxHxBxx4s4s")
_IPV6 = struct.Struct("!B3xHBx16s16s")
_TCP = struct.Struct("!HHI4xBB")
_UDP = struct.Struct("!HHH")

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS = 0, 43, 44, 51, 60
_EXTENSIONS = frozenset((_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS, 135, 139))
MAX_EXTENSIONS = 8
"""Most IPv6 extension headers that are followed; senders use two at most."""


class Link(NamedTuple):
    """What the link layer says about a frame."""

    source: bytes
    """Hardware address of the sender; empty where the link type has none."""
    target: bytes
    """Hardware address of the receiver; empty where it is not known."""
    kind: int
    """EtherType of what follows."""
    at: int
    """Where that begins."""


class Packet(NamedTuple):
    """The headers of one IP packet."""

    protocol: int
    source: bytes
    """Packed address, 4 or 16 bytes."""
    target: bytes
    source_port: int
    """0 where the protocol has no ports or the packet is a later fragment."""
    target_port: int
    flags: int
    """TCP flags; 0 for other protocols."""
    sequence: int
    """TCP sequence number of the first payload byte; 0 for other protocols."""
    at: int
    """Where the payload begins in the bytes that were decoded."""
    size: int
    """Payload bytes that were sent, however many of them are at hand."""
    fragment: bool
    """It is part of a larger packet, which is not put together."""


def decode_link(frame: bytes, link_type: int = ETHERNET) -> Link | None:
    """Read the header in front of the packet.

    Returns:
        None where the frame is cut within the header.

    Raises:
        WireError: The link type is not one of LINK_TYPES.
    """
    if link_type == ETHERNET:
        return _decode_ethernet(frame)
    if link_type in _ALSO_RAW:
        return Link(b"", b"", IPV6 if frame[0] >> 4 == 6 else IPV4, 0) if frame else None
    if link_type == SLL:
        source = _cooked_source(frame[6:12], int.from_bytes(frame[4:6]))
        return _inside(frame, source, b"", int.from_bytes(frame[14:16]), 16)
    if link_type == SLL2:
        source = _cooked_source(frame[12:18], frame[11] if len(frame) > 11 else 0)
        return _inside(frame, source, b"", int.from_bytes(frame[0:2]), 20)
    if link_type in (NULL, LOOP):
        # The byte order is that of the machine that captured, or the network's.
        family = int.from_bytes(frame[:4], "little")
        family = family if family < 2**16 else int.from_bytes(frame[:4])
        return Link(b"", b"", _FAMILIES.get(family, 0), 4) if len(frame) > 4 else None
    if link_type in _WIFI:
        raise WireError(
            f"frames as they were in the air (link type {link_type}); capture on the router, or on"
            " the access point's own interface"
        )
    raise WireError(f"link type {link_type}, which is not known here")


def _decode_ethernet(frame: bytes) -> Link | None:
    return _inside(frame, frame[6:12], frame[0:6], int.from_bytes(frame[12:14]), 14)


def _cooked_source(address: bytes, size: int) -> bytes:
    """Read the sender's address of a cooked capture; tunnels have none, and the loopback zeros."""
    return address if size == 6 and any(address) else b""


def _inside(frame: bytes, source: bytes, target: bytes, kind: int, at: int) -> Link | None:
    """Pass over VLAN tags and PPPoE (RFC 2516), which a line to the provider may have."""
    while kind in _VLAN_TAGS:
        kind, at = int.from_bytes(frame[at + 2 : at + 4]), at + 4
    if kind == _PPPOE:
        kind, at = _PPP.get(int.from_bytes(frame[at + 6 : at + 8]), kind), at + 8
    if len(frame) < at:
        return None
    return Link(source, target, kind, at)


def decode_arp(data: bytes, at: int) -> tuple[bytes, bytes] | None:
    """Read who an ARP message is from: hardware address and IPv4 address (RFC 826).

    Returns:
        None where it is cut off, not about IPv4, or its sender has no address yet.
    """
    if len(data) - at < 28 or data[at : at + 6] != _ARP_START:
        return None
    mac, address = data[at + 8 : at + 14], data[at + 14 : at + 18]
    return (mac, address) if any(address) else None


def decode_packet(data: bytes, at: int = 0) -> Packet | None:
    """Read an IP header and the TCP or UDP header behind it.

    Returns:
        None where the bytes are cut before the ports.

    Raises:
        WireError: Version, lengths or the chain of headers make no sense.
    """
    if len(data) <= at:
        return None
    version = data[at] >> 4
    if version == 4:
        return _decode_ipv4(data, at)
    if version == 6:
        return _decode_ipv6(data, at)
    raise WireError(f"IP version {version}")


def _decode_ipv4(data: bytes, at: int) -> Packet | None:
    if len(data) - at < _IPV4.size:
        return None
    first, total, fragment, protocol, source, target = _IPV4.unpack_from(data, at)
    header = (first & 0x0F) * 4
    total = total or len(data) - at  # a card that cuts packets itself leaves the length empty
    if header < _IPV4.size or total < header:
        raise WireError(f"IPv4 header of {header} bytes in a packet of {total}")
    offset, more = fragment & 0x1FFF, fragment & 0x2000
    return _decode_transport(
        data,
        at + header,
        total - header,
        (protocol, source, target),
        later=offset > 0,
        fragment=bool(offset or more),
    )


def _decode_ipv6(data: bytes, at: int) -> Packet | None:
    if len(data) - at < _IPV6.size:
        return None
    _, size, protocol, source, target = _IPV6.unpack_from(data, at)
    at += _IPV6.size
    size = size or len(data) - at
    later = fragment = False
    extensions = 0
    while protocol in _EXTENSIONS:
        if extensions == MAX_EXTENSIONS:
            raise WireError(f"more than {MAX_EXTENSIONS} IPv6 extension headers")
        extensions += 1
        if len(data) - at < 8:
            return None
        length = _extension_size(protocol, data[at + 1])
        if length > size:
            raise WireError("an IPv6 extension header reaches past the end")
        if protocol == _FRAGMENT:
            offset_and_more = int.from_bytes(data[at + 2 : at + 4])
            later, fragment = offset_and_more >= 8, offset_and_more & 0xFFF9 != 0
        protocol = data[at]
        at, size = at + length, size - length
        if later:
            break
    return _decode_transport(
        data, at, size, (protocol, source, target), later=later, fragment=fragment
    )


def _extension_size(protocol: int, length: int) -> int:
    if protocol == _FRAGMENT:
        return 8
    if protocol == _AUTHENTICATION:  # RFC 4302 section 2.2: in units of 4 bytes
        return (length + 2) * 4
    return (length + 1) * 8


def _decode_transport(
    data: bytes,
    at: int,
    size: int,
    ends: tuple[int, bytes, bytes],
    *,
    later: bool,
    fragment: bool,
) -> Packet | None:
    """Read the ports. ``size``: bytes of the packet from ``at`` on; ``later``: has no ports."""
    protocol, source, target = ends
    if protocol == TCP and not later:
        if len(data) - at < _TCP.size:
            return None
        source_port, target_port, sequence, offset, flags = _TCP.unpack_from(data, at)
        header = (offset >> 4) * 4
        if header < 20 or header > size:
            raise WireError(f"TCP header of {header} bytes, {size} left")
        at, size = at + header, size - header
        return Packet(
            protocol, source, target, source_port, target_port, flags, sequence, at, size, fragment
        )
    if protocol == UDP and not later:
        if len(data) - at < 8:
            return None
        source_port, target_port, length = _UDP.unpack_from(data, at)
        length = length or size  # jumbograms, and cards that fill it in later
        if length < 8 or (length > size and not fragment):
            raise WireError(f"UDP datagram of {length} bytes, {size} left")
        size = min(length, size) - 8
        return Packet(
            protocol, source, target, source_port, target_port, 0, 0, at + 8, size, fragment
        )
    return Packet(protocol, source, target, 0, 0, 0, 0, at, size, fragment)
