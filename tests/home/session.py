"""One speaker's conversation with the cloud, both ends driven together."""

import asyncio
import itertools
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.home import music
from tests.home.channel import Identity, make_identity
from tests.home.cloud import Cloud
from tests.home.evidence import Account, take_account
from tests.home.network import CLOUD_4, CLOUD_6, Network
from tests.home.slices import Slice, load_slices
from tests.home.speaker import Speaker
from tests.home.wiretap import Wiretap

SETTLE = 2.5
"""Seconds after the last item until everything that may be released must have arrived."""


@dataclass(slots=True)
class Session:
    """A long-lived connection of one speaker, on a cloud address of its own."""

    address: str
    speaker: Speaker
    cloud: Cloud
    wiretap: Wiretap

    async def play(self, piece: Slice, start: float | None = None) -> float:
        """Play a slice on both ends; return the moment it began."""
        start = time.monotonic() + 0.05 if start is None else start
        await asyncio.gather(
            self.speaker.play(piece.items, start),
            self.cloud.play(self.address, piece.items, start),
        )
        await asyncio.sleep(start + piece.length - time.monotonic())
        return start

    def account(self) -> Account:
        """Compare both ends as far as they have got."""
        return take_account(self.address, self.speaker, self.cloud, self.wiretap)


class House:
    """The wires, the cloud, the capture at its door, and as many conversations as are opened."""

    def __init__(self, seed: int) -> None:
        self.network = Network()
        self.identity: Identity = make_identity(
            tuple(sorted({piece.name for piece in load_slices().values()} | {music.NAME}))
        )
        self._random = random.Random(seed)
        self._numbers = itertools.count(11)
        self.sessions: list[Session] = []
        """All conversations, those that came to nothing too."""

    async def __aenter__(self) -> "House":
        self.cloud = Cloud(self.network.cloud, self.identity, self._random.getrandbits(32))
        self.cloud.start()
        self.wiretap = Wiretap(self.network.cloud, "wan4")
        # Looking costs 2 % of the line's speed: the same on the line it is compared with.
        self._balance = Wiretap(self.network.cloud, "wan8")
        self._bulk = await asyncio.create_subprocess_exec(
            *self.network.cloud.command(sys.executable, "-m", "tests.home.traffic"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert self._bulk.stdin is not None
        assert self._bulk.stdout is not None
        self._bulk.stdin.write(self.identity.pem)
        self._bulk.stdin.close()
        await self._bulk.stdout.readline()
        return self

    async def __aexit__(self, *error: object) -> None:
        for session in self.sessions:
            await session.speaker.close()
        self._bulk.kill()
        await self._bulk.wait()
        await self.cloud.close()
        self.wiretap.close()
        self._balance.close()
        self.network.close()

    async def connect(self, device: str, family: int, name: str, patience: float = 60.0) -> Session:
        """Let a speaker connect to the voice service over IPv4 or IPv6 (family 4 or 6)."""
        number = next(self._numbers)
        address = f"{CLOUD_4}{number}" if family == 4 else f"{CLOUD_6}{number}"
        seed = self._random.getrandbits(32)
        place = self.network.speakers[device]
        speaker = Speaker(place, address, name, self.identity, seed)
        session = Session(address, speaker, self.cloud, self.wiretap)
        self.sessions.append(session)
        await speaker.connect(patience)
        return session
