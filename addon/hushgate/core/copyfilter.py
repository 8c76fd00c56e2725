"""Which frames of the LAN are copied for identification: a program the kernel runs on each frame.

In: the interfaces to watch. Out: classic BPF instructions (linux/filter.h). Rules:

- A frame that says nothing of its sender costs a few instructions and is not copied.
- Copied are ARP, neighbor discovery, DHCP, mDNS, SSDP, DNS questions, the first flight of a TLS or
  QUIC connection, and who answers on a port by which speakers are told apart.
- A hello with post-quantum keys takes two segments. The second begins anyhow, so copied is what
  ends a write on port 443 and does not begin like a record of an open connection; the tail of a
  large upload looks the same, and whoever reads the copies passes over it.
- Frames of a VLAN are copied where they come out untagged, once: the cable below may also carry the
  Internet's.
- The original goes its way in any case: nothing waits for whoever reads the copies.
"""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

from hushgate.core.witness import LISTENERS, MULTI_ROOM

COPY: Final = 2048
"""Most bytes of a frame that are copied."""

MAX_INTERFACES: Final = 128
"""Most interfaces that are watched: a jump in the program reaches 255 instructions."""

_WORD_AT, _HALF_AT, _BYTE_AT = 0x20, 0x28, 0x30
_HALF_PAST_X, _BYTE_PAST_X = 0x48, 0x50
_X_IS, _X_IS_IPV4_HEADER, _X_IS_A = 0x01, 0xB1, 0x07
_AND, _SHIFT_RIGHT, _ADD_X = 0x54, 0x74, 0x0C
_STORE, _RECALL = 0x02, 0x60
_JUMP, _EQUAL, _ANY_BIT, _RETURN = 0x05, 0x15, 0x45, 0x06
_AUXILIARY = 0xFFFFF000
"""Offsets from here on are not in the frame: what the kernel knows about it."""
_INTERFACE, _HARDWARE, _HAS_TAG = _AUXILIARY + 8, _AUXILIARY + 28, _AUXILIARY + 48
_ETHERNET = 1
_IP = 14
"""Where the IP header begins: the kernel has taken VLAN tags off."""
_TO_US = (53, 67, 68, 1900, 5353, MULTI_ROOM)
_FROM_US = (1900, 5353)
_SYN, _PUSH = 0x02, 0x08
_OPEN = (0x1703, 0x1503, 0x1403)
"""How records of an open connection begin: data, alert, change of cipher."""


class _Step(NamedTuple):
    """One instruction; where it jumps is a label, and empty is the next one."""

    code: int
    operand: int = 0
    then: str = ""
    otherwise: str = ""
    label: str = ""


def render_filter(interfaces: Iterable[int] = ()) -> bytes:
    """Return the program, for frames of some interfaces by their numbers; none: of all."""
    steps = list(_program(sorted(interfaces)[:MAX_INTERFACES]))
    places = {step.label: at for at, step in enumerate(steps) if step.label}
    code = b""
    for at, step in enumerate(steps):
        then, otherwise = (
            places[label] - at - 1 if label else 0 for label in (step.then, step.otherwise)
        )
        operand = then if step.code == _JUMP else step.operand
        jumps = (0, 0) if step.code == _JUMP else (then, otherwise)
        code += struct.pack("=HBBI", step.code, *jumps, operand)
    return code


def _program(interfaces: list[int]) -> Iterable[_Step]:
    yield _Step(_WORD_AT, _HARDWARE)
    yield _Step(_EQUAL, _ETHERNET, otherwise="no")
    yield _Step(_WORD_AT, _HAS_TAG)
    yield _Step(_EQUAL, 0, otherwise="no")
    if interfaces:
        yield _Step(_WORD_AT, _INTERFACE)
        yield from (_Step(_EQUAL, number, "frame") for number in interfaces)
        yield _Step(_JUMP, then="no")
    yield _Step(_HALF_AT, 12, label="frame")
    yield _Step(_EQUAL, 0x0806, "copy")
    yield _Step(_EQUAL, 0x0800, "ipv4")
    yield _Step(_EQUAL, 0x86DD, "ipv6", "no")

    yield _Step(_HALF_AT, _IP + 6, label="ipv4")
    yield _Step(_ANY_BIT, 0x3FFF, "no")  # fragments are not put together
    yield _Step(_X_IS_IPV4_HEADER, _IP)
    yield _Step(_BYTE_AT, _IP + 9)
    yield _Step(_EQUAL, 6, "tcp")
    yield _Step(_EQUAL, 17, "udp", "no")

    yield _Step(_X_IS, 40, label="ipv6")
    yield _Step(_BYTE_AT, _IP + 6)
    yield _Step(_EQUAL, 6, "tcp")
    yield _Step(_EQUAL, 17, "udp")
    yield _Step(_EQUAL, 58, otherwise="no")
    yield _Step(_BYTE_AT, _IP + 40)
    yield _Step(_EQUAL, 134, "copy")  # RFC 4861 section 4.2: router advertisement
    yield _Step(_EQUAL, 135, "copy")  # RFC 4861 section 4.3: solicitation
    yield _Step(_EQUAL, 136, "copy", "no")  # and advertisement

    yield _Step(_HALF_PAST_X, _IP + 2, label="udp")
    yield _Step(_EQUAL, 443, "quic")
    yield from (_Step(_EQUAL, port, "copy") for port in _TO_US)
    yield _Step(_HALF_PAST_X, _IP)
    yield from (_Step(_EQUAL, port, "copy") for port in _FROM_US)
    yield _Step(_JUMP, then="no")

    yield _Step(_BYTE_PAST_X, _IP + 8, label="quic")
    yield _Step(_AND, 0xE0)
    # Long headers of type 0 and 1: Initial in QUIC 1 (RFC 9000 section 17.2) and 2 (RFC 9369).
    yield _Step(_EQUAL, 0xC0, "copy", "no")

    yield _Step(_BYTE_PAST_X, _IP + 13, label="tcp")
    yield _Step(_ANY_BIT, _SYN, "syn")
    yield _Step(_STORE, 0)
    yield _Step(_HALF_PAST_X, _IP + 2)
    yield _Step(_EQUAL, 443, otherwise="no")
    yield _Step(_BYTE_PAST_X, _IP + 12)
    yield _Step(_AND, 0xF0)
    yield _Step(_SHIFT_RIGHT, 2)
    yield _Step(_ADD_X)
    yield _Step(_X_IS_A)
    yield _Step(_HALF_PAST_X, _IP)
    yield _Step(_EQUAL, 0x1603, "hello")  # RFC 8446 section 5.1: a handshake record
    yield from (_Step(_EQUAL, start, "no") for start in _OPEN)
    yield _Step(_RECALL, 0)
    yield _Step(_ANY_BIT, _PUSH, "copy", "no")
    yield _Step(_BYTE_PAST_X, _IP + 5, label="hello")
    yield _Step(_EQUAL, 1, "copy", "no")  # with a ClientHello

    yield _Step(_HALF_PAST_X, _IP, label="syn")
    yield from (_Step(_EQUAL, port, "copy") for port in sorted(LISTENERS))
    yield _Step(_HALF_PAST_X, _IP + 2)
    yield from (_Step(_EQUAL, port, "copy") for port in sorted(LISTENERS))

    yield _Step(_RETURN, 0, label="no")
    yield _Step(_RETURN, COPY, label="copy")
