"""ClientHello messages: who a client wants to talk to, as far as it says so in the clear.

In: one handshake message (RFC 8446 section 4.1.2), as TLS records or QUIC CRYPTO frames carried it.
Out: a Hello. Rules: a message that is not a ClientHello, that contradicts its own lengths or that
repeats an extension raises WireError, because no two readers would agree on what it says.
"""

import re
import struct
from dataclasses import dataclass

from hushgate.wire.cursor import Cursor
from hushgate.wire.errors import WireError
from hushgate.wire.ja4 import GREASE, fingerprint_hello

MAX_HELLO = 16 * 1024
"""Longest message that is read; post-quantum ones of browsers have 1.5 to 1.9 kB."""

CLIENT_HELLO = 1
"""Handshake type of the message."""

_SNI, _SIGNATURES, _ALPN, _VERSIONS, _ECH = 0, 13, 16, 43, 0xFE0D
_EXTENSION = struct.Struct("!HH")
_HOST_NAME = re.compile(rb"[!-~]{1,255}")
"""Looser than a host name: underscores and addresses are in use."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a ClientHello shows to anybody on the path."""

    sni: str | None
    """Server name, lower case without a trailing dot; None: the client did not say."""
    alpn: tuple[str, ...]
    """Protocols offered, the preferred one first."""
    ech: bool
    """An Encrypted Client Hello is there. It proves nothing: browsers always send a decoy one."""
    ja4: str
    """Fingerprint of the client program."""
    size: int
    """Bytes of the stream that the hello covers, its records' headers included."""


def message_size(start: bytes) -> int | None:
    """Length of the hello message that begins with these bytes, its own header included.

    Returns:
        None where fewer than the header's four bytes are there.

    Raises:
        WireError: It is another message, or longer than any hello that is read.
    """
    if start and start[0] != CLIENT_HELLO:
        raise WireError(f"handshake type {start[0]} where a ClientHello was expected")
    if len(start) < 4:
        return None
    size = 4 + int.from_bytes(start[1:4])
    if size > MAX_HELLO:
        raise WireError(f"a ClientHello of {size} bytes")
    return size


def decode_message(message: bytes, *, transport: str, size: int) -> Hello:
    """Read one whole ClientHello message.

    Args:
        message: The message with its 4-byte header, and nothing after it.
        transport: ``t`` for TCP, ``q`` for QUIC; part of the fingerprint.
        size: What to report as ``Hello.size``.

    Raises:
        WireError: The message is malformed.
    """
    cursor = Cursor(message)
    head = cursor.take(4 + 2 + 32)  # header, version, random
    cursor.vector(1)  # legacy session id
    ciphers = _numbers(cursor.vector(2))
    cursor.vector(1)  # compression methods
    extensions = _extensions(cursor.vector(2)) if cursor.left else {}
    if cursor.left:
        raise WireError(f"{cursor.left} bytes after the last extension")
    versions = _versions(extensions[_VERSIONS]) if _VERSIONS in extensions else []
    protocols = _protocols(extensions[_ALPN]) if _ALPN in extensions else ()
    signatures = _signatures(extensions[_SIGNATURES]) if _SIGNATURES in extensions else ()
    return Hello(
        sni=_server_name(extensions[_SNI]) if _SNI in extensions else None,
        alpn=tuple([name.decode("ascii", "backslashreplace") for name in protocols]),
        ech=_ECH in extensions,
        ja4=fingerprint_hello(
            transport=transport,
            version=max(versions, default=int.from_bytes(head[4:6])),
            ciphers=ciphers,
            extensions=extensions.keys(),
            alpn=protocols[0] if protocols else b"",
            signatures=signatures,
        ),
        size=size,
    )


def _extensions(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    kind, at, end, unpack = 0, 0, len(data), _EXTENSION.unpack_from
    while at < end:
        if end - at < 4:
            raise WireError("an extension without its length")
        kind, length = unpack(data, at)
        if kind in found:  # RFC 8446 section 4.2
            raise WireError(f"extension {kind} twice")
        start = at + 4
        at = start + length
        found[kind] = data[start:at]
    if at > end:
        raise WireError(f"extension {kind} reaches past the end")
    return found


def _server_name(data: bytes) -> str | None:
    """Read the host name (RFC 6066 section 3); other kinds of name have never been defined."""
    entries = Cursor(_whole_vector(data, 2))
    while entries.left:
        kind, name = entries.number(1), entries.vector(2)
        if kind != 0:
            continue
        if not _HOST_NAME.fullmatch(name):
            raise WireError("a server name that is no host name")
        return name.decode("ascii").lower().rstrip(".") or None
    return None


def _protocols(data: bytes) -> tuple[bytes, ...]:
    entries = Cursor(_whole_vector(data, 2))
    names = []
    while entries.left:
        names.append(entries.vector(1))
    return tuple(names)


def _versions(data: bytes) -> list[int]:
    return [value for value in _numbers(_whole_vector(data, 1)) if value not in GREASE]


def _signatures(data: bytes) -> tuple[int, ...]:
    return _numbers(_whole_vector(data, 2))


def _whole_vector(data: bytes, width: int) -> bytes:
    """Read a list that fills its extension."""
    size = int.from_bytes(data[:width])
    if len(data) != width + size:
        raise WireError(f"a list of {size} bytes in an extension of {len(data)}")
    return data[width:]


def _numbers(data: bytes) -> tuple[int, ...]:
    if len(data) % 2:
        raise WireError("half a number at the end of a list")
    return struct.unpack(f"!{len(data) // 2}H", data)
