"""Makes ClientHellos: real ones from OpenSSL, and written ones like other clients send.

Shared by the tests of the parsers in wire/.
"""

import contextlib
import ssl
import struct
from collections.abc import Sequence

GREASE = 0x4A4A


def openssl_hello(
    name: str | None = "guzzoni.apple.com",
    alpn: Sequence[str] = (),
    *,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> bytes:
    """The first flight of Python's own TLS client."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(list(alpn))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def vector(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width) + data


def numbers(*values: int) -> bytes:
    return struct.pack(f"!{len(values)}H", *values)


def server_name(name: str | bytes) -> tuple[int, bytes]:
    raw = name.encode() if isinstance(name, str) else name
    return 0, vector(2, b"\0" + vector(2, raw))


def protocols(*names: bytes) -> tuple[int, bytes]:
    return 16, vector(2, b"".join(vector(1, name) for name in names))


def written_hello(
    extensions: Sequence[tuple[int, bytes]] | None = None,
    ciphers: Sequence[int] = (0x1301, 0x1302),
) -> bytes:
    """A ClientHello message, with its 4-byte header; None: without the extensions field."""
    body = b"\x03\x03" + bytes(32) + vector(1, b"") + vector(2, numbers(*ciphers)) + b"\x01\x00"
    if extensions is not None:
        body += vector(2, b"".join(numbers(kind) + vector(2, data) for kind, data in extensions))
    return b"\x01" + vector(3, body)


def in_records(message: bytes, size: int = 2**14) -> bytes:
    """The message cut into handshake records of at most ``size`` bytes."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + vector(2, piece) for piece in pieces)


CHROME_CIPHERS = (
    *(GREASE, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9),
    *(0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035),
)


def chrome_hello(name: str = "alexa.na.gateway.devices.a2z.com", key_share: int = 1216) -> bytes:
    """What Chrome 120 offered: GREASE everywhere, a post-quantum share, SNI late in the message."""
    share = numbers(0x6399) + vector(2, bytes(key_share))
    return written_hello(
        (
            (GREASE, b""),
            (0x0033, vector(2, numbers(GREASE) + vector(2, b"\0") + share)),
            (0xFE0D, bytes(186)),
            (0x0017, b""),
            (0x4469, vector(2, vector(1, b"h2"))),
            (0x000B, vector(1, b"\0")),
            (0x000A, vector(2, numbers(GREASE, 0x6399, 0x001D, 0x0017, 0x0018))),
            (0x002B, vector(1, numbers(GREASE, 0x0304, 0x0303))),
            (0xFF01, b"\0"),
            (0x0023, b""),
            (0x0012, b""),
            (0x0005, b"\x01\0\0\0\0"),
            (
                0x000D,
                vector(2, numbers(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)),
            ),
            (0x001B, b"\x02\0\x02"),
            (0x002D, b"\x01\x01"),
            server_name(name),
            protocols(b"h2", b"http/1.1"),
            (0x1A1A, b"\0"),
        ),
        CHROME_CIPHERS,
    )
