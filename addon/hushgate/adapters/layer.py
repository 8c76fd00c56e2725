"""The stream plane's layer: meters, holds, releases and ends one connection of a speaker.

Sans-IO like every mitmproxy layer: events in, commands out. It keeps the bytes; the engine, which
never sees them, says how many may go. Rules:

- Nothing is sent upstream before the engine has released it; what it discards is never sent.
- The hello goes at once, unless the engine has it wait: it must be read to know the server, and it
  is bounded.
- Download is never held.
- A connection that the engine ends is reset, so that the speaker notices at once; where it is to
  end quietly it is closed, as by a server that has nothing more to say.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

from hushgate.core.decisions import Decision
from hushgate.core.engine import Engine
from hushgate.core.model import FlowKey, Instant, Verdict
from hushgate.wire.errors import WireError
from hushgate.wire.tls import RecordScanner, decode_hello

HELLO_LIMIT: Final = 16 << 10
"""Bytes of an unfinished hello at which the flow is taken as it is, without a name."""
HELLO_SECONDS: Final = 5.0
"""Time for a hello to arrive whole; after it the flow is taken without a name."""
BACKLOG_LIMIT: Final = 1 << 20
"""Released bytes that may wait for the server to answer the connect."""


class Noticed(events.Event):
    """What is in force for the device has changed: ask the engine."""


@dataclass
class ResetSpeaker(commands.StartHook):  # type: ignore[no-untyped-call]
    """Reset the speaker's connection: close it with a RST."""

    client: Client
    blocking = False
    name = "reset_speaker"


@dataclass
class PauseReading(commands.StartHook):  # type: ignore[no-untyped-call]
    """Read nothing more from the speaker, so that it must wait."""

    client: Client
    blocking = False
    name = "pause_reading"


@dataclass
class ResumeReading(commands.StartHook):  # type: ignore[no-untyped-call]
    """Read from the speaker again."""

    client: Client
    blocking = False
    name = "resume_reading"


class State(Enum):
    """How far a connection has got."""

    HELLO = "hello"
    BEGINNING = "beginning"
    """Its hello was read, and is not to leave yet."""
    REFUSED = "refused"
    """And not told yet."""
    CONNECTING = "connecting"
    RELAY = "relay"
    OVER = "over"


