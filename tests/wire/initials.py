"""Makes and reads QUIC datagrams: real ones of aioquic, and written ones with aioquic's keys."""

import itertools
from collections.abc import Iterable, Sequence

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.crypto import CryptoPair
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hushgate.wire.hello import Hello
from hushgate.wire.quic import InitialReader

VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF
CONNECTION = bytes.fromhex("8394c8f03e515708")


def decode_initials(datagrams: Iterable[bytes]) -> Hello | None:
    """Read the hello out of a client's first datagrams; None where they do not carry all of it."""
    reader = InitialReader()
    hello = None
    for datagram in datagrams:
        hello = reader.feed(datagram)
    return hello


def aioquic_datagrams(name: str | None, version: int = VERSION_1) -> list[bytes]:
    """The first flight of aioquic's client."""
    client = QuicConnection(
        configuration=QuicConfiguration(
            is_client=True,
            server_name=name,
            alpn_protocols=["h3"],
            original_version=version,
            supported_versions=[version],
        )
    )
    client.connect(("192.0.2.1", 443), now=0.0)
    return [data for data, _ in client.datagrams_to_send(now=0.0)]


def varint(value: int) -> bytes:
    for width, prefix in ((1, 0), (2, 0x40), (4, 0x80), (8, 0xC0)):
        if value < 1 << (8 * width - 2):
            raw = value.to_bytes(width)
            return bytes((raw[0] | prefix,)) + raw[1:]
    raise ValueError(value)


def crypto(offset: int, data: bytes) -> bytes:
    """A CRYPTO frame."""
    return b"\x06" + varint(offset) + varint(len(data)) + data


def initial(
    frames: bytes,
    *,
    version: int = VERSION_1,
    connection: bytes = CONNECTION,
    key_connection: bytes | None = None,
    number: int = 0,
    token: bytes = b"",
) -> bytes:
    """A client's Initial packet; ``key_connection``: keys come from another identifier."""
    pair = CryptoPair()
    pair.setup_initial(cid=key_connection or connection, is_client=True, version=version)
    frames = frames.ljust(4, b"\0")
    first = 0xC0 | (0x10 if version == VERSION_2 else 0) | 0x01
    header = (
        bytes((first,))
        + version.to_bytes(4)
        + bytes((len(connection),))
        + connection
        + b"\0"
        + varint(len(token))
        + token
        + varint(2 + len(frames) + 16)
        + number.to_bytes(2)
    )
    return pair.encrypt_packet(header, frames, number)


def in_frames(message: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The message cut into CRYPTO frames."""
    edges = sorted({0, len(message), *(cut % len(message) for cut in cuts)})
    return [crypto(start, message[start:end]) for start, end in itertools.pairwise(edges)]


def protected_with(frames: bytes, version: int, key: str, iv: str, mask_key: str) -> bytes:
    """A client's Initial packet, protected with keys that are written out; its number is 0."""
    header = b"\xc0" + version.to_bytes(4) + b"\x08" + CONNECTION + b"\0\0"
    header += varint(1 + len(frames) + 16) + b"\0"
    sealed = AESGCM(bytes.fromhex(key)).encrypt(bytes.fromhex(iv), frames, header)
    block = Cipher(algorithms.AES(bytes.fromhex(mask_key)), modes.ECB()).encryptor()
    mask = block.update(sealed[3:19])
    packet = bytearray(header + sealed)
    packet[0] ^= mask[0] & 0x0F
    packet[len(header) - 1] ^= mask[1]
    return bytes(packet)
