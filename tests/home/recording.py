"""Recordings of real speakers, read as scripts: who wrote how many bytes of TLS, and when.

In: a pcapng file and one conversation in it. Out: the sequence of writes of both ends, each a time
and the lengths of the TLS records written then. Content never comes out, only lengths and times.

Rules: retransmitted bytes count once, at their first time. A record belongs to the moment its
first byte was seen: a speaker writes a 16 kB record in one piece, the network spreads it. Only
application data (content type 23) is kept; the recorded handshake is replaced by one of our own.
The reader is on purpose not the one of hushgate: one bug cannot hide in both.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_APPLICATION_DATA = 23
_HEADER = 5
_LONGEST = 16384 + 256
"""RFC 5246 section 6.2.3 allows 2048 bytes of overhead; AES-GCM needs 24."""


class Direction(StrEnum):
    """Direction of payload, seen from the speaker."""

    UP = "up"
    DOWN = "down"


class Frame(NamedTuple):
    """One captured Ethernet frame."""

    at: float
    data: bytes


class Segment(NamedTuple):
    """One TCP segment."""

    at: float
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    syn: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Conversation:
    """Both ends of one recorded connection."""

    speaker: tuple[str, int]
    server: tuple[str, int]


class Write(NamedTuple):
    """What one end wrote at one moment."""

    at: float
    """Seconds since the recording's first packet."""
    direction: Direction
    records: tuple[int, ...]
    """Lengths from the headers of the TLS records, header not included."""

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return sum(self.records) + _HEADER * len(self.records)


def read_frames(path: Path) -> Iterator[Frame]:
    """Yield the frames of a little-endian pcapng file with microsecond or nanosecond stamps."""
    data = path.read_bytes()
    ticks = 1e6
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == _SECTION and data[at + 8 : at + 12] != b"\x4d\x3c\x2b\x1a":
            raise ValueError(f"{path.name}: big-endian pcapng is not read here")
        if kind == _INTERFACE:
            ticks = _ticks(data[at + 16 : at + length - 4])
        elif kind == _PACKET:
            _, high, low, captured = struct.unpack_from("<IIII", data, at + 8)
            start = at + 28
            yield Frame(((high << 32) | low) / ticks, data[start : start + captured])
        at += length


def _ticks(options: bytes) -> float:
    """Time stamps per second, from the options of an interface block (if_tsresol is option 9)."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, at)
        if code == 9:
            exponent: int = options[at + 4]
            return 2.0 ** (exponent & 0x7F) if exponent & 0x80 else 10.0**exponent
        at += 4 + (length + 3) // 4 * 4
    return 1e6


def decode_segment(frame: Frame) -> Segment | None:
    """Decode an Ethernet frame that carries TCP over IPv4 or IPv6; None for anything else."""
    data = frame.data
    match data[12:14]:
        case b"\x08\x00" if data[23] == 6:
            start = 14 + (data[14] & 15) * 4
            end = 14 + int.from_bytes(data[16:18])
            source, target = data[26:30], data[30:34]
        case b"\x86\xdd" if data[20] == 6:
            start = 54
            end = 54 + int.from_bytes(data[18:20])
            source, target = data[22:38], data[38:54]
        case _:
            return None
    source_port, target_port, sequence = struct.unpack_from(">HHI", data, start)
    payload = data[start + (data[start + 12] >> 4) * 4 : end]
    return Segment(
        frame.at,
        (str(ip_address(source)), source_port),
        (str(ip_address(target)), target_port),
        sequence,
        bool(data[start + 13] & 2),
        payload,
    )


class Stream:
    """One direction of a connection, put in order: each byte once, with the time it came."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._origin: int | None = None
        self._arrivals: list[tuple[int, float]] = []
        """End offset of the bytes that were complete at a time; both ascending."""
        self._early: dict[int, tuple[float, bytes]] = {}

    def add(self, segment: Segment) -> None:
        """Take a segment in, whatever its order."""
        if self._origin is None:
            self._origin = segment.sequence + segment.syn
        if not segment.payload:
            return
        # The distance from the origin as a signed 32-bit number: survives wrap-around.
        offset = (segment.sequence - self._origin + 2**31) % 2**32 - 2**31
        if offset + len(segment.payload) > len(self.data):
            self._early[offset] = (segment.at, segment.payload)
        while (ready := min(self._early, default=len(self.data) + 1)) <= len(self.data):
            at, payload = self._early.pop(ready)
            fresh = payload[len(self.data) - ready :]
            if fresh:
                self.data += fresh
                self._arrivals.append((len(self.data), at))

    @property
    def missing(self) -> bool:
        """Whether later bytes wait for ones that were never captured."""
        return bool(self._early)

    def when(self, offset: int) -> float:
        """Return the time the byte at an offset came."""
        return next(at for end, at in self._arrivals if end > offset)


def read_conversation(path: Path, conversation: Conversation) -> list[Write]:
    """Return every write of application data in one recorded connection, in order of time."""
    start: float | None = None
    streams = {Direction.UP: Stream(), Direction.DOWN: Stream()}
    for frame in read_frames(path):
        start = frame.at if start is None else start
        segment = decode_segment(frame._replace(at=frame.at - start))
        if segment is None:
            continue
        if (segment.source, segment.target) == (conversation.speaker, conversation.server):
            streams[Direction.UP].add(segment)
        elif (segment.source, segment.target) == (conversation.server, conversation.speaker):
            streams[Direction.DOWN].add(segment)
    for direction, stream in streams.items():
        if stream.missing:
            raise ValueError(f"{path.name}: {direction} bytes of the conversation are missing")
    writes = [write for direction in streams for write in _writes(streams[direction], direction)]
    return sorted(writes, key=lambda write: write.at)


def _writes(stream: Stream, direction: Direction) -> Iterator[Write]:
    """Yield the records of a stream, those that began in the same segment together."""
    records: list[int] = []
    began = 0.0
    for offset, length in _records(bytes(stream.data)):
        at = stream.when(offset)
        if records and at != began:
            yield Write(began, direction, tuple(records))
            records = []
        began = at
        records.append(length)
    if records:
        yield Write(began, direction, tuple(records))


def _records(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each record of application data; starts at the first boundary."""
    at = _first_boundary(data)
    while at + _HEADER <= len(data):
        kind, version, length = struct.unpack_from(">BHH", data, at)
        if version != 0x0303 or length > _LONGEST:
            raise ValueError(f"no TLS record at offset {at} of the stream")
        if kind == _APPLICATION_DATA:
            yield at, length
        at += _HEADER + length


def _first_boundary(data: bytes) -> int:
    """Find where a record begins in a connection that was open before the recording started."""
    for at in range(min(len(data), _LONGEST)):
        end = at
        for _ in range(3):
            if not (0x14 <= data[end] <= 0x17 and data[end + 1 : end + 3] == b"\x03\x03"):
                break
            end += _HEADER + int.from_bytes(data[end + 3 : end + 5])
            if end + _HEADER >= len(data):
                return at
        else:
            return at
    return len(data)
