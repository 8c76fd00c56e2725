"""QUIC Initial packets (RFC 9000, 9001, 9369): the ClientHello of a client that speaks UDP.

In: the first datagrams that a client sends on a flow. Out: a Hello. Rules:
- Initial packets are protected with keys that anybody on the path can derive, from a constant of
  the version and an identifier in the packet; nothing else is ever decrypted.
- Versions 1 and 2, the drafts 23 to 34, and Google's T050 and T051; any other version raises
  WireError, and so does a first datagram that does not begin with a long header.
- The hello may be cut into frames at will, in any order, over several packets and datagrams;
  padding, pings and acknowledgements between them are passed over.
- Bounded: packets, pieces and bytes; beyond them the hello counts as undecodable (WireError).
"""

import hmac
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hushgate.wire.cursor import Cursor
from hushgate.wire.errors import WireError
from hushgate.wire.hello import MAX_HELLO, Hello, decode_message, message_size

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_DATAGRAMS = 16
"""Most datagrams that are looked at for one hello; browsers need two."""
MAX_PIECES = 64
"""Most pieces that a hello may be cut into; Chrome cuts it into about ten."""
MAX_CONNECTION_ID = 20
_LONG, _TYPE = 0x80, 0x30
_TAG = 16
_SAMPLE = slice(4, 20)
"""Of the bytes from the packet number on, those that mask it (RFC 9001 section 5.4.2)."""


class _Version(NamedTuple):
    """What makes one version different from another, as far as Initial packets go."""

    salt: bytes
    prefix: bytes = b"quic "
    """Begins the labels that keys are derived with."""
    initial: int = 0x00
    """Type bits of an Initial packet."""
    retry: int = 0x30
    """Type bits of a Retry packet."""
    crypto: int = 0x06
    """Type of the frame that carries the handshake."""


