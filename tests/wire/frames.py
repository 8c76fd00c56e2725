"""Makes frames, packets and captures byte by byte, for tests that need many of them."""

import ipaddress
import struct
from collections.abc import Iterable
from pathlib import Path

SPEAKER, ROUTER, PHONE = "fc:65:de:00:00:01", "02:00:00:00:00:fe", "aa:bb:cc:00:00:03"
SPEAKER_IP, ROUTER_IP, PHONE_IP, CLOUD_IP = (
    "192.168.1.7",
    "192.168.1.1",
    "192.168.1.9",
    "203.0.113.9",
)
SYN, ACK, PSH = 0x02, 0x10, 0x08


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def packet(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    """An IPv4 or IPv6 packet."""
    sender, receiver = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if sender.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
    else:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
    return head + sender.packed + receiver.packed + payload


def udp(source: tuple[str, int], target: tuple[str, int], payload: bytes) -> bytes:
    """An IP packet with a datagram."""
    head = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0)
    return packet(source[0], target[0], 17, head + payload)


def tcp(
    source: tuple[str, int],
    target: tuple[str, int],
    payload: bytes = b"",
    *,
    sequence: int = 0,
    flags: int = ACK,
) -> bytes:
    """An IP packet with a segment."""
    head = struct.pack("!HHIIBBHHH", source[1], target[1], sequence, 0, 0x50, flags, 1024, 0, 0)
    return packet(source[0], target[0], 6, head + payload)


def frame(source: str, target: str, data: bytes) -> bytes:
    """An Ethernet frame around an IP packet."""
    kind = b"\x08\x00" if data[0] >> 4 == 4 else b"\x86\xdd"
    return mac(target) + mac(source) + kind + data


def arp(source: str, address: str) -> bytes:
    """An Ethernet frame with an ARP question."""
    body = b"\x00\x01\x08\x00\x06\x04\x00\x01" + mac(source) + ipaddress.ip_address(address).packed
    return b"\xff" * 6 + mac(source) + b"\x08\x06" + body + bytes(10)


def pcap(
    frames: Iterable[tuple[float, bytes]],
    *,
    order: str = "<",
    nanoseconds: bool = False,
    link_type: int = 1,
    snap: int = 2**16,
) -> bytes:
    """A pcap file."""
    magic, unit = (0xA1B23C4D, 1e9) if nanoseconds else (0xA1B2C3D4, 1e6)
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link_type)
    for at, data in frames:
        seconds, kept = int(at), data[:snap]
        fraction = round((at - seconds) * unit)
        out += struct.pack(f"{order}IIII", seconds, fraction, len(kept), len(data)) + kept
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of a pcapng file."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """The block that begins a section of a pcapng file."""
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(options: bytes = b"", link_type: int = 1, order: str = "<") -> bytes:
    """The block that describes an interface."""
    return block(1, struct.pack(f"{order}HHI", link_type, 0, 0) + options, order)


def captured(ticks: int, data: bytes, order: str = "<", index: int = 0) -> bytes:
    """A packet of a pcapng file."""
    head = struct.pack(
        f"{order}IIIII", index, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
    )
    return block(6, head + data, order)


def write(path: Path, data: bytes) -> Path:
    """Write a file; gives its path."""
    path.write_bytes(data)
    return path
