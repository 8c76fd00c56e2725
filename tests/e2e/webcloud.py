"""Web servers in the cloud for real clients: HTTPS on every address, and HTTP/3 beside it.

They keep what they were sent, by path, so that what a client could not send is seen at the far end.
"""

import asyncio
import base64
import contextlib
import hashlib
import socket
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

from tests.home.channel import Channel, http_server_context
from tests.home.network import Namespace

ANSWER = b"heard"
SIZE = 64_000
"""Bytes of every upload."""
PAGE = b"""<!DOCTYPE html><title>quiet</title><script>
const socket = new WebSocket("wss://" + location.host + location.pathname + "/said");
socket.onmessage = message => document.title = message.data;
socket.onopen = () => {
  socket.send(new Uint8Array(20000));
  for (let number = 0; number < 69; number++)
    setTimeout(() => socket.send(new Uint8Array(640)), 20 * number);
};
document.write(`<img src="${location.pathname}/wait">`);
</script>"""
"""What a browser gets: it uploads what an utterance has, at its pace, and shows the answer. The
picture comes when that is over."""
WAIT = 30.0
"""Seconds until the picture comes at the latest; a browser prints no page that still loads."""
_UPGRADE = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3."""


@dataclass
class Request:
    """One request, as far as it arrived."""

    path: str
    framing: "_Framing"
    size: int = 0
    """Bytes of its body, with what frames it."""
    answered: bool = False
    over: bool = False
    """Whether its connection has ended."""


class WebCloud:
    """The servers, and what came."""

    def __init__(self, place: Namespace, pem: bytes, quic_at: Sequence[str]) -> None:
        self.requests: list[Request] = []
        """Over TCP."""
        self.quic: list[str] = []
        """Paths asked for over QUIC."""
        self.raw: dict[str, list[int]] = {}
        """Bytes that each connection brought, ciphertext and all, by the cloud's address."""
        self.handshakes: Counter[str] = Counter()
        """Those that are over, by the cloud's address."""
        self._quic_at = quic_at
        """Addresses that HTTP/3 answers from; on "any" the kernel would choose its own."""
        self._context = http_server_context(pem)
        self._context.set_alpn_protocols(["http/1.1"])
        with place.entered():
            self._listener = socket.create_server(("0.0.0.0", 443), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve_quic, args=(place, pem, started))
        self._thread.start()
        started.wait(60)

    def body_of(self, path: str) -> int:
        """Return how many bytes of what was posted to a path arrived."""
        return sum(request.size for request in self.requests if request.path == path)

    def has_answered(self, path: str) -> bool:
        """Whether something that was posted to a path is answered."""
        return any(request.answered for request in self.requests if request.path == path)

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        channel, address = Channel(self._context), connection.getsockname()[0]
        text, request = b"", None
        counts = self.raw.setdefault(address, [])
        number = len(counts)
        counts.append(0)
        known: list[Request] = []
        with contextlib.suppress(OSError, ssl.SSLError), connection:
            while data := connection.recv(1 << 16):
                counts[number] += len(data)
                was_ready = channel.ready
                text += channel.feed(data)
                connection.sendall(channel.pending())
                self.handshakes[address] += channel.ready and not was_ready
                if request is None and b"\r\n\r\n" in text:
                    head, _, text = text.partition(b"\r\n\r\n")
                    request = Request(head.split()[1].decode(), _Framing(head))
                    self.requests.append(request)
                    known.append(request)
                    connection.sendall(channel.seal(request.framing.welcome))
                if request is None:
                    continue
                request.size = len(text)
                if not request.answered and request.framing.is_whole(text):
                    request.answered = True
                    if request.path.endswith("/wait"):
                        self._wait_for_upload(request.path.removesuffix("/wait") + "/said")
                    connection.sendall(channel.seal(request.framing.answer(request.path)))
                if request.answered and not request.framing.welcome:
                    text, request = b"", None
        for each in known:
            each.over = True

    def _wait_for_upload(self, path: str) -> None:
        """Wait until what a page uploads has been answered and shown, or has come to nothing."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            uploads = [request for request in self.requests if request.path == path]
            if any(request.answered or request.over for request in uploads):
                time.sleep(1.0)
                return
            time.sleep(0.05)

    def _serve_quic(self, place: Namespace, pem: bytes, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "leaf.pem").write_bytes(pem)
            configuration.load_cert_chain(Path(folder, "leaf.pem"), Path(folder, "leaf.pem"))

        def protocol(*arguments: object, **named: object) -> "_Http3":
            return _Http3(*arguments, heard=self.quic.append, **named)

        with place.entered():
            servers = [
                self._loop.run_until_complete(
                    serve(each, 443, configuration=configuration, create_protocol=protocol)
                )
                for each in self._quic_at
            ]
        started.set()
        self._loop.run_forever()
        for server in servers:
            server.close()
        self._loop.run_until_complete(asyncio.sleep(0))


class _Http3(QuicConnectionProtocol):
    """One connection: answers every request with the same word."""

    def __init__(self, *arguments: object, heard: Callable[[str], None], **named: object) -> None:
        super().__init__(*arguments, **named)
        self._heard = heard
        self._http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is not None:
            for each in self._http.handle_event(event):
                self._answer(self._http, each)

    def _answer(self, http: H3Connection, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self._heard(dict(event.headers)[b":path"].decode())
        if isinstance(event, HeadersReceived | DataReceived) and event.stream_ended:
            http.send_headers(event.stream_id, [(b":status", b"200")])
            http.send_data(event.stream_id, ANSWER, end_stream=True)
            self.transmit()


class _Framing:
    """How the body of a request is delimited: by its length, in chunks, or as a WebSocket's."""

    def __init__(self, head: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        fields = {name.lower(): value for name, value in fields.items()}
        self._length = int(fields.get(b"content-length", b"0"))
        self._chunked = b"transfer-encoding" in fields
        self.welcome = b""
        if key := fields.get(b"sec-websocket-key"):
            accept = base64.b64encode(hashlib.sha1(key + _UPGRADE).digest())
            lines = (b"101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade")
            fields_ = (*lines, b"Sec-WebSocket-Accept: " + accept)
            self.welcome = b"HTTP/1.1 " + b"\r\n".join(fields_) + b"\r\n\r\n"
            self._length = SIZE

    def is_whole(self, body: bytes) -> bool:
        """Whether nothing is missing."""
        return body.endswith(b"0\r\n\r\n") if self._chunked else len(body) >= self._length

    def answer(self, path: str) -> bytes:
        """Return what the client gets for it."""
        if self.welcome:
            return bytes((0x81, len(ANSWER))) + ANSWER
        body, kind = (PAGE, b"text/html") if path.endswith("/page") else (ANSWER, b"text/plain")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        return head % (kind, len(body)) + body
