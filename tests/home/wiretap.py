"""A capture at the cloud's end of the gateway's line: what really left the house.

Looks at the frames themselves, so it also sees bytes that no server ever accepted. Judging rests
on this; what the server says it received must agree.
"""

import asyncio
import ctypes
import socket
import struct
import time
from pathlib import Path

from tests.home.network import Namespace
from tests.home.recording import Frame, Stream, decode_segment

_SO_ATTACH_FILTER = 26
_ETH_P_ALL = 0x0003
_LARGEST = 1 << 18

# TCP to port 443, first fragments only, over IPv4 or IPv6, as classic BPF: (code, jt, jf, k).
_LOAD_HALF, _LOAD_BYTE, _LOAD_HALF_X, _HEADER_LENGTH_X = 0x28, 0x30, 0x48, 0xB1
_EQUAL, _ANY_BIT, _RETURN = 0x15, 0x45, 0x06
_FILTER = (
    (_LOAD_HALF, 0, 0, 12),
    (_EQUAL, 0, 4, 0x86DD),
    (_LOAD_BYTE, 0, 0, 20),
    (_EQUAL, 0, 11, 6),
    (_LOAD_HALF, 0, 0, 56),
    (_EQUAL, 8, 9, 443),
    (_EQUAL, 0, 8, 0x0800),
    (_LOAD_BYTE, 0, 0, 23),
    (_EQUAL, 0, 6, 6),
    (_LOAD_HALF, 0, 0, 20),
    (_ANY_BIT, 4, 0, 0x1FFF),
    (_HEADER_LENGTH_X, 0, 0, 14),
    (_LOAD_HALF_X, 0, 0, 16),
    (_EQUAL, 0, 1, 443),
    (_RETURN, 0, 0, _LARGEST),
    (_RETURN, 0, 0, 0),
)


class Wiretap:
    """Every byte that arrived on TCP port 443, by connection."""

    def __init__(self, place: Namespace, interface: str) -> None:
        self.streams: dict[tuple[tuple[str, int], tuple[str, int]], Stream] = {}
        """By source and target."""
        self._frames: list[Frame] = []
        with place.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            _attach_filter(self._socket)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
            self._socket.bind((interface, _ETH_P_ALL))
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def arrived_at(self, address: str) -> list[bytes]:
        """Return what each connection to an address brought, in order; the empty ones left out."""
        return [
            bytes(stream.data)
            for (_, target), stream in self.streams.items()
            if target[0] == address and stream.data
        ]

    @property
    def gaps(self) -> bool:
        """Whether frames were missed."""
        return any(stream.missing for stream in self.streams.values())

    def save(self, path: Path) -> None:
        """Write the frames to a pcapng file that tshark and `hushgate replay` can read."""
        offset = time.time() - time.monotonic()
        with path.open("wb") as file:
            file.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
            file.write(struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20))
            for at, data in self._frames:
                stamp = int((at + offset) * 1e6)
                padding = bytes(-len(data) % 4)
                total = 32 + len(data) + len(padding)
                head = (6, total, 0, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
                file.write(struct.pack("<IIIIIII", *head) + data + padding)
                file.write(struct.pack("<I", total))

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        while True:
            try:
                frame = Frame(time.monotonic(), self._socket.recv(_LARGEST))
            except BlockingIOError:
                return
            self._frames.append(frame)
            segment = decode_segment(frame)
            if segment is not None:
                key = (segment.source, segment.target)
                if segment.syn:
                    self.streams[key] = Stream()
                self.streams.setdefault(key, Stream()).add(segment)


def _attach_filter(sock: socket.socket) -> None:
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _FILTER)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HL", len(_FILTER), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