class SpeakerLayer(layer.Layer):
    """One TCP connection of a speaker."""

    def __init__(
        self, context: Context, engine: Engine, flow: FlowKey, clock: Callable[[], Instant]
    ) -> None:
        super().__init__(context)
        self._engine = engine
        self._flow = flow
        self._clock = clock
        self._state = State.HELLO
        self._scanner = RecordScanner()
        self._held: deque[bytes] = deque()
        """Upload bytes that wait for the engine."""
        self._backlog: list[bytes] = []
        """Upload bytes that are free to go and wait for the server."""
        self._backlog_size = 0
        self._hello = b""
        self._name: str | None = None
        """What the hello names, once it was read."""
        self._hello_size = 0
        self._wake: commands.RequestWakeup | None = None
        self._wake_at: Instant | None = None
        self._held_enough = False
        self._reading_paused = False
        self._speaker_done = False

    @property
    def flow(self) -> FlowKey:
        """The flow this layer carries."""
        return self._flow

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        match event:
            case events.Start():
                deadline = commands.RequestWakeup(HELLO_SECONDS)
                self._wake = deadline
                yield deadline
            case _ if self._state is State.OVER:
                pass
            case events.DataReceived() if event.connection is self.context.client:
                yield from self._uploaded(event.data)
            case events.DataReceived():
                self._engine.download(self._flow, len(event.data), self._clock())
                yield commands.SendData(self.context.client, event.data)
            case events.Wakeup() if event.command is self._wake:
                yield from self._woken()
            case Noticed():
                yield from self._noticed()
            case events.OpenConnectionCompleted():
                yield from self._connected(event.reply)
            case events.ConnectionClosed() if event.connection is self.context.client:
                yield from self._speaker_closed()
            case events.ConnectionClosed():
                yield from self._finish()

    def _uploaded(self, data: bytes) -> Iterator[commands.Command]:
        if self._state is State.HELLO:
            self._hello += data
            yield from self._read_hello(complete=len(self._hello) >= HELLO_LIMIT)
        elif self._state is State.BEGINNING:
            self._hello += data  # what was under way when reading was paused
            yield PauseReading(self.context.client)
        elif self._state is State.REFUSED:
            yield PauseReading(self.context.client)  # nothing of it is kept
        else:
            yield from self._take(data)

    def _read_hello(self, *, complete: bool) -> Iterator[commands.Command]:
        """Open the flow once its hello is whole; `complete`: no more of it is waited for."""
        try:
            hello = decode_hello(self._hello)
        except WireError:  # not TLS, or not honest: judged by shape alone
            hello, complete = None, True
        if hello is not None:
            self._name, self._hello_size = hello.sni, hello.size
        elif not complete:
            return
        yield from self._begin()

    def _begin(self) -> Iterator[commands.Command]:
        """Open the flow, as soon as the engine lets its hello go."""
        again = self._engine.begin(self._flow, self._name, self._hello_size, self._clock())
        if again is None:
            yield from self._open()
            return
        self._state = State.BEGINNING
        self._reading_paused = True
        yield PauseReading(self.context.client)
        yield from self._sleep_until(again)

    def _open(self) -> Iterator[commands.Command]:
        hello, rest = self._hello[: self._hello_size], self._hello[self._hello_size :]
        self._hello = b""
        self._wake = self._wake_at = None
        decision = self._engine.open(self._flow, self._name, self._clock())
        if decision.verdict is not Verdict.ACCEPT:
            self._state = State.REFUSED
            yield from self._obey(decision)
            return
        self._state = State.CONNECTING
        connect = commands.OpenConnection(self.context.server)
        connect.blocking = False  # or what the speaker sends meanwhile queues without bound
        yield connect
        if hello:
            self._scanner.feed(hello)
            yield from self._send(hello)
        if rest:
            yield from self._take(rest)

    def _take(self, data: bytes) -> Iterator[commands.Command]:
        """Hand new upload bytes to the engine and do what it says."""
        self._held.append(data)
        records = self._scanner.feed(data)
        decision = self._engine.upload(self._flow, len(data), self._clock(), records)
        yield from self._obey(decision)

    def _ask(self) -> Iterator[commands.Command]:
        yield from self._obey(self._engine.due(self._flow, self._clock()))

    def _woken(self) -> Iterator[commands.Command]:
        self._wake = self._wake_at = None
        if self._state is State.HELLO:
            yield from self._read_hello(complete=True)
        else:
            yield from self._noticed()

    def _noticed(self) -> Iterator[commands.Command]:
        """Ask the engine, unless what it must know first is still to come."""
        if self._state is State.BEGINNING:
            yield from self._begin()
        elif self._state is not State.HELLO:
            yield from self._ask()

    def _obey(self, decision: Decision) -> Iterator[commands.Command]:
        if decision.release:
            for piece in self._pop(decision.release):
                yield from self._send(piece)
        if decision.discard:
            for _ in self._pop(decision.discard):
                pass
        if decision.end:
            yield from self._finish() if decision.quietly else self._reset()
            return
        self._held_enough = decision.pause
        yield from self._steer()
        yield from self._sleep_until(decision.wake)
        if self._speaker_done:
            yield from self._pass_on_close()

    def _pop(self, count: int) -> Iterator[bytes]:
        """Take exactly `count` bytes from the front of what is held."""
        while count:
            piece = self._held.popleft()
            if len(piece) > count:
                self._held.appendleft(piece[count:])
                piece = piece[:count]
            count -= len(piece)
            yield piece

    def _send(self, data: bytes) -> Iterator[commands.Command]:
        if self._state is State.RELAY:
            yield commands.SendData(self.context.server, data)
        else:
            self._backlog.append(data)
            self._backlog_size += len(data)

    def _sleep_until(self, wake: Instant | None) -> Iterator[commands.Command]:
        """Keep at most one useful timer: an earlier one is replaced, a later one kept.

        A wakeup cannot be cancelled; one that fires too early asks in vain, and asks again.
        """
        if wake is None or (self._wake_at is not None and self._wake_at <= wake):
            return
        self._wake_at = wake
        self._wake = commands.RequestWakeup(max(wake - self._clock(), 0.0))
        yield self._wake

    def _steer(self) -> Iterator[commands.Command]:
        """Say whether to read on; "stop" is said again with each chunk that still comes.

        asyncio's StreamReader resumes a transport that it had paused itself, and with it ours.
        """
        paused = self._held_enough or self._backlog_size > BACKLOG_LIMIT
        if paused or self._reading_paused:
            self._reading_paused = paused
            client = self.context.client
            yield PauseReading(client) if paused else ResumeReading(client)

    def _connected(self, error: str | None) -> Iterator[commands.Command]:
        if error is not None:
            self._engine.failed(self._flow, self._clock())
            yield from self._reset()
            return
        self._state = State.RELAY
        backlog, self._backlog, self._backlog_size = self._backlog, [], 0
        for data in backlog:
            yield commands.SendData(self.context.server, data)
        yield from self._steer()
        if self._speaker_done:
            yield from self._pass_on_close()

    def _speaker_closed(self) -> Iterator[commands.Command]:
        """The speaker sends no more: what is held is judged first, then the server is told."""
        self._speaker_done = True
        if self._state in (State.HELLO, State.BEGINNING, State.REFUSED):
            yield from self._finish()
        else:
            yield from self._ask()

    def _pass_on_close(self) -> Iterator[commands.Command]:
        if self._held or self._state is not State.RELAY:
            return
        if self.context.server.state & ConnectionState.CAN_WRITE:
            yield commands.CloseTcpConnection(self.context.server, half_close=True)

    def _reset(self) -> Iterator[commands.Command]:
        yield ResetSpeaker(self.context.client)
        yield from self._finish()

    def _finish(self) -> Iterator[commands.Command]:
        """Forget what is held and close both sides."""
        self._state = State.OVER
        self._held.clear()
        self._backlog.clear()
        self._engine.close(self._flow, self._clock())
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)
