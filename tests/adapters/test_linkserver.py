"""Gate and addon over their socket: the last whole word counts, and nobody waits for the other."""

import asyncio
import contextlib
import selectors
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.linkserver import LinkServer
from hushgate.core.errors import UnavailableError
from hushgate.core.link import (
    LINE_LIMIT,
    SOCKET_NAME,
    GateState,
    Snapshot,
    decode_snapshot,
    encode,
)
from hushgate.core.model import Mac
from hushgate.core.udpflows import Sort, UdpFlow

MAC = Mac("fc:65:de:10:00:01")
FLOW = UdpFlow(MAC, "192.168.1.9", 4, "203.0.113.5", 9, Sort.CALL, False, 1, 60, 0.0, 0.0)


class Server:
    """A LinkServer with its selector, as the gate's loop drives it."""

    def __init__(self, folder: Path) -> None:
        self.selector = selectors.DefaultSelector()
        self.link = LinkServer(folder / SOCKET_NAME, self.selector)
        self.path = folder / SOCKET_NAME

    def turn(self, patience: float = 60.0) -> list[bytes]:
        """Attend to what is ready; return the lines that came."""
        lines = []
        for key, _ in self.selector.select(patience):
            assert isinstance(key.fileobj, socket.socket)
            lines.append(self.link.receive(key.fileobj))
        return [line for line in lines if line is not None]

    def connect(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(60.0)
        peer.connect(str(self.path))
        self.turn()
        return peer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.link.close()
    server.selector.close()


def test_a_line_may_come_in_pieces_and_the_last_whole_one_counts(server: Server) -> None:
    with server.connect() as peer:
        peer.sendall(b"first\nsec")
        assert server.turn() == [b"first"]
        peer.sendall(b"ond\nthird\nfou")
        assert server.turn() == [b"third"]


def test_the_newer_peer_takes_the_place_of_the_older(server: Server) -> None:
    with server.connect() as older, server.connect() as newer:
        assert older.recv(10) == b""
        assert server.link.send(b"hello\n")
        assert newer.recv(10) == b"hello\n"


def test_a_peer_that_never_ends_its_line_is_hung_up_on(server: Server) -> None:
    with server.connect() as peer, contextlib.suppress(TimeoutError, BrokenPipeError):
        peer.settimeout(0.01)
        for _ in range(2 * LINE_LIMIT // 65536):
            with contextlib.suppress(TimeoutError):
                peer.send(bytes(65536))
            server.turn(0.1)
        assert not server.link.send(b"hello\n")


def test_a_peer_that_does_not_read_is_not_waited_for(server: Server) -> None:
    with server.connect():
        sent = [server.link.send(bytes(9000) + b"\n") for _ in range(100)]
    assert sent[0]
    assert not sent[-1]


def test_nobody_there_is_no_mistake(server: Server) -> None:
    assert not server.link.send(b"hello\n")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        selectors.DefaultSelector() as selector,
        pytest.raises(UnavailableError, match="no socket at"),
    ):
        LinkServer(tmp_path / "file" / SOCKET_NAME, selector)


def test_the_socket_goes_with_the_server(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.link.close()
    server.selector.close()
    assert not server.path.exists()


async def until(condition: Callable[[], object]) -> None:
    """Wait until the other side has noticed."""
    async with asyncio.timeout(60.0):
        while not condition():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.01)


async def test_addon_and_gate_understand_each_other(server: Server) -> None:
    times_reached: list[None] = []
    link = GateLink(server.path.parent, lambda: times_reached.append(None))
    follower = asyncio.ensure_future(link.follow())
    lines: list[bytes] = []

    def exchange() -> list[bytes]:
        link.send(Snapshot(revision=7, speakers=(MAC,)))
        lines.extend(server.turn(0.0))
        return lines

    await until(exchange)
    assert decode_snapshot(lines[-1]).revision == 7
    state = GateState(revision=7, pid=1, reasserted=0, flows=(FLOW,) * 1000)
    assert server.link.send(encode(state))
    await until(lambda: link.state is not None)
    assert link.take_flows() == [FLOW] * 1000
    assert link.take_flows() == []
    server.link.drop_peer()
    await until(lambda: link.state is None)
    await until(lambda: server.turn(0.0) is not None and len(times_reached) == 2)
    follower.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await follower
