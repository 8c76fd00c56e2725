"""Everything that touches mitmproxy's private parts, for mitmproxy 12.2.

In: a connection handler of mitmproxy. Out: what its public interface cannot do: reset a client,
stop reading from it, keep idle connections alive, hand an event to a running layer. A test pins
each name used here, so that a new mitmproxy fails there and not in a home.
"""

import asyncio
import socket
import struct
from typing import Any, Final, cast

from mitmproxy import ctx, options
from mitmproxy.connection import Connection
from mitmproxy.proxy import events

from hushgate.adapters.mitmlean import ConnectionHandler, ErrorCheck, Master, Proxyserver
from hushgate.adapters.tcpinfo import bytes_sent

NEVER: Final = 315_360_000
"""Ten years: mitmproxy's idle timeout must not cut a speaker's long-lived connection."""
KEEPALIVE_IDLE: Final = 300
"""Seconds of silence before TCP probes the peer: below the NAT timeouts of home routers, and the
only way to notice a peer that vanished, since the speaker's own probes end at the gateway."""
LARGE: Final = 256 << 10
"""What asyncio's socket transports receive at a time."""
_LINGER_NONE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: close() sends a RST."""


def make_master(modes: list[str], *addons: object) -> Master:
    """Return a proxy with the addons it needs and no other: none that could decrypt.

    Without mitmproxy's TlsConfig no certificate authority is ever created; without its Block addon
    speakers with global IPv6 addresses are served.
    """
    master = Master(options.Options(mode=modes), with_termlog=False)
    master.addons.add(Proxyserver(), *addons, ErrorCheck())  # type: ignore[no-untyped-call]
    survive_own_errors(master)
    master.options.update(**SETTINGS)  # type: ignore[no-untyped-call]
    return master


SETTINGS: Final[dict[str, Any]] = {"connection_strategy": "lazy", "tcp_timeout": NEVER}
"""What the stream plane needs of mitmproxy, whoever starts it."""


def set_options(**values: Any) -> None:
    """Set options of the running mitmproxy."""
    ctx.options.update(**values)  # type: ignore[no-untyped-call]


def survive_own_errors(master: Master) -> None:
    """Keep mitmproxy from ending itself over an error that hushgate logged while it started.

    It does so for any error of anybody. Its own mean that no port is listened to; ours that a row
    cannot be written, or a page not shown, and a speaker need not be cut off for that.
    """
    check = master.addons.get("errorcheck")  # type: ignore[no-untyped-call]
    if check is not None:
        check.logger.addFilter(lambda record: not record.name.startswith("hushgate."))


def handlers(master: Master) -> dict[Any, ConnectionHandler]:
    """Return the live connection handlers by client id."""
    proxyserver = master.addons.get("proxyserver")  # type: ignore[no-untyped-call]
    return proxyserver.connections if proxyserver is not None else {}


async def hand_event(handler: ConnectionHandler, event: events.Event) -> None:
    """Hand an event of our own to the layer of a live connection."""
    await handler.server_event(event)


def reset(handler: ConnectionHandler, connection: Connection) -> None:
    """Close one side of a connection with a RST, dropping what is not yet written to it."""
    transport = _transport(handler, connection)
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    transport.abort()


def steer_reading(handler: ConnectionHandler, connection: Connection, *, paused: bool) -> None:
    """Stop or resume reading, so that the kernel's window makes the sender wait."""
    transport = _transport(handler, connection)
    if transport is None or transport.is_closing():
        return
    if paused:
        transport.pause_reading()
    else:
        transport.resume_reading()


def read_large(handler: ConnectionHandler, connection: Connection) -> None:
    """Take up to 256 kB from a socket at a time instead of 64.

    asyncio receives that much at once anyway; mitmproxy's smaller reads hand it on in four events.
    """
    io = handler.transports.get(connection)
    reader = io.reader if io is not None else None
    if isinstance(reader, asyncio.StreamReader):
        read = reader.read
        reader.read = lambda n=-1: read(LARGE)  # type: ignore[method-assign]


def keep_alive(handler: ConnectionHandler, connection: Connection) -> None:
    """Let TCP probe an idle peer."""
    transport = _transport(handler, connection)
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)


def sent_upstream(handler: ConnectionHandler) -> int:
    """Return the bytes that the kernel has sent to the server of a connection."""
    total = 0
    for connection in list(handler.transports):
        if connection is not handler.client:
            transport = _transport(handler, connection)
            sock = transport.get_extra_info("socket") if transport is not None else None
            total += (bytes_sent(sock) or 0) if sock is not None else 0
    return total


def _transport(handler: ConnectionHandler, connection: Connection) -> asyncio.Transport | None:
    io = handler.transports.get(connection)
    writer = io.writer if io is not None else None
    if not isinstance(writer, asyncio.StreamWriter):
        return None
    return cast(asyncio.Transport, writer.transport)
