"""JA4, a fingerprint of the program that wrote a ClientHello.

In: what the hello offers, in the order it was offered. Out: the fingerprint's text, such as
``t13d1516h2_8daaf6152771_e5627efa2ab1``.

Only the TLS client fingerprint, which FoxIO published under the BSD 3-clause license; its relatives
(JA4S, JA4H, ...) carry another license and are not implemented. Rules: reserved values (GREASE,
RFC 8701) count nowhere; ciphers and extensions are sorted, because browsers shuffle the latter;
signature algorithms keep their order.
"""

import struct
from collections.abc import Sequence, Set
from hashlib import sha256

_SNI, _ALPN = 0, 16
_NAMED = frozenset((_SNI, _ALPN))
"""Extensions that the first part of the fingerprint tells; the last part leaves them out."""
_EMPTY = "000000000000"
_MOST = 99
"""The counts have two digits."""

_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}


GREASE = frozenset(0x0A0A + 0x1010 * nibble for nibble in range(16))
"""Values that clients send only to keep servers tolerant of values they do not know."""


def fingerprint_hello(
    *,
    transport: str,
    version: int,
    ciphers: Sequence[int],
    extensions: Set[int],
    alpn: bytes,
    signatures: Sequence[int],
) -> str:
    """Write the fingerprint.

    Args:
        transport: ``t`` for TCP, ``q`` for QUIC.
        version: The highest version offered.
        ciphers: Cipher suites offered.
        extensions: Types of the extensions present.
        alpn: The first protocol offered; empty if none is.
        signatures: Signature algorithms offered.
    """
    suites = [value for value in ciphers if value not in GREASE]
    kinds = extensions - GREASE
    told_apart = _hex(sorted(kinds - _NAMED))
    algorithms = _hex([value for value in signatures if value not in GREASE])
    offered = f"{told_apart}_{algorithms}" if algorithms else told_apart
    return (
        f"{transport}{_VERSIONS.get(version, '00')}{'d' if _SNI in extensions else 'i'}"
        f"{min(len(suites), _MOST):02}{min(len(kinds), _MOST):02}{_ends(alpn)}"
        f"_{_digest(_hex(sorted(suites)))}_{_digest(offered)}"
    )


def _ends(alpn: bytes) -> str:
    """First and last character of a protocol name, of its hex form where they are not both text."""
    if not alpn:
        return "00"
    first, last = alpn[:1], alpn[-1:]
    text = alpn.decode("latin-1") if first.isalnum() and last.isalnum() else alpn.hex()
    return text[0] + text[-1]


def _hex(values: Sequence[int]) -> str:
    """Write 16-bit values with commas between them: ``1301,1302``."""
    return struct.pack(f"!{len(values)}H", *values).hex(",", 2)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else _EMPTY
