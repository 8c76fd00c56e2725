"""Drives a layer without sockets: events in, commands out, and a clock that only we move.

What the outside would do to the connections' state is done here; everything else is asserted by
the tests.
"""

from dataclasses import dataclass, field

from mitmproxy import options
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context

from hushgate.adapters.layer import Noticed, PauseReading, ResetSpeaker, ResumeReading, SpeakerLayer
from hushgate.core.decisions import Standing
from hushgate.core.directory import Directory
from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, FlowKey, Instant, Reason, Transport, Voice

KITCHEN = DeviceId("kitchen")
FLOW = FlowKey(KITCHEN, Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)

OPEN = Standing(Voice.ALLOWED, Reason.WINDOW_OPEN)
BLOCK = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
DELAY = Standing(Voice.DELAY, Reason.WINDOW_CLOSED)
OBSERVE = Standing(Voice.OBSERVE, Reason.WINDOW_CLOSED)
OFFLINE = Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED)


@dataclass
class Drive:
    """One connection of a speaker through the layer."""

    standing: Standing = BLOCK
    connects: bool = True
    """Whether the server answers at once."""
    directory: Directory = field(default_factory=Directory)
    """What is known of servers."""
    now: float = 1000.0
    sent_up: bytes = b""
    sent_down: bytes = b""
    was_reset: bool = False
    reading: bool = True
    half_closed: bool = False
    server_closed: bool = False
    connecting: commands.OpenConnection | None = None
    timers: list[tuple[float, commands.RequestWakeup]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(self.directory)
        self.engine.rule(KITCHEN, self.standing, Instant(self.now))
        client = Client(
            peername=("192.168.77.11", 40000),
            sockname=("203.0.113.5", 443),
            timestamp_start=0.0,
            state=ConnectionState.OPEN,
        )
        self.context = Context(client, options.Options())
        self.context.server.address = ("203.0.113.5", 443)
        self.layer = SpeakerLayer(self.context, self.engine, FLOW, lambda: Instant(self.now))
        self._do(events.Start())

    def up(self, data: bytes) -> "Drive":
        """The speaker sends."""
        self._do(events.DataReceived(self.context.client, data))
        return self

    def down(self, data: bytes) -> "Drive":
        """The server sends."""
        self._do(events.DataReceived(self.context.server, data))
        return self

    def wait(self, seconds: float) -> "Drive":
        """Let time pass; timers fire in their order."""
        until = self.now + seconds
        while self.timers and min(self.timers, key=lambda timer: timer[0])[0] <= until:
            due = min(self.timers, key=lambda timer: timer[0])
            self.timers.remove(due)
            self.now = max(self.now, due[0])
            self._do(events.Wakeup(due[1]))
        self.now = until
        return self

    def rule(self, standing: Standing) -> "Drive":
        """Something else is in force now."""
        self.engine.rule(KITCHEN, standing, Instant(self.now))
        self._do(Noticed())
        return self

    def say(self, *, allow: bool) -> "Drive":
        """The owner answers what waits."""
        self.engine.answer(FLOW, allow=allow)
        self._do(Noticed())
        return self

    def answer(self, error: str | None = None) -> "Drive":
        """The server answers the connect."""
        assert self.connecting is not None
        if error is None:
            self.context.server.state = ConnectionState.OPEN
        self._do(events.OpenConnectionCompleted(self.connecting, error))
        return self

    def speaker_closes(self) -> "Drive":
        """The speaker sends FIN."""
        self.context.client.state &= ~ConnectionState.CAN_READ
        self._do(events.ConnectionClosed(self.context.client))
        return self

    def server_closes(self) -> "Drive":
        """The server sends FIN."""
        self.context.server.state &= ~ConnectionState.CAN_READ
        self._do(events.ConnectionClosed(self.context.server))
        return self

    @property
    def is_over(self) -> bool:
        """Whether the speaker's connection is closed."""
        return self.context.client.state is ConnectionState.CLOSED

    def _do(self, event: events.Event) -> None:
        answered = False
        for command in self.layer.handle_event(event):
            match command:
                case commands.SendData() if command.connection is self.context.server:
                    assert self.context.server.state & ConnectionState.CAN_WRITE
                    self.sent_up += command.data
                case commands.SendData():
                    self.sent_down += command.data
                case commands.OpenConnection():
                    assert not command.blocking
                    self.connecting = command
                    answered = self.connects
                case commands.RequestWakeup():
                    self.timers.append((self.now + command.delay, command))
                case commands.CloseTcpConnection(half_close=True):
                    self.half_closed = True
                case commands.CloseConnection():
                    command.connection.state = ConnectionState.CLOSED
                    if command.connection is self.context.server:
                        self.server_closed = True
                case ResetSpeaker():
                    self.was_reset = True
                case PauseReading():
                    self.reading = False
                case ResumeReading():
                    self.reading = True
                case _:
                    raise AssertionError(f"unexpected {command!r}")
        if answered:
            self.answer()
