"""A connection that must wait to begin, when its window opens: seen at the far end."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.home.network import CLOUD_4, CLOUD_6
from tests.home.recount import PORT, Choir, address_of, assemble
from tests.wire.hellos import in_records, server_name, written_hello

pytestmark = pytest.mark.e2e

PADDING = 21
"""Number of the extension that makes a hello as long as one likes."""
HELLO = in_records(
    written_hello(extensions=[server_name("avs-alexa-4-na.amazon.com"), (PADDING, bytes(15_500))])
)
"""Of these the allowance has room for four; the fifth would wait for half a minute."""
FIRST = 4
PATIENCE = 15.0


@dataclass
class Seen:
    """What had arrived at the server, by family of its address."""

    first: dict[int, int]
    """Bytes of the connections that needed not wait, before the window opened."""
    closed: dict[int, bytes]
    """Of the one that had to, before the window opened."""
    open: dict[int, bytes]
    """Of that one, after it did."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(open_the_window(tmp_path_factory.mktemp("openings")))


async def open_the_window(folder: Path) -> Seen:
    """Begin as many connections as may begin and one more, then allow voice."""
    async with assemble(2, folder) as choir:
        families = (4, 6)
        socks = [
            await begin(choir, number, family, server)
            for number, family in enumerate(families)  # of a speaker each
            for server in range(FIRST + 1)
        ]
        first = {family: FIRST * len(HELLO) for family in families}
        await until(lambda: {family: count(choir, family) for family in families} == first)
        early = {family: count(choir, family) for family in families}
        await asyncio.sleep(1.0)
        closed = {family: arrived(choir, family, FIRST) for family in families}
        await choir.gateway.tell("allow", "all", "5m")
        await until(lambda: all(arrived(choir, family, FIRST) == HELLO for family in families))
        after = {family: arrived(choir, family, FIRST) for family in families}
        for sock in socks:
            sock.close()
        return Seen(early, closed, after)


async def begin(choir: Choir, number: int, family: int, server: int) -> socket.socket:
    """Connect to a server and send a hello."""
    with choir.place.entered():
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
    sock.setblocking(False)
    sock.bind((address_of(number, family), 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (server_of(family, server), PORT))
    await loop.sock_sendall(sock, HELLO)
    await asyncio.sleep(0.1)  # hellos in the order in which they are sent
    return sock


def server_of(family: int, server: int) -> str:
    return f"{CLOUD_4 if family == 4 else CLOUD_6}{100 + server}"


def arrived(choir: Choir, family: int, server: int) -> bytes:
    return bytes(choir.far.arrived.get(server_of(family, server), b""))


def count(choir: Choir, family: int) -> int:
    return sum(len(arrived(choir, family, server)) for server in range(FIRST))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; what is asserted says what does not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.1)


families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])


@families
def test_while_voice_may_not_leave_hellos_go_up_to_the_allowance(seen: Seen, family: int) -> None:
    assert seen.first[family] == FIRST * len(HELLO)
    assert seen.closed[family] == b""


@families
def test_the_hello_that_waits_goes_as_soon_as_its_window_opens(seen: Seen, family: int) -> None:
    assert seen.open[family] == HELLO
