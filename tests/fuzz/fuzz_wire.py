"""Fuzzes the parsers of wire/ with damaged messages.

Invariant: whatever the bytes, a parser gives a value, None or WireError, soon; never another
exception. Cases are damaged copies of well-formed messages, because garbage dies at the first
check. By hand, millions of them, on all parsers or on those named:

    python -m tests.fuzz.fuzz_wire --cases 10000000 [--seed N] [PARSER ...]

A failure prints the bytes as a line of Python; it belongs into the parser's tests.
"""

import argparse
import random
import struct
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from hushgate.wire import ip
from hushgate.wire.dhcp import decode_dhcp
from hushgate.wire.dns import decode_message, resolve, text_pairs
from hushgate.wire.errors import WireError
from hushgate.wire.quic import InitialReader
from hushgate.wire.ssdp import decode_ssdp
from hushgate.wire.tcp import Stream
from hushgate.wire.tls import RecordScanner, decode_hello, find_record
from tests.wire.hellos import chrome_hello, in_records, protocols, server_name, written_hello
from tests.wire.initials import aioquic_datagrams, crypto, decode_initials, initial

SLOW_SECONDS = 0.25
"""No parser may need longer for one message; the slowest seen is printed."""


class Target(NamedTuple):
    """A parser, and well-formed messages for it."""

    parse: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _scan(data: bytes) -> None:
    scanner = RecordScanner()
    for start in range(0, len(data), 7):
        scanner.feed(data[start : start + 7])


def _follow(data: bytes) -> None:
    stream = Stream(0)
    for start in range(0, len(data) - 6, 6):
        sequence, size = struct.unpack_from("!IH", data, start)
        stream.add(sequence, data[: size % 64])


def _decode_dns(data: bytes) -> None:
    message = decode_message(data)
    resolve(message)
    for record in message.records:
        text_pairs(record.texts)


def _decode_frame(data: bytes) -> None:
    link = ip.decode_link(data)
    if link is not None and link.kind == ip.ARP:
        ip.decode_arp(data, link.at)
    elif link is not None:
        ip.decode_packet(data, link.at)


def _decode_frames_of_quic(data: bytes) -> None:
    InitialReader().feed(initial(data[:1300]))


_HELLO = written_hello([server_name("a.example"), protocols(b"h2"), (43, b"\x02\x03\x04")])
_RECORDS = b"\x17\x03\x03\x00\x09123456789" * 3
_DNS = bytes.fromhex(
    "000081800001000300000001"
    "0767757a7a6f6e69056170706c6503636f6d0000010001"
    "c00c00050001000000e1000c09736972692d65646765c014"
    "c02f000100010000003c000411ae0105"
    "c02f0010000100000e10000a096d6f64656c3d416266"
    "c02f00210001000000780009000000001f4901680000"
)
_DHCP = (
    b"\x01\x01\x06\0"
    + bytes(24)
    + bytes.fromhex("fc65de000001")
    + bytes(202)
    + b"\x63\x82\x53\x63\x35\x01\x03\x0c\x06amazon\x37\x04\x01\x03\x06\x0f\x3c\x05class\xff"
)
_SSDP = b"NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nSERVER: x\r\nUSN: uuid:1\r\n\r\n"
_V4 = bytes.fromhex("4500003c00004000400600000a000001cb007109")
_V6 = bytes.fromhex("6000000000281140" + "20010db8000000000000000000000007" * 2)
_TCP = bytes.fromhex("c7cb01bb0000004d000000005018040000000000") + b"hello"
_ETHERNET = bytes.fromhex("ffffffffffff" + "fc65de000001")

TARGETS = {
    "hello": Target(
        decode_hello, (in_records(_HELLO), in_records(chrome_hello()), in_records(_HELLO, 40))
    ),
    "records": Target(_scan, (_RECORDS, in_records(_HELLO, 40))),
    "find-record": Target(find_record, (b"tail" + _RECORDS, _RECORDS)),
    "tcp": Target(_follow, (struct.pack("!IHIHIH", 0, 20, 10, 30, 50, 9) * 4,)),
    "quic": Target(
        lambda data: decode_initials([data]),
        (
            initial(crypto(0, _HELLO)),
            initial(crypto(0, _HELLO), version=0x6B3343CF),
            *aioquic_datagrams("a.example"),
        ),
    ),
    "quic-frames": Target(
        _decode_frames_of_quic,
        (crypto(0, _HELLO), b"\x02\x03\x0a\x01\0\0\x01" + b"\0" * 9 + crypto(20, _HELLO[20:])),
    ),
    "packet": Target(
        ip.decode_packet,
        (
            _V4 + _TCP,
            _V6
            + b"\x3c\0"
            + bytes(6)
            + b"\x11\0"
            + bytes(6)
            + bytes.fromhex("003500350018")
            + bytes(18),
        ),
    ),
    "frame": Target(
        _decode_frame,
        (
            _ETHERNET + b"\x08\0" + _V4 + _TCP,
            _ETHERNET + b"\x81\0\0\x03\x86\xdd" + _V6 + bytes(40),
            _ETHERNET
            + b"\x08\x06\0\x01\x08\0\x06\x04\0\x01\xfc\x65\xde\0\0\x01\x0a\0\0\x01"
            + bytes(10),
        ),
    ),
    "dns": Target(_decode_dns, (_DNS,)),
    "dhcp": Target(decode_dhcp, (_DHCP,)),
    "ssdp": Target(decode_ssdp, (_SSDP,)),
}

_INTERESTING = (0x00, 0x01, 0x03, 0x10, 0x16, 0x17, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF)


def damage(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """Give a copy of a message with a few things wrong."""
    data = bytearray(seed)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(8):
            case 0 | 1 if at < len(data):
                data[at] = chance.choice(_INTERESTING)
            case 2 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 3 if at < len(data):
                data[at] = (data[at] + chance.choice((-1, 1))) % 256
            case 4:
                del data[at : at + chance.randrange(1, 9)]
            case 5:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
            case 6:
                start = chance.randrange(len(data) + 1)
                data[at:at] = data[start : start + chance.randrange(1, 40)]
            case _ if chance.randrange(4) == 0:
                start = chance.randrange(len(other))
                data[at:] = other[start:]
    return bytes(data)


def check(target: Target, data: bytes) -> None:
    """Hold one case against the invariant."""
    try:
        target.parse(data)
    except WireError:
        return


def fuzz(names: list[str], cases: int, seed: int) -> bool:
    """Run cases on parsers, turn by turn; say what broke. Gives whether nothing did."""
    chance = random.Random(seed)
    slowest = dict.fromkeys(names, (0.0, b""))
    began = time.process_time()
    for case in range(cases):
        name = names[case % len(names)]
        target = TARGETS[name]
        data = damage(chance.choice(target.seeds), chance.choice(target.seeds), chance)
        start = time.process_time()
        try:
            check(target, data)
        except Exception as error:
            print(f"{name}: {error!r}\n  bytes.fromhex({data.hex()!r})")
            return False
        slowest[name] = max(slowest[name], (time.process_time() - start, data))
    seconds = time.process_time() - began
    print(f"{cases:,} cases in {seconds:,.0f} s, seed {seed}: no other exception")
    for name, (worst, data) in slowest.items():
        print(f"  {name}: slowest {worst * 1000:.2f} ms, {len(data)} bytes")
    return all(worst < SLOW_SECONDS for worst, _ in slowest.values())


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parsers", nargs="*", choices=[[], *TARGETS], metavar="PARSER")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    args = parser.parse_args()
    return 0 if fuzz(args.parsers or list(TARGETS), args.cases, args.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
