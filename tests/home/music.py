"""Music for a speaker: the same 50 MB again and again, over TLS, compared byte for byte.

The listener is a process of its own (`python -m tests.home.music ADDRESS UNTIL`), so that it shares
no interpreter lock with the speakers; it reads the CA's certificate from its standard input and
prints the pieces as JSON. Processes of one machine share the monotonic clock.
"""

import asyncio
import json
import random
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.home.channel import Identity, client_context
from tests.home.network import Namespace

PORT = 4443
NAME = "music.example"
SIZE = 50_000_000
_SEED = 1
_PATIENCE = 60.0


class Piece(NamedTuple):
    """One piece of music that came: when, and whether every byte was right."""

    start: float
    end: float
    identical: bool

    @property
    def rate(self) -> float:
        """Bytes per second."""
        return SIZE / (self.end - self.start)


def make_music() -> bytes:
    """Return the piece."""
    return random.Random(_SEED).randbytes(SIZE)


async def play(place: Namespace, address: str, identity: Identity, until: float) -> list[Piece]:
    """Load pieces inside a namespace until a moment of the monotonic clock, at least one."""
    process = await asyncio.create_subprocess_exec(
        *place.command(sys.executable, "-m", "tests.home.music", address, str(until)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    output, errors = await process.communicate(identity.ca)
    if process.returncode:
        raise RuntimeError(f"the music stopped: {errors.decode().strip().splitlines()[-1:]}")
    return [Piece(*row) for row in json.loads(output)]


def main(argv: Sequence[str]) -> None:
    """Load pieces and print them."""
    address, until = argv[0], float(argv[1])
    context = client_context(sys.stdin.buffer.read())
    music = make_music()
    buffer = bytearray(SIZE)
    view = memoryview(buffer)
    pieces: list[Piece] = []
    with (
        socket.create_connection((address, PORT), _PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname=NAME) as sock,
    ):
        sock.sendall(b"?")
        while not pieces or time.monotonic() < until:
            # From the first byte: the request before it is an upload and waits like any other.
            filled = sock.recv_into(view)
            start = time.monotonic()
            while filled < SIZE:
                got = sock.recv_into(view[filled:])
                if not got:
                    raise ConnectionError(f"{filled} bytes came, then the end")
                filled += got
            pieces.append(Piece(start, time.monotonic(), buffer == music))
    print(json.dumps(pieces))


if __name__ == "__main__":
    main(sys.argv[1:])
