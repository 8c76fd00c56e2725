"""Frames into the home and out of it: a sender of crafted packets, and the far end that sees them.

Nothing is judged by counters of the gateway: what counts is which bytes arrived at the other side
of its line.
"""

import itertools
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from tests.home.network import CLOUD_4, Namespace

_ETH_P_ALL = 0x0003
_SOL_PACKET, _IGNORE_OUTGOING = 263, 23
_PATIENCE, _AGAIN = 60.0, 1.0
_numbers = itertools.count()


class Frame(Protocol):
    """What scapy builds."""

    def __bytes__(self) -> bytes: ...


def new_marker() -> bytes:
    """Return 16 bytes that no other packet holds; they look like neither RTP, STUN nor NTP."""
    return b"\x7f" + os.urandom(15)


class Port:
    """One end of a cable, on the level of Ethernet frames."""

    def __init__(self, place: Namespace, interface: str) -> None:
        self.place = place
        self.interface = interface
        with place.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
            self._socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
            self._socket.bind((interface, _ETH_P_ALL))
        self._socket.setblocking(False)
        self.mac = self._socket.getsockname()[4].hex(":")

    def send(self, frames: Iterable[Frame]) -> None:
        """Put frames on the cable."""
        for frame in frames:
            self._socket.send(bytes(frame))

    def read(self) -> list[bytes]:
        """Return the frames that came in since the last call; our own are left out."""
        frames = []
        while True:
            try:
                frames.append(self._socket.recv(1 << 17))
            except BlockingIOError:
                return frames

    def close(self) -> None:
        self._socket.close()


class FarEnd(Port):
    """The cloud's end of the gateway's line; a thread reads, so that no frame finds no room."""

    def __init__(self, cloud: Namespace, witness: Namespace) -> None:
        super().__init__(cloud, "wan4")
        self._witness = witness
        self._frames: deque[bytes] = deque()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._keep_reading, daemon=True)
        self._reader.start()

    def read(self) -> list[bytes]:
        return [self._frames.popleft() for _ in range(len(self._frames))]

    def arrived(self) -> bytes:
        """Return all that arrived since the last call, in one piece.

        A datagram of a host that may send marks the end: what was sent before it has come through.
        """
        fence = new_marker()
        with self._witness.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.connect((f"{CLOUD_4}1", 40000 + next(_numbers) % 10000))
            seen, began, sent = b"", time.monotonic(), 0
            while fence not in seen:
                waited = time.monotonic() - began
                assert waited < _PATIENCE, "the witness's datagram did not arrive"
                if waited >= sent * _AGAIN:
                    with suppress(ConnectionRefusedError):  # nobody listens there
                        sock.send(fence)
                    sent += 1
                time.sleep(0.002)
                seen += b"".join(self.read())
        return seen

    def close(self) -> None:
        self._closing.set()
        self._reader.join()
        super().close()

    def _keep_reading(self) -> None:
        while not self._closing.is_set():
            if select.select([self._socket], [], [], 0.05)[0]:
                self._frames.extend(super().read())