_DRAFT_23 = _Version(bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502"))
_DRAFT_29 = _Version(bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"))
_VERSION_1 = _Version(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"))
_VERSION_2 = _Version(
    bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2 ", 0x10, 0x00
)
_T050 = _Version(bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310"), crypto=0x08)
_T051 = _Version(bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"), crypto=0x08)
_VERSIONS = {
    0x00000001: _VERSION_1,
    0x6B3343CF: _VERSION_2,
    int.from_bytes(b"T050"): _T050,
    int.from_bytes(b"T051"): _T051,
    **{0xFF000000 + draft: _DRAFT_23 for draft in range(23, 29)},
    **{0xFF000000 + draft: _DRAFT_29 for draft in range(29, 33)},
    **{0xFF000000 + draft: _VERSION_1 for draft in range(33, 35)},
}


class _LongPacket(NamedTuple):
    """One packet with a long header, still protected."""

    version: _Version
    type_bits: int
    connection: bytes
    """Identifier that the client chose for the server."""
    data: bytes
    """The packet from its first to its last byte."""
    number_at: int
    """Where the packet number begins."""


class InitialReader:
    """Puts the hello of one flow together from the client's datagrams."""

    __slots__ = ("_datagrams", "_hello", "_keys", "_pieces")

    def __init__(self) -> None:
        self._datagrams = 0
        self._pieces: list[tuple[int, bytes]] = []
        """Parts of the handshake stream: offset, bytes."""
        self._keys: _Keys | None = None
        """Those of the last packet that could be opened."""
        self._hello: Hello | None = None

    def feed(self, datagram: bytes) -> Hello | None:
        """Take the client's next datagram.

        Returns:
            The hello once it is complete; None before.

        Raises:
            WireError: This is not a QUIC client that can be understood.
        """
        if self._hello is not None:
            return self._hello
        self._datagrams += 1
        if self._datagrams > MAX_DATAGRAMS:
            raise WireError(f"no hello in {MAX_DATAGRAMS} datagrams")
        for packet in split_datagram(datagram, may_be_short=self._keys is not None):
            if packet.type_bits == packet.version.initial:
                self._take(_read_crypto(self._open(packet), packet.version.crypto))
        self._hello = self._assemble()
        return self._hello

    def _open(self, packet: _LongPacket) -> bytes:
        """Decrypt a packet; its keys come from the first identifier, or a Retry gave a new one."""
        fresh = derive_keys(packet.version, packet.connection)
        for keys in (self._keys, fresh):
            if keys is None:
                continue
            payload = keys.open(packet)
            if payload is not None:
                self._keys = keys
                return payload
        raise WireError("an Initial packet that its own keys do not open")

    def _take(self, pieces: Iterator[tuple[int, bytes]]) -> None:
        for offset, data in pieces:
            if offset + len(data) > MAX_HELLO or len(self._pieces) == MAX_PIECES:
                raise WireError("a ClientHello of too many pieces or bytes")
            self._pieces.append((offset, data))

    def _assemble(self) -> Hello | None:
        message = bytearray()
        for offset, data in sorted(self._pieces):
            if offset > len(message):
                return None
            message[offset : offset + len(data)] = data
        size = message_size(bytes(message[:4]))
        if size is None or len(message) < size:
            return None
        return decode_message(bytes(message[:size]), transport="q", size=size)


def split_datagram(datagram: bytes, *, may_be_short: bool) -> Iterator[_LongPacket]:
    """Take the packets of a datagram apart (RFC 9000 section 12.2), up to one that is opaque."""
    start = 0
    while start < len(datagram):
        if not datagram[start] & _LONG:
            if start == 0 and not may_be_short:
                raise WireError("not the beginning of QUIC")
            return  # 1-RTT, or padding of the datagram
        cursor = Cursor(datagram[start:])
        first, number = cursor.number(1), cursor.number(4)
        version = _VERSIONS.get(number)
        if version is None:
            raise WireError(f"QUIC version {number:#010x}")
        connection = _identifier(cursor)
        _identifier(cursor)
        type_bits = first & _TYPE
        if type_bits == version.retry:
            return
        if type_bits == version.initial:
            cursor.take(_varint(cursor))  # token
        length = _varint(cursor)
        number_at = len(datagram) - start - cursor.left
        cursor.take(length)
        end = start + number_at + length
        yield _LongPacket(version, type_bits, connection, datagram[start:end], number_at)
        start = end


def _identifier(cursor: Cursor) -> bytes:
    identifier = cursor.vector(1)
    if len(identifier) > MAX_CONNECTION_ID:
        raise WireError(f"a connection identifier of {len(identifier)} bytes")
    return identifier


def _varint(cursor: Cursor) -> int:
    """Read a number that says its own width (RFC 9000 section 16)."""
    first = cursor.number(1)
    if first < 0x40:
        return first
    width = 1 << (first >> 6)
    return (first & 0x3F) << 8 * (width - 1) | int.from_bytes(cursor.take(width - 1))


class _Ciphers(NamedTuple):
    """What is used of the library."""

    gcm: type["AESGCM"]
    aes: type["algorithms.AES"]
    cipher: type["Cipher[modes.ECB]"]
    ecb: type["modes.ECB"]
    wrong: type[Exception]


@cache
def _ciphers() -> _Ciphers:
    """Import the ciphers at the first packet: 8 MB that a gate without QUIC does without."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return _Ciphers(AESGCM, algorithms.AES, Cipher, modes.ECB, InvalidTag)


class _Keys:
    """Removes the protection of a client's Initial packets (RFC 9001 section 5)."""

    __slots__ = ("_aead", "_iv", "_mask")

    def __init__(self, secret: bytes, prefix: bytes) -> None:
        use = _ciphers()
        self._aead = use.gcm(_expand(secret, prefix + b"key", 16))
        self._iv = int.from_bytes(_expand(secret, prefix + b"iv", 12))
        # Masking a packet number is a cipher run on one block; there is nothing to chain.
        self._mask = use.cipher(use.aes(_expand(secret, prefix + b"hp", 16)), use.ecb())

    def open(self, packet: _LongPacket) -> bytes | None:
        """Decrypt one packet.

        Returns:
            None: these are not its keys.

        Raises:
            WireError: It is too short to be protected at all.
        """
        data, at = packet.data, packet.number_at
        sample = data[at:][_SAMPLE]
        if len(sample) < _TAG:
            raise WireError("an Initial packet without enough bytes to be protected")
        mask = self._mask.encryptor().update(sample)
        first = data[0] ^ (mask[0] & 0x0F)
        width = (first & 0x03) + 1
        number = int.from_bytes(data[at : at + width]) ^ int.from_bytes(mask[1 : 1 + width])
        # Nothing is acknowledged yet, so the number is written in full (RFC 9000 appendix A.2).
        header = bytes((first,)) + data[1:at] + number.to_bytes(width)
        nonce = (self._iv ^ number).to_bytes(12)
        try:
            return self._aead.decrypt(nonce, data[at + width :], header)
        except _ciphers().wrong:
            return None


@lru_cache(maxsize=64)
def derive_keys(version: _Version, connection: bytes) -> _Keys:
    """Derive the client's keys from the first identifier it chose (RFC 9001 section 5.2)."""
    secret = hmac.digest(version.salt, connection, "sha256")
    return _Keys(_expand(secret, b"client in", 32), version.prefix)


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 section 7.1), for at most one hash of output."""
    return hmac.digest(secret, _info(label, size), "sha256")[:size]


@lru_cache
def _info(label: bytes, size: int) -> bytes:
    label = b"tls13 " + label
    return struct.pack("!HB", size, len(label)) + label + b"\0\x01"


def _read_crypto(payload: bytes, crypto: int) -> Iterator[tuple[int, bytes]]:
    """Yield the pieces of the handshake stream in a decrypted packet: offset, bytes."""
    cursor = Cursor(payload)
    while cursor.left:
        match _varint(cursor):
            case 0x00:  # PADDING: Chrome puts hundreds of them between the pieces
                cursor.skip(b"\0")
            case 0x01:  # PING
                pass
            case 0x02:
                _pass_acknowledgement(cursor)
            case 0x03:
                _pass_acknowledgement(cursor)
                for _ in range(3):  # ECN counts
                    _varint(cursor)
            case kind if kind == crypto:
                offset = _varint(cursor)
                yield offset, cursor.take(_varint(cursor))
            case 0x1C:  # CONNECTION_CLOSE
                return
            case kind:
                raise WireError(f"a QUIC frame of type {kind:#x} in an Initial packet")


def _pass_acknowledgement(cursor: Cursor) -> None:
    _varint(cursor)  # largest
    _varint(cursor)  # delay
    ranges = _varint(cursor)
    _varint(cursor)  # first range
    for _ in range(ranges):
        _varint(cursor)
        _varint(cursor)
