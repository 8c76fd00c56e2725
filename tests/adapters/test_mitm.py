"""mitmproxy's private parts are where adapters.mitm looks for them, and do what it needs.

A proxy of our own on loopback, without root: `reverse:tcp` leads through the same layer as
transparent mode does on a gateway.
"""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from mitmproxy.master import Master
from mitmproxy.proxy.server import ConnectionHandler, ConnectionIO

from hushgate.adapters import mitm
from hushgate.adapters.clocks import clock
from hushgate.adapters.stream import StreamPlane
from hushgate.core.decisions import Standing
from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, Instant
from tests.adapters.driver import BLOCK, DELAY, KITCHEN, OPEN
from tests.adapters.test_layer import HELLO, KEEPALIVE, record

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@dataclass
class Cloud:
    """A server that notes every byte."""

    arrived: bytearray = field(default_factory=bytearray)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes until it ends."""
        while data := await reader.read(65536):
            self.arrived += data
            self.more.set()
        self.closed.set()
        writer.close()

    async def has(self, data: bytes) -> bool:
        """Wait until these bytes have arrived."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while len(self.arrived) < len(data):
                    await self.more.wait()
                    self.more.clear()
        return bytes(self.arrived) == data


@dataclass
class Proxy:
    """A running proxy and what stands around it."""

    engine: Engine
    stream: StreamPlane
    master: Master
    cloud: Cloud
    port: int
    speakers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def rule(self, standing: Standing) -> None:
        """Put the speaker under another standing."""
        await self.stream.notice(self.engine.rule(KITCHEN, standing, clock()))

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect as a speaker does, with a hello that goes at once."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.speakers.append(writer)
        writer.write(HELLO)
        return reader, writer


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy between a speaker and a cloud on loopback; voice is blocked at first."""
    cloud = Cloud()
    server = await asyncio.start_server(cloud.serve, "127.0.0.1", 0)
    upstream = server.sockets[0].getsockname()[1]
    engine = Engine()

    async def device_of(address: str) -> DeviceId:
        return KITCHEN

    stream = StreamPlane(engine, device_of, clock)
    mode = f"reverse:tcp://127.0.0.1:{upstream}@127.0.0.1:0"
    master = mitm.make_master([mode], stream)
    running = asyncio.get_running_loop().create_task(master.run())
    engine.rule(KITCHEN, BLOCK, clock())
    proxy = Proxy(engine, stream, master, cloud, await _listening_port(master))
    yield proxy
    for speaker in proxy.speakers:
        speaker.close()
        with contextlib.suppress(ConnectionError):
            await speaker.wait_closed()
    await master.addons.get("proxyserver").servers.update([])
    master.shutdown()
    await running
    server.close()
    gc.collect()  # mitmproxy leaves closed sockets to the garbage collector


async def _listening_port(master: Master) -> int:
    """Wait until the proxy listens; the kernel chose where."""
    async with asyncio.timeout(60):
        while True:
            if addresses := master.addons.get("proxyserver").listen_addrs():
                return int(addresses[0][1])
            await asyncio.sleep(0.01)


def test_private_names_are_where_we_look_for_them() -> None:
    assert {"reader", "writer", "handler"} <= set(ConnectionIO.__dataclass_fields__)
    assert callable(ConnectionHandler.server_event)


def test_no_addon_that_could_decrypt_is_there() -> None:
    async def names() -> set[str]:
        master = mitm.make_master([], StreamPlane(Engine(), _nobody, lambda: Instant(0.0)))
        return set(master.addons.lookup)

    assert asyncio.run(names()) == {"proxyserver", "nextlayer", "errorcheck"}


@pytest.mark.parametrize(
    ("logger", "ends"),
    [
        pytest.param("hushgate.adapters.ledger", False, id="the ledger cannot be written"),
        pytest.param("mitmproxy.proxy.mode_servers", True, id="the port is taken"),
    ],
)
async def test_only_an_error_of_mitmproxy_s_own_ends_it_while_it_starts(
    logger: str, ends: bool
) -> None:
    master = mitm.make_master([])
    logging.getLogger(logger).error("something is wrong")
    master.shutdown()
    ended = False
    try:
        await master.run()
    except SystemExit:
        ended = True
    assert ended is ends


async def _nobody(address: str) -> DeviceId:
    raise AssertionError


async def test_keepalive_arrives_after_its_hold(proxy: Proxy) -> None:
    _, writer = await proxy.connect()
    writer.write(KEEPALIVE)
    assert await proxy.cloud.has(HELLO + KEEPALIVE)


async def test_speech_is_stopped_and_the_speaker_is_reset(proxy: Proxy) -> None:
    reader, writer = await proxy.connect()
    for number in range(100):
        writer.write(record(1057, number))
        await asyncio.sleep(0.03)
        if writer.transport.is_closing():
            break
    with pytest.raises(ConnectionResetError):
        await reader.read()
    await proxy.cloud.closed.wait()
    assert bytes(proxy.cloud.arrived) == HELLO


async def test_held_speech_goes_whole_when_allowed(proxy: Proxy) -> None:
    await proxy.rule(DELAY)
    _, writer = await proxy.connect()
    said = b""
    for number in range(50):
        said += record(1057, number)
        writer.write(record(1057, number))
        await asyncio.sleep(0.03)
    assert bytes(proxy.cloud.arrived) == HELLO
    await proxy.rule(OPEN)
    assert await proxy.cloud.has(HELLO + said)


async def test_paused_reading_makes_the_sender_wait(proxy: Proxy) -> None:
    await proxy.rule(DELAY)
    _, writer = await proxy.connect()
    for number in range(30):
        writer.write(record(1057, number))
        await asyncio.sleep(0.03)
    transport = writer.transport
    transport.set_write_buffer_limits(high=0)
    for _ in range(64):
        writer.write(bytes(1 << 20))
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)
    assert proxy.engine.held < 8 << 20
    assert transport.get_write_buffer_size() > 0
    transport.abort()


async def test_dead_peers_are_noticed_on_both_sides(proxy: Proxy) -> None:
    await proxy.connect()
    await proxy.cloud.has(HELLO)
    sockets = [
        io.writer.get_extra_info("socket")
        for handler in mitm.handlers(proxy.master).values()
        for io in handler.transports.values()
        if isinstance(io.writer, asyncio.StreamWriter)
    ]
    assert len(sockets) == 2
    assert all(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) for sock in sockets)


async def test_idle_connection_is_not_cut(proxy: Proxy) -> None:
    await proxy.connect()
    await proxy.cloud.has(HELLO)
    [handler] = mitm.handlers(proxy.master).values()
    assert handler.timeout_watchdog.timeout > 86_400


async def test_the_kernel_s_count_is_that_of_what_arrived(proxy: Proxy) -> None:
    _, writer = await proxy.connect()
    writer.write(KEEPALIVE)
    assert await proxy.cloud.has(HELLO + KEEPALIVE)
    [sent] = proxy.stream.sent_upstream(KITCHEN).values()
    assert sent == len(HELLO + KEEPALIVE)
    assert proxy.stream.sent_upstream(DeviceId("bedroom")) == {}
