"""Speech by TCP, QUIC and calls, over IPv4 and IPv6, with hushgate wherever it can stand.

One `hushgate run`, proxy and gate, at each place. What counts is what arrives at the other side of
the router's line: nothing of it outside the window, all of it inside.
"""

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd, new_marker
from tests.e2e.placements import (
    Placement,
    as_the_speakers_gateway,
    beside_the_router,
    on_the_cable,
    on_the_router,
    write,
)
from tests.home.gateway import Gateway
from tests.home.network import CLOUD_4, CLOUD_6, Namespace, Network
from tests.wire.initials import aioquic_datagrams

pytestmark = pytest.mark.e2e

MUSIC, VOICE = "redirector.googlevideo.com", "www.google.com"
FRAMES = 75
FRAME = 0.02
"""Seconds between frames of speech."""
SETTLE = 2.0
"""Seconds until everything that may be released has arrived, and a new rule is in force."""
# Nobody listens to UDP in the cloud; that it says so is no refusal by the gateway.
SILENCE = """
table inet silence {
  chain out {
    type filter hook output priority filter;
    icmp type destination-unreachable drop
    icmpv6 type destination-unreachable drop
  }
}
"""

PLACES: dict[str, Callable[[Network], AbstractContextManager[Placement]]] = {
    "on the router": on_the_router,
    "as a side-car that the speaker uses": as_the_speakers_gateway,
    "as a side-car that the router uses": beside_the_router,
    "on a bridge": on_the_cable,
}
type Cell = tuple[str, int, bool]
"""A way to send, an IP version, and whether the window is open."""


class Voice:
    """A speaker that says something in one way."""

    def __init__(self, speaker: Namespace, family: int, before: int = 0) -> None:
        """Take how many words go ahead at once, by TCP: an Echo begins with what it had heard."""
        self._before = before
        self.markers = [new_marker() for _ in range(FRAMES)]
        self._speaker = speaker
        self._address = f"{CLOUD_4}60" if family == 4 else f"{CLOUD_6}60"
        self._family = socket.AF_INET if family == 4 else socket.AF_INET6

    def by_tcp(self) -> None:
        """Say it on a TCP connection."""
        with self._socket(socket.SOCK_STREAM, 443) as sock:
            with contextlib.suppress(OSError):
                sock.sendall(self.markers[0] * self._before)
            self._stream(sock)

    def by_refused_quic(self) -> None:
        """Try QUIC to the voice service; refused, use TCP."""
        with self._socket(socket.SOCK_DGRAM, 443) as sock:
            sock.settimeout(10.0)
            with contextlib.suppress(ConnectionRefusedError, TimeoutError):
                for datagram in aioquic_datagrams(VOICE):
                    sock.send(datagram)
                sock.recv(1)
        self.by_tcp()

    def by_quic(self) -> None:
        """Say it to a host that serves music, which QUIC may reach inside the window."""
        with self._socket(socket.SOCK_DGRAM, 443) as sock:
            for datagram in aioquic_datagrams(MUSIC):
                with contextlib.suppress(ConnectionRefusedError):
                    sock.send(datagram)
            self._stream(sock, b"\x40")

    def by_call(self) -> None:
        """Say it in a call: RTP to a high port."""
        with self._socket(socket.SOCK_DGRAM, 50_000) as sock:
            self._stream(sock, b"\x80\x6f\x00\x01" + bytes(8))

    def _socket(self, kind: socket.SocketKind, port: int) -> socket.socket:
        with self._speaker.entered():
            sock = socket.socket(self._family, kind)
        sock.settimeout(60.0)
        try:
            sock.connect((self._address, port))
        except OSError:
            sock.close()
            raise
        return sock

    def _stream(self, sock: socket.socket, prefix: bytes = b"") -> None:
        for marker in self.markers:
            with contextlib.suppress(OSError):  # refused or ended: a speaker would try the next one
                sock.send(prefix + marker * 8)
            time.sleep(FRAME)
        time.sleep(SETTLE)


WAYS = {
    "TCP": Voice.by_tcp,
    "QUIC that is refused, so TCP": Voice.by_refused_quic,
    "QUIC to a music service": Voice.by_quic,
    "a call by RTP": Voice.by_call,
}


class Played(NamedTuple):
    """How many frames of a cell were sent, and how many of them arrived."""

    sent: int
    arrived: int


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[Cell, Played]]:
    return asyncio.run(play_everywhere(tmp_path_factory.mktemp("matrix")))


@pytest.fixture(params=PLACES)
def played(
    request: pytest.FixtureRequest, everywhere: dict[str, dict[Cell, Played]]
) -> dict[Cell, Played]:
    return everywhere[request.param]


async def play_everywhere(folder: Path) -> dict[str, dict[Cell, Played]]:
    """Have a home for each place, all at the same time."""
    folders = [folder / str(number) for number in range(len(PLACES))]
    for each in folders:
        each.mkdir()
    starting = asyncio.Lock()  # a start takes a whole processor
    plays = (
        play(stand, each, starting) for stand, each in zip(PLACES.values(), folders, strict=True)
    )
    played = await asyncio.gather(*plays)
    return dict(zip(PLACES, played, strict=True))


async def play(
    stand: Callable[[Network], AbstractContextManager[Placement]],
    folder: Path,
    starting: asyncio.Lock,
) -> dict[Cell, Played]:
    """Say everything in every way, in a closed window and in an open one."""
    with ExitStack() as stack:
        home = Network()
        stack.callback(home.close)
        home.cloud.run("nft", "-f", "-", stdin=SILENCE)
        stack.enter_context(closing(CloudSide(home.cloud)))
        placement = stack.enter_context(stand(home))
        far_end = stack.enter_context(closing(FarEnd(home.cloud, home.speakers["office"])))
        gateway = Gateway(placement.place, folder, write(placement, folder))
        try:
            async with starting:
                await gateway.start()
            await asyncio.sleep(SETTLE)
            closed = await asyncio.to_thread(say_all, home, far_end)
            await gateway.tell("allow", "kitchen", "10m")
            await asyncio.sleep(SETTLE)
            opened = await asyncio.to_thread(say_all, home, far_end)
        finally:
            await gateway.stop()
    cells = {(way, family, False): result for (way, family), result in closed.items()}
    return cells | {(way, family, True): result for (way, family), result in opened.items()}


def say_all(home: Network, far_end: FarEnd) -> dict[tuple[str, int], Played]:
    """Say something in every way at once; return what arrived of it."""
    far_end.arrived()
    voices = {
        (way, family): Voice(home.speakers["kitchen"], family)
        for way, family in itertools.product(WAYS, (4, 6))
    }
    threads = [
        threading.Thread(target=WAYS[way], args=(voice,)) for (way, _), voice in voices.items()
    ]
    for thread in threads:
        thread.start()
    seen = b""
    while any(thread.is_alive() for thread in threads):
        seen += b"".join(far_end.read())
        time.sleep(0.05)
    seen += far_end.arrived()
    return {
        key: Played(FRAMES, sum(marker in seen for marker in voice.markers))
        for key, voice in voices.items()
    }


families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])
ways = pytest.mark.parametrize("way", WAYS, ids=str)


@families
@ways
def test_outside_the_window_no_speech_arrives(
    played: dict[Cell, Played], way: str, family: int
) -> None:
    assert played[way, family, False] == Played(FRAMES, 0)


@families
@ways
def test_inside_the_window_all_of_it_arrives(
    played: dict[Cell, Played], way: str, family: int
) -> None:
    assert played[way, family, True] == Played(FRAMES, FRAMES)
