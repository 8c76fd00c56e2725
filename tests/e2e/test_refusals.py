"""Connections that end, and begin again: no storm, quiet if it is asked, and no way to speak."""

import asyncio
import contextlib
import socket
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from hushgate.core.openings import RATE, SIZE
from tests.home.gateway import EXAMPLE, Gateway
from tests.home.network import CLOUD_4, CLOUD_6, Namespace, Network
from tests.wire.hellos import openssl_hello, server_name, written_hello

pytestmark = pytest.mark.e2e

HELLO = openssl_hello("avs-alexa-4-na.amazon.com")
SECONDS = 10.0
LISTED = "tracker.example"


@dataclass
class Felt:
    """What the speakers felt."""

    offline: int
    """Connections of a client that comes back at once, in ten seconds, to a refused voice host."""
    listed: int
    """The same to a listed name."""
    announced: str
    """How the connection of a blocked utterance ended."""
    quiet: str
    begun: int
    """Bytes that arrived of hellos as large as they may be, one connection after the other."""
    begun_sent: int
    began_for: float
    """Seconds in which these were sent."""


@pytest.fixture(scope="module")
def felt(tmp_path_factory: pytest.TempPathFactory) -> Felt:
    return asyncio.run(feel(tmp_path_factory.mktemp("refusals")))


async def feel(folder: Path) -> Felt:
    (folder / "trackers.txt").write_text(f"0.0.0.0 {LISTED}\n")
    config = folder / "hushgate.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    kitchen, bedroom = "name: Kitchen Echo\n", "name: Bedroom Echo Dot\n"
    text = text.replace("    outside: delay\n", "").replace(
        kitchen, f"{kitchen}    outside: offline\n    lists: [own]\n"
    )
    text = text.replace(bedroom, f"{bedroom}    on_block: quiet\n")
    config.write_text(f"{text}\nlists:\n  own: {folder / 'trackers.txt'}\n", encoding="utf-8")
    home = Network()
    server = Server(home.cloud)
    gateway = Gateway(home.gateway, folder, config)
    try:
        await gateway.start()
        await gateway.tell("block", "all", "15m")
        places = home.speakers
        offline, listed, quiet, announced = await asyncio.gather(
            come_back(places["kitchen"], f"{CLOUD_4}21", HELLO),
            come_back(places["kitchen"], f"{CLOUD_6}22", openssl_hello(LISTED)),
            speak(places["bedroom"], f"{CLOUD_4}23"),
            speak(places["living-room"], f"{CLOUD_4}24"),
        )
        start = time.monotonic()
        begun_sent = await begin_often(places["bedroom"], f"{CLOUD_4}25")
        seconds = time.monotonic() - start
        begun = server.arrived[f"{CLOUD_4}25"]
        return Felt(offline, listed, announced, quiet, begun, begun_sent, seconds)
    finally:
        await gateway.stop()
        server.close()
        home.close()


class Server:
    """Takes whatever comes to any address of the cloud."""

    def __init__(self, place: Namespace) -> None:
        self.arrived: Counter[str] = Counter()
        """Bytes by address."""
        with place.entered():
            self._listener = socket.create_server(
                ("::", 443), family=socket.AF_INET6, dualstack_ipv6=True
            )
        self._listener.setblocking(False)
        self._tasks = [asyncio.create_task(self._accept())]

    async def _accept(self) -> None:
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            self._tasks.append(asyncio.create_task(self._take(sock)))

    async def _take(self, sock: socket.socket) -> None:
        address = sock.getsockname()[0].removeprefix("::ffff:")
        with sock, contextlib.suppress(OSError):
            while data := await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
                self.arrived[address] += len(data)

    def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        self._listener.close()


async def connect(place: Namespace, address: str) -> socket.socket:
    with place.entered():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (address, 443))
    return sock


async def come_back(place: Namespace, address: str, hello: bytes) -> int:
    """Connect again as soon as a connection ends; count how often."""
    loop, count = asyncio.get_running_loop(), 0
    end = time.monotonic() + SECONDS
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(loop.time() + SECONDS):
            while time.monotonic() < end:
                count += 1
                with contextlib.suppress(ConnectionError), await connect(place, address) as sock:
                    await loop.sock_sendall(sock, hello)
                    await loop.sock_recv(sock, 1)
    return count


async def begin_often(place: Namespace, address: str) -> int:
    """Begin a connection every tenth of a second; return the bytes of all their hellos."""
    words = (21, bytes(14_000))  # padding (RFC 7685), or so it says
    message = written_hello([server_name("device-metrics-us.amazon.com"), words])
    hello = b"\x16\x03\x01" + len(message).to_bytes(2) + message
    count = int(SECONDS / 0.1)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            sock = stack.enter_context(await connect(place, address))
            await asyncio.get_running_loop().sock_sendall(sock, hello)
            await asyncio.sleep(0.1)
    return count * len(hello)


async def speak(place: Namespace, address: str) -> str:
    """Say something and be silent; return how the connection ended."""
    loop = asyncio.get_running_loop()
    sock = await connect(place, address)
    frame = b"\x17\x03\x03" + (113).to_bytes(2) + bytes(113)
    with sock:
        try:
            await loop.sock_sendall(sock, HELLO)
            await asyncio.sleep(1.0)
            for _ in range(100):
                await loop.sock_sendall(sock, 4 * frame)
                await asyncio.sleep(0.02)
            async with asyncio.timeout(60.0):
                return "closed" if await loop.sock_recv(sock, 1) == b"" else "answered"
        except ConnectionError:
            return "reset"
        except TimeoutError:
            return "open"


def test_a_client_that_comes_back_at_once_makes_no_storm(felt: Felt) -> None:
    assert 1 <= felt.offline <= 6
    assert 1 <= felt.listed <= 6


def test_a_blocked_utterance_ends_with_a_reset_or_quietly_with_a_close(felt: Felt) -> None:
    assert (felt.announced, felt.quiet) == ("reset", "closed")


def test_a_hello_for_each_word_says_no_more_than_a_trickle(felt: Felt) -> None:
    assert felt.begun_sent > 1_000_000
    assert 0 < felt.begun <= SIZE + RATE * 2 * felt.began_for
