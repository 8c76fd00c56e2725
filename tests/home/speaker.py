"""A speaker: one connection to its voice service, kept up and spoken over as in a recording.

It checks that the server's certificate is the one it was made with, writes records of the recorded
lengths at the recorded times, and remembers which bytes of the ciphertext were speech. When its
connection is ended it does what the real ones do: it drops the rest of the command, connects anew
after a moment, later and later while that fails, and goes on with what comes later.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Iterable
from typing import NamedTuple

from tests.home.channel import OVERHEAD, Channel, Identity
from tests.home.network import Namespace
from tests.home.recording import Direction
from tests.home.slices import Item

PORT = 443
_PAUSES = (0.25, 1.0, 3.0, 5.0, 10.0, 20.0)
"""Seconds before a speaker whose connection was ended connects anew: after it worked, after one
failure, after two. Those of Amazon's client for makers of speakers (alexa/avs-device-sdk, commit
1b712a1, ACL/src/Transport/TransportDefines.cpp), which also draws each between two thirds and
three halves of it."""


class Mark(NamedTuple):
    """One upload: where it lies in the ciphertext, and when it was handed to the kernel."""

    start: int
    end: int
    at: float
    speech: bool
    late: float = 0.0
    """Seconds after the recorded time: the machine was busy."""


class Link:
    """What the speaker knows about one connection."""

    def __init__(self, sock: socket.socket, channel: Channel) -> None:
        self.sock = sock
        self.channel = channel
        self.opened = time.monotonic()
        self.ended: float | None = None
        """When the speaker noticed the end; None: not ended by the other side."""
        self.cause = ""
        self.sent = bytearray()
        """Ciphertext, handshake included."""
        self.content = bytearray()
        """What the records carried."""
        self.received = bytearray()
        """Ciphertext."""
        self.marks: list[Mark] = []

    @property
    def usable(self) -> bool:
        """Whether the speaker can write to it."""
        return self.channel.ready and self.ended is None

    def end(self, cause: str) -> None:
        """Take note of the end, once."""
        if self.ended is None:
            self.ended, self.cause = time.monotonic(), cause


class Speaker:
    """One speaker's end of one long-lived connection."""

    def __init__(
        self, place: Namespace, address: str, name: str, identity: Identity, seed: int
    ) -> None:
        self.links: list[Link] = []
        self.dropped = 0
        """Bytes of speech it did not write because the connection was ended under it."""
        self.failures: list[str] = []
        """Why connecting failed."""
        self._place = place
        self._address = address
        self._name = name
        self._identity = identity
        self._random = random.Random(seed)
        self._usable = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def connect(self, patience: float = 60.0) -> None:
        """Connect, and stay connected until `close`."""
        self._keeper = asyncio.create_task(self._stay_connected())
        await asyncio.wait_for(self._usable.wait(), patience)

    async def play(self, items: Iterable[Item], start: float) -> None:
        """Write the uploads of the items at their times after the moment `start`."""
        spoken_to: Link | None = None
        for item in items:
            if item.direction is not Direction.UP:
                continue
            await asyncio.sleep(start + item.at - time.monotonic())
            if item.speech:
                spoken_to = spoken_to or await self._link()
                if not spoken_to.usable or not await self._write(spoken_to, item, start):
                    self.dropped += sum(item.records)
                continue
            while not await self._write(await self._link(), item, start):
                pass

    async def close(self) -> None:
        """Hang up."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    async def _link(self) -> Link:
        await self._usable.wait()
        return self.links[-1]

    async def _write(self, link: Link, item: Item, start: float) -> bool:
        """Write one item; return whether the kernel took it."""
        if not link.usable:
            return False
        contents = [self._random.randbytes(length - OVERHEAD) for length in item.records]
        ciphertext = b"".join(link.channel.seal(content) for content in contents)
        at = time.monotonic()
        try:
            await asyncio.get_running_loop().sock_sendall(link.sock, ciphertext)
        except OSError as error:
            self._lose(link, _cause(error))
            return False
        offset = len(link.sent)
        link.sent += ciphertext
        link.content += b"".join(contents)
        link.marks.append(Mark(offset, len(link.sent), at, item.speech, at - start - item.at))
        return True

    def _lose(self, link: Link, cause: str) -> None:
        link.end(cause)
        self._usable.clear()

    async def _stay_connected(self) -> None:
        failed = 0
        while True:
            known = len(self.links)
            try:
                await self._hold_one_connection()
            except OSError as error:
                self.failures.append(_cause(error))
            worked = len(self.links) > known and self.links[-1].channel.ready
            failed = 0 if worked else failed + 1
            pause = _PAUSES[min(failed, len(_PAUSES) - 1)]
            await asyncio.sleep(pause * self._random.uniform(2 / 3, 3 / 2))

    async def _hold_one_connection(self) -> None:
        loop = asyncio.get_running_loop()
        with self._place.entered():
            sock = socket.socket(socket.AF_INET6 if ":" in self._address else socket.AF_INET)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock:
            try:
                await loop.sock_connect(sock, (self._address, PORT))
                link = Link(sock, Channel(self._identity.client, self._name))
                self.links.append(link)
                await self._read(link)
            finally:
                self._usable.clear()

    async def _read(self, link: Link) -> None:
        """Read until the connection is over."""
        loop = asyncio.get_running_loop()
        try:
            link.channel.advance()
            await self._flush(link)
            while data := await loop.sock_recv(link.sock, 65536):
                link.received += data
                link.channel.feed(data)
                if not self._usable.is_set():
                    await self._flush(link)
                    if link.channel.ready:
                        link.channel.check_pin(self._identity.fingerprint)
                        self._usable.set()
            self._lose(link, "closed")
        except OSError as error:
            self._lose(link, _cause(error))

    async def _flush(self, link: Link) -> None:
        """Write what the handshake asks for."""
        if pending := link.channel.pending():
            link.sent += pending
            await asyncio.get_running_loop().sock_sendall(link.sock, pending)


def _cause(error: OSError) -> str:
    return "reset" if isinstance(error, ConnectionResetError) else str(error)
