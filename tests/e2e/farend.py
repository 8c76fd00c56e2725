"""Frames into the home and out of it: a sender of crafted packets, and the far end that sees them.

Nothing is judged by counters of the gateway: what counts is which bytes arrived at the other side
of its line.
"""

import itertools
import os
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Protocol

from tests.home.network import CLOUD_4, Namespace

_ETH_P_ALL = 0x0003
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
                frame, address = self._socket.recvfrom(1 << 17)
            except BlockingIOError:
                return frames
            if address[2] != socket.PACKET_OUTGOING:
                frames.append(frame)

    def close(self) -> None:
        self._socket.close()


class FarEnd(Port):
    """The cloud's end of the gateway's line."""

    def __init__(self, cloud: Namespace, witness: Namespace) -> None:
        super().__init__(cloud, "wan4")
        self._witness = witness

    def arrived(self, patience: float = 5.0) -> bytes:
        """Return all that arrived since the last call, in one piece.

        A datagram of a host that may send marks the end: what was sent before it has come through.
        """
        fence = new_marker()
        with ExitStack() as stack:
            with self._witness.entered():
                sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.sendto(fence, (f"{CLOUD_4}1", 40000 + next(_numbers) % 10000))
        seen = b""
        deadline = time.monotonic() + patience
        while fence not in seen:
            assert time.monotonic() < deadline, "the witness's datagram did not arrive"
            time.sleep(0.002)
            seen += b"".join(self.read())
        return seen
