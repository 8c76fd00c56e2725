"""The voice services that real clients speak to, Alexa's and the Assistant's, and their DNS.

Both are HTTP/2 on TLS; their tokens come by HTTP/1.1. Each client has a name and an address of its
own. What was said is taken from the decrypted streams; every byte of the ciphertext is kept too.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.message
import dns.rrset
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, PingReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from tests.home.channel import Channel, http_server_context
from tests.home.network import Namespace

PORT = 443
_ASSIST = "/google.assistant.embedded.v1alpha2.EmbeddedAssistant/Assist"
_BOUNDARY = "voice"
_AUDIO_PART = b"Content-Type: application/octet-stream\r\n\r\n"
_TOKEN = b'{"access_token": "x", "expires_in": 3600, "token_type": "Bearer"}'
# AssistResponse: event_type END_OF_UTTERANCE; then dialog_state_out with CLOSE_MICROPHONE.
_HEARD_ENOUGH = (b"\x08\x01", b"\x2a\x02\x18\x01")


@dataclass(slots=True)
class Upload:
    """What came on one HTTP/2 stream."""

    path: str
    began: float
    body: bytearray = field(default_factory=bytearray)
    over: bool = False

    @property
    def audio(self) -> bytes:
        """The speech in it, as far as it has come."""
        if self.path == _ASSIST:
            return b"".join(_audio_of(message) for message in _messages(bytes(self.body)))
        _, _, part = bytes(self.body).partition(_AUDIO_PART)
        return re.sub(rb"\r\n--[a-z-]+--$", b"", part)


@dataclass(slots=True)
class Call:
    """One connection to a service."""

    address: str
    opened: float
    received: bytearray = field(default_factory=bytearray)
    """Ciphertext, handshake included."""
    sent: int = 0
    """Bytes of ciphertext."""
    uploads: dict[int, Upload] = field(default_factory=dict)
    pings: int = 0

    @property
    def unread(self) -> int:
        """Bytes at the end that are no whole TLS record and so were not decrypted."""
        at = 0
        while len(self.received) - at >= 5:
            length = 5 + int.from_bytes(self.received[at + 3 : at + 5])
            if at + length > len(self.received):
                break
            at += length
        return len(self.received) - at


class VoiceCloud:
    """Servers at the addresses of the given names."""

    def __init__(self, place: Namespace, names: Mapping[str, str], pem: bytes, enough: int) -> None:
        self.calls: list[Call] = []
        self._place = place
        self._names = names
        self._context = http_server_context(pem)
        self._enough = enough
        """Bytes of audio after which the Assistant has heard enough."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen."""
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            with self._place.entered():
                listener = socket.create_server((address, PORT), family=family)
            listener.setblocking(False)
            self._spawn(self._accept(listener))

    def calls_at(self, name: str) -> list[Call]:
        """Return the connections made to a name."""
        return [call for call in self.calls if call.address == self._names[name]]

    async def close(self) -> None:
        """Stop listening and close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                sock, _ = await asyncio.get_running_loop().sock_accept(listener)
                call = Call(sock.getsockname()[0], time.monotonic())
                self.calls.append(call)
                self._spawn(self._serve(sock, call))

    async def _serve(self, sock: socket.socket, call: Call) -> None:
        loop = asyncio.get_running_loop()
        channel = Channel(self._context)
        speak: _Http1 | _Http2 | None = None
        with sock, contextlib.suppress(OSError, ssl.SSLError, ProtocolError):
            while data := await loop.sock_recv(sock, 65536):
                call.received += data
                content = channel.feed(data)
                answer = b""
                if channel.ready:
                    if speak is None:
                        http2 = channel.application == "h2"
                        speak = _Http2(call, self._enough) if http2 else _Http1()
                    answer = speak.receive(content)
                ciphertext = channel.seal(answer) if answer else channel.pending()
                call.sent += len(ciphertext)
                await loop.sock_sendall(sock, ciphertext)


class _Http1:
    """Gives tokens."""

    def __init__(self) -> None:
        self._request = b""

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answer to them."""
        self._request += data
        head, end, body = self._request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not end or length is None or len(body) < int(length[1]):
            return b""
        self._request = b""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return head % len(_TOKEN) + _TOKEN


class _Http2:
    """Alexa's directives and events, the Assistant's Assist."""

    def __init__(self, call: Call, enough: int) -> None:
        self._call = call
        self._enough = enough
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._http.initiate_connection()

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answer to them."""
        for event in self._http.receive_data(data):
            self._handle(event)
        return self._http.data_to_send()

    def _handle(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._begin(event.stream_id, dict(event.headers)[":path"])
            case DataReceived():
                self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                upload = self._call.uploads[event.stream_id]
                upload.body += event.data
                if upload.path == _ASSIST and len(upload.audio) >= self._enough:
                    self._finish(event.stream_id, upload)
            case StreamEnded():
                self._finish(event.stream_id, self._call.uploads[event.stream_id])
            case PingReceived():
                self._call.pings += 1

    def _begin(self, stream: int, path: str) -> None:
        upload = self._call.uploads[stream] = Upload(path, time.monotonic())
        if path == _ASSIST:
            self._http.send_headers(
                stream, [(":status", "200"), ("content-type", "application/grpc")]
            )
        elif path.endswith("/directives"):
            upload.over = True  # the server's side stays open: directives would come here
            kind = f"multipart/related; boundary={_BOUNDARY}; type=application/json"
            self._http.send_headers(stream, [(":status", "200"), ("content-type", kind)])
            self._http.send_data(stream, f"--{_BOUNDARY}\r\n".encode())

    def _finish(self, stream: int, upload: Upload) -> None:
        if upload.over:
            return
        upload.over = True
        if upload.path != _ASSIST:
            self._http.send_headers(stream, [(":status", "204")], end_stream=True)
            return
        for message in _HEARD_ENOUGH:
            self._http.send_data(stream, b"\0" + len(message).to_bytes(4) + message)
        self._http.send_headers(stream, [("grpc-status", "0")], end_stream=True)


def _messages(body: bytes) -> list[bytes]:
    """Split a gRPC stream, each message behind a flag and its length; the last may be cut short."""
    messages = []
    while len(body) > 5:
        length = int.from_bytes(body[1:5])
        messages.append(body[5 : 5 + length])
        body = body[5 + length :]
    return messages


def _audio_of(message: bytes) -> bytes:
    """Return field 2 of an AssistRequest, audio_in; the other one is the configuration."""
    if message[:1] != b"\x12":
        return b""
    end = 1
    while message[end : end + 1] > b"\x7f":  # the length, seven bits a byte
        end += 1
    return message[end + 1 :]


class Resolver(asyncio.DatagramProtocol):
    """Answers DNS questions for the names, with the one address that each has."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, place: Namespace, address: str) -> None:
        """Listen."""
        with place.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, 53))
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Answer a question."""
        assert self._transport is not None
        with contextlib.suppress(dns.exception.DNSException):
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            (question,) = query.question
            address = self._names.get(question.name.to_text(omit_final_dot=True))
            kind = "AAAA" if address is not None and ip_address(address).version == 6 else "A"
            if address is not None and kind == dns.rdatatype.to_text(question.rdtype):
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, address))
            self._transport.sendto(answer.to_wire(), source)

    def close(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()
