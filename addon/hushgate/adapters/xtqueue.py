"""The NFQUEUE target of iptables as a rule of our own table, for kernels without nft's `queue`.

The nft program cannot write it, iptables would put it into tables of its own that outlive us; so
this one rule is written as netlink messages (linux/netfilter/nf_tables.h, nfnetlink.h).
"""

import os
import socket
import struct
from typing import Final

from hushgate.core.errors import UnavailableError

_REQUEST, _ACK, _CREATE, _APPEND = 0x001, 0x004, 0x400, 0x800
_ERROR: Final = 2
_BATCH_BEGIN, _BATCH_END = 16, 17
_NFTABLES: Final = 10
_NEW_RULE: Final = _NFTABLES << 8 | 6
_INET: Final = 1
_NETFILTER: Final = 12
_NESTED: Final = 0x8000


def add_queue_rule(table: str, chain: str, number: int) -> None:
    """Append the jump to a queue to a chain of an inet table.

    Raises:
        UnavailableError: The kernel has no such target, or gives no right.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as sock:
        sock.settimeout(5.0)
        sock.send(encode_queue_rule(table, chain, number))
        error = _first_error(sock.recv(65536))
    if error:
        raise UnavailableError(f"the kernel takes no NFQUEUE target: {os.strerror(error)}")


def encode_queue_rule(table: str, chain: str, number: int) -> bytes:
    """Return the transaction that appends the rule."""
    target = (
        _attribute(1, b"NFQUEUE\0")
        + _attribute(2, struct.pack("!I", 3))  # revision
        + _attribute(3, struct.pack("=HHHxx", number, 1, 0))  # struct xt_NFQ_info_v3, no flags
    )
    expression = _attribute(1, b"target\0") + _attribute(2 | _NESTED, target)
    rule = (
        _attribute(1, table.encode() + b"\0")
        + _attribute(2, chain.encode() + b"\0")
        + _attribute(4 | _NESTED, _attribute(1 | _NESTED, expression))
    )
    return (
        _message(_BATCH_BEGIN, _REQUEST, 0, _NFTABLES, b"")
        + _message(_NEW_RULE, _REQUEST | _ACK | _CREATE | _APPEND, _INET, 0, rule)
        + _message(_BATCH_END, _REQUEST, 0, _NFTABLES, b"")
    )


def _message(kind: int, flags: int, family: int, resource: int, body: bytes) -> bytes:
    body = struct.pack("!BBH", family, 0, resource) + body
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _first_error(reply: bytes) -> int:
    """Return the error number of the first message that is one; 0 is an acknowledgement."""
    size, kind = struct.unpack_from("=IH", reply)
    if kind != _ERROR or size < 20:
        return 0
    number: int = struct.unpack_from("=i", reply, 16)[0]
    return -number
