"""Bulk traffic: music for a speaker (TLS, compared byte for byte), and whatever the neighbor loads.

`python -m tests.home.traffic` is the far end, a process of its own so that it shares no
interpreter with the speakers; it reads the server's PEM from its standard input.
"""

import contextlib
import random
import socket
import ssl
import sys
import threading
import time
from functools import cache
from statistics import median
from typing import NamedTuple

from tests.home.channel import Identity, server_context
from tests.home.network import Namespace

MUSIC_PORT, BULK_PORT = 4443, 5201
MUSIC_NAME = "music.example"
MUSIC_SIZE = 50_000_000
READY = "ready"
_SEED = 1
_BLOCK = 1 << 18
_BULK_SIZE = 2_000_000
_CONNECTIONS, _PAIRS, _WARM_UP = 8, 80, 5
_PATIENCE = 20.0


class Piece(NamedTuple):
    """One piece of music that came: when, how fast, and whether every byte was right."""

    start: float
    end: float
    identical: bool

    @property
    def rate(self) -> float:
        """Bytes per second."""
        return MUSIC_SIZE / (self.end - self.start)


def stream_music(place: Namespace, address: str, identity: Identity, until: float) -> list[Piece]:
    """Load the piece of music again and again on one connection, at least once.

    Timed from a piece's first byte to its last: the request is an upload and waits like any other.
    """
    music = _music()
    buffer = bytearray(MUSIC_SIZE)
    view = memoryview(buffer)
    pieces: list[Piece] = []
    with (
        _connect(place, address, MUSIC_PORT) as raw,
        identity.client.wrap_socket(raw, server_hostname=MUSIC_NAME) as sock,
    ):
        sock.sendall(b"?")
        while not pieces or time.monotonic() < until:
            filled = sock.recv_into(view)
            start = time.monotonic()
            while filled < MUSIC_SIZE:
                got = sock.recv_into(view[filled:])
                if not got:
                    raise ConnectionError(f"the music stopped after {filled} bytes")
                filled += got
            end = time.monotonic()
            pieces.append(Piece(start, end, buffer == music))
    return pieces


def compare_paths(place: Namespace, ours: str, bare: str) -> float:
    """Load the same over two paths in turn; return how fast the first is, the other being 1.

    The median over many pairs of small loads, a few milliseconds each, back and forth on open
    connections, of which there are several: what else the machine does meanwhile, and how the
    kernel happened to place a connection, hits both alike.
    """
    ratios: list[float] = []
    for _ in range(_CONNECTIONS):
        with _connect(place, ours, BULK_PORT) as first, _connect(place, bare, BULK_PORT) as second:
            for number in range(-_WARM_UP, _PAIRS):
                # Back and forth, so that none of the two always follows the other.
                if number % 2:
                    seconds, reference = _load(first), _load(second)
                else:
                    reference, seconds = _load(second), _load(first)
                if number >= 0:
                    ratios.append(reference / seconds)
    return median(ratios)


def _load(sock: socket.socket) -> float:
    """Load some megabytes; return the seconds it took."""
    buffer = bytearray(_BLOCK)
    start = time.monotonic()
    sock.sendall(b"?")
    left = _BULK_SIZE
    while left and (got := sock.recv_into(buffer, min(left, _BLOCK))):
        left -= got
    return time.monotonic() - start


def _connect(place: Namespace, address: str, port: int) -> socket.socket:
    with place.entered():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.settimeout(_PATIENCE)
    sock.connect((address, port))
    return sock


@cache
def _music() -> bytes:
    return random.Random(_SEED).randbytes(MUSIC_SIZE)


def _serve_music(sock: socket.socket, context: ssl.SSLContext, music: bytes) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls:
        tls.recv(1)
        while True:
            tls.sendall(music)


def _serve_bulk(sock: socket.socket) -> None:
    piece = bytes(_BULK_SIZE)
    with sock:
        while sock.recv(1):
            sock.sendall(piece)


def _accept(listener: socket.socket, context: ssl.SSLContext, music: bytes) -> None:
    while True:
        sock, _ = listener.accept()
        if sock.getsockname()[1] == MUSIC_PORT:
            work = threading.Thread(target=_serve_music, args=(sock, context, music), daemon=True)
        else:
            work = threading.Thread(target=_serve_bulk, args=(sock,), daemon=True)
        work.start()


def main() -> None:
    """Serve until killed."""
    context = server_context(sys.stdin.buffer.read())
    music = _music()
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for port in (MUSIC_PORT, BULK_PORT):
            listener = socket.create_server((address, port), family=family)
            threading.Thread(target=_accept, args=(listener, context, music), daemon=True).start()
    print(READY, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
