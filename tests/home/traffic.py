"""Bulk traffic: whatever the neighbor loads; and the server of it and of the music.

`python -m tests.home.traffic` is that server, a process of its own so that it shares no interpreter
lock with the cloud; it reads its certificate's PEM from its standard input.
"""

import contextlib
import socket
import ssl
import sys
import threading
import time

from tests.home import music
from tests.home.channel import server_context
from tests.home.network import Namespace

PORT = 5201
READY = "ready"
_BLOCK = 1 << 18
_SIZE = 2_000_000
_CONNECTIONS, _PAIRS, _WARM_UP = 8, 80, 5
_PATIENCE = 60.0


def compare_paths(place: Namespace, ours: str, bare: str) -> list[float]:
    """Load the same over two paths in turn; return how fast the first was each time, to the other.

    Many pairs of small loads, a few milliseconds each, back and forth on open
    connections, of which there are several: what else the machine does meanwhile, and how the
    kernel happened to place a connection, hits both alike. Their median is good to about 1 %.
    """
    ratios: list[float] = []
    for _ in range(_CONNECTIONS):
        with _connect(place, ours) as first, _connect(place, bare) as second:
            for number in range(-_WARM_UP, _PAIRS):
                # Back and forth, so that none of the two always follows the other.
                if number % 2:
                    seconds, reference = _load(first), _load(second)
                else:
                    reference, seconds = _load(second), _load(first)
                if number >= 0:
                    ratios.append(reference / seconds)
    return ratios


def _load(sock: socket.socket) -> float:
    """Load some megabytes; return the seconds it took."""
    buffer = bytearray(_BLOCK)
    start = time.monotonic()
    sock.sendall(b"?")
    left = _SIZE
    while left and (got := sock.recv_into(buffer, min(left, _BLOCK))):
        left -= got
    return time.monotonic() - start


def _connect(place: Namespace, address: str) -> socket.socket:
    with place.entered():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.settimeout(_PATIENCE)
    sock.connect((address, PORT))
    return sock


def _serve_music(sock: socket.socket, context: ssl.SSLContext, piece: bytes) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls:
        tls.recv(1)
        while True:
            tls.sendall(piece)


def _serve_bulk(sock: socket.socket) -> None:
    piece = bytes(_SIZE)
    with sock:
        while sock.recv(1):
            sock.sendall(piece)


def _accept(listener: socket.socket, context: ssl.SSLContext, piece: bytes) -> None:
    while True:
        sock, _ = listener.accept()
        if sock.getsockname()[1] == music.PORT:
            work = threading.Thread(target=_serve_music, args=(sock, context, piece), daemon=True)
        else:
            work = threading.Thread(target=_serve_bulk, args=(sock,), daemon=True)
        work.start()


def main() -> None:
    """Serve until killed."""
    context = server_context(sys.stdin.buffer.read())
    piece = music.make_music()
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for port in (music.PORT, PORT):
            listener = socket.create_server((address, port), family=family)
            threading.Thread(target=_accept, args=(listener, context, piece), daemon=True).start()
    print(READY, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
