"""Capture files, pcap and pcapng, packet by packet.

In: a path, of a file that may be packed with gzip. Out: captured packets in the order of the file.
Rules: the file is read once, front to back, and never held in memory; what is readable before a cut
or damage is given, and the damage is said; a file that is no capture at all is the user's mistake.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from hushgate.core import packed
from hushgate.core.errors import Complaint, ConfigError, why

_BILLION = 10**9
_PCAP_ORDERS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First bytes of a pcap file → byte order, nanoseconds in a unit of its fractions."""
_PACKED_BADLY = (EOFError, gzip.BadGzipFile, zlib.error)
_GZIP = b"\x1f\x8b"
_SECTION_START = b"\x0a\x0d\x0d\x0a"
_NG_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_END_OF_OPTIONS, _RESOLUTION, _OFFSET = 0, 9, 14
_MAX_PACKET = 2**18
"""Longest packet that is believed; the tools' own bound."""
_MAX_BLOCK = 2**24


class Block(IntEnum):
    """Kinds of pcapng block that are read; the others are passed over."""

    INTERFACE = 1
    SIMPLE = 3
    ENHANCED = 6
    SECTION = 0x0A0D0D0A


class CapturedPacket(NamedTuple):
    """One packet of the file."""

    at: int
    """Nanoseconds since 1970."""
    link_type: int
    data: bytes
    """What was captured of it."""


class _Interface(NamedTuple):
    link_type: int
    units: int
    """Units of time stamps in a second."""
    offset: int
    """Seconds to add."""


class _Damaged(Exception):
    """The rest of the file cannot be read; the message says why."""


def read_packets(path: Path, complaints: list[str]) -> Iterator[CapturedPacket]:
    """Yield the packets of a capture; damage ends it with a complaint.

    Raises:
        ConfigError: The file cannot be opened, or it is no capture.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(Complaint(f"cannot be read: {why(error)}", str(path))) from error
    with file:
        if not file.seekable():
            message = "is a pipe, and captures are read more than once; save it to a file first"
            raise ConfigError(Complaint(message, str(path)))
        if file.read(2) == _GZIP:
            file.seek(0)
            with gzip.open(file) as unpacked:
                yield from _read_file(path, unpacked, complaints)
        else:
            file.seek(0)
            yield from _read_file(path, file, complaints)


def _read_file(path: Path, file: BufferedIOBase, complaints: list[str]) -> Iterator[CapturedPacket]:
    try:
        start = file.read(4)
    except _PACKED_BADLY as error:
        message = "packed with gzip and damaged; expected a pcap or pcapng file"
        raise ConfigError(Complaint(message, str(path))) from error
    if start == _SECTION_START:
        packets = _read_pcapng(file)
    elif start in _PCAP_ORDERS:
        packets = _read_pcap(file, *_PCAP_ORDERS[start])
    else:
        raise ConfigError(Complaint(_refusal(start), str(path)))
    try:
        yield from packets
    except _Damaged as damage:
        complaints.append(f"{path}: {damage} at byte {file.tell()}; read up to there")
    except _PACKED_BADLY as error:
        complaints.append(f"{path}: packed with gzip and damaged ({error}); read up to there")


def _refusal(start: bytes) -> str:
    if not start:
        return "the file is empty; expected a pcap or pcapng file"
    return packed.refusal(start) or "not a capture; expected a pcap or pcapng file"


def _take(file: BufferedIOBase, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _Damaged("cut off")
    return data


def _read_pcap(file: BufferedIOBase, order: str, fraction: int) -> Iterator[CapturedPacket]:
    link_type = struct.unpack(f"{order}16xI", _take(file, 20))[0] & 0x0FFFFFFF
    header = struct.Struct(f"{order}IIII")
    while start := file.read(header.size):
        if len(start) < header.size:
            raise _Damaged("cut off")
        seconds, rest, size, _ = header.unpack(start)
        if size > _MAX_PACKET:
            raise _Damaged(f"a packet of {size} bytes")
        yield CapturedPacket(seconds * _BILLION + rest * fraction, link_type, _take(file, size))


def _read_pcapng(file: BufferedIOBase) -> Iterator[CapturedPacket]:
    """Read sections of blocks; the first block's type has been read already."""
    interfaces: list[_Interface] = []
    order, kind, last = "<", Block.SECTION, 0
    while True:
        size_field = _take(file, 4)
        if kind == Block.SECTION:
            order = _section_order(_take(file, 4))
            interfaces = []
        body = _take(file, _body_size(size_field, order, taken=4 if kind == Block.SECTION else 0))
        _take(file, 4)  # the size again
        match kind:
            case Block.INTERFACE:
                interfaces.append(_interface(body, order))
            case Block.SIMPLE if interfaces:  # has no time of its own
                size = int.from_bytes(body[:4], "little" if order == "<" else "big")
                yield CapturedPacket(last, interfaces[0].link_type, body[4 : 4 + size])
            case Block.ENHANCED:
                packet = _enhanced(body, order, interfaces)
                last = packet.at
                yield packet
        start = file.read(4)
        if not start:
            return
        if len(start) < 4:
            raise _Damaged("cut off")
        (kind,) = struct.unpack(f"{order}I", start)


def _section_order(magic: bytes) -> str:
    if magic not in _NG_ORDERS:
        raise _Damaged("a section without a byte order")
    return _NG_ORDERS[magic]


def _body_size(field: bytes, order: str, *, taken: int) -> int:
    (size,) = struct.unpack(f"{order}I", field)
    if size % 4 or not 12 + taken <= size <= _MAX_BLOCK:
        raise _Damaged(f"a block of {size} bytes")
    return int(size) - 12 - taken


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise _Damaged("an interface without a link type")
    (link_type,) = struct.unpack_from(f"{order}H", body)
    units, offset, at = 10**6, 0, 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == _END_OF_OPTIONS:
            break
        if code == _RESOLUTION and value:
            units = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == _OFFSET and len(value) == 8:
            (offset,) = struct.unpack(f"{order}q", value)
        at += 4 + size + -size % 4
    return _Interface(link_type, units, offset)


def _enhanced(body: bytes, order: str, interfaces: list[_Interface]) -> CapturedPacket:
    if len(body) < 20:
        raise _Damaged("a packet block without its header")
    index, high, low, size, _ = struct.unpack_from(f"{order}IIIII", body)
    if index >= len(interfaces) or size > len(body) - 20:
        raise _Damaged("a packet block that contradicts itself")
    interface = interfaces[index]
    ticks = high << 32 | low
    return CapturedPacket(
        ticks * _BILLION // interface.units + interface.offset * _BILLION,
        interface.link_type,
        body[20 : 20 + size],
    )
