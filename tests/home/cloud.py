"""The cloud: one TLS server on every address of its networks, the far end of every speaker.

It plays the recorded downloads, and writes down every byte that comes and when. Which speaker a
connection belongs to is told by the address it was made to: each has its own.
"""

import asyncio
import contextlib
import random
import socket
import ssl
import time
from collections.abc import Coroutine, Iterable

from tests.home.channel import OVERHEAD, Channel, Identity
from tests.home.network import Namespace
from tests.home.recording import Direction
from tests.home.slices import Item

PORT = 443


class Arrival:
    """What the cloud knows about one connection."""

    def __init__(self, address: str, sock: socket.socket, channel: Channel) -> None:
        self.address = address
        self.sock = sock
        self.channel = channel
        self.received = bytearray()
        """Ciphertext, handshake included."""
        self.content = bytearray()
        """What the records carried."""
        self.times: list[tuple[float, int]] = []
        """When how many bytes had arrived."""
        self.sent = bytearray()
        """Ciphertext."""
        self.over = False

    def when(self, count: int) -> float | None:
        """Return when the first `count` bytes were there; None: never."""
        return next((at for at, arrived in self.times if arrived >= count), None)


class Cloud:
    """The voice service."""

    def __init__(self, place: Namespace, identity: Identity, seed: int) -> None:
        self.arrivals: list[Arrival] = []
        self._place = place
        self._identity = identity
        self._random = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen."""
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            with self._place.entered():
                listener = socket.create_server((address, PORT), family=family, backlog=128)
            listener.setblocking(False)
            self._spawn(self._accept(listener))

    async def play(self, address: str, items: Iterable[Item], start: float) -> None:
        """Write the downloads of the items at their times; those without a connection are lost."""
        for item in items:
            if item.direction is not Direction.DOWN:
                continue
            await asyncio.sleep(start + item.at - time.monotonic())
            arrival = next(
                (a for a in reversed(self.arrivals) if a.address == address and not a.over), None
            )
            if arrival is None or not arrival.channel.ready:
                continue
            ciphertext = b"".join(
                arrival.channel.seal(self._random.randbytes(length - OVERHEAD))
                for length in item.records
            )
            await self._write(arrival, ciphertext)

    async def close(self) -> None:
        """Stop listening and close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                sock, _ = await asyncio.get_running_loop().sock_accept(listener)
                address = sock.getsockname()[0]
                arrival = Arrival(address, sock, Channel(self._identity.server))
                self.arrivals.append(arrival)
                self._spawn(self._serve(arrival))

    async def _serve(self, arrival: Arrival) -> None:
        arrival.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        with arrival.sock:
            with contextlib.suppress(OSError, ssl.SSLError):
                while data := await loop.sock_recv(arrival.sock, 65536):
                    arrival.received += data
                    arrival.times.append((time.monotonic(), len(arrival.received)))
                    greeting = not arrival.channel.ready
                    arrival.content += arrival.channel.feed(data)
                    if greeting:
                        await self._write(arrival, arrival.channel.pending())
            arrival.over = True

    async def _write(self, arrival: Arrival, ciphertext: bytes) -> None:
        arrival.sent += ciphertext
        try:
            await asyncio.get_running_loop().sock_sendall(arrival.sock, ciphertext)
        except OSError:
            arrival.over = True
