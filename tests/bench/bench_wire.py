"""What parsing costs, beside the libraries that are the tests' oracles: `tests.bench wire`.

Microseconds a message; a ratio under 1 means faster than the peer. The peers do the same work or
less: mitmproxy's hello has no fingerprint, aioquic's packet is only opened, not read.
"""

import time
from collections.abc import Callable

import dns.message
from aioquic.quic.crypto import CryptoPair
from mitmproxy.proxy.layers.tls import parse_client_hello
from scapy.layers.inet import IP

from hushgate.wire import dns as our_dns
from hushgate.wire.ip import decode_packet
from hushgate.wire.quic import InitialReader, derive_keys, split_datagram
from hushgate.wire.tls import RecordScanner, decode_hello
from tests.bench.report import Result, alone, compare
from tests.wire.hellos import chrome_hello, in_records, openssl_hello
from tests.wire.initials import VERSION_1, aioquic_datagrams

ROUNDS = 15
CALLS = 300
_ANSWER = bytes.fromhex(
    "000081800001000200000000"
    "0767757a7a6f6e69056170706c6503636f6d0000010001"
    "c00c00050001000000e1000c09736972692d65646765c014"
    "c02f000100010000003c000411ae0105"
)
_SEGMENT = bytes.fromhex("4500002d00004000400600000a000001cb007109" + "c7cb01bb" + "00" * 8)
_SEGMENT += bytes.fromhex("5018040000000000") + b"hello"


def measure() -> dict[str, Result]:
    """Time every parser and its peer in turn."""
    record = b"\x17\x03\x03\x04\x1c" + bytes(1052)
    scanner = RecordScanner()
    results = {
        "wire: ClientHello of OpenSSL": _hello(openssl_hello()),
        "wire: ClientHello of Chrome, post-quantum": _hello(in_records(chrome_hello())),
        "wire: DNS answer with an alias": _beside(
            lambda: our_dns.decode_message(_ANSWER), lambda: dns.message.from_wire(_ANSWER)
        ),
        "wire: IPv4 and TCP headers": _beside(
            lambda: decode_packet(_SEGMENT), lambda: IP(_SEGMENT)
        ),
        "wire: a TLS record of a stream": alone(
            [_time(lambda: scanner.feed(record)) for _ in range(ROUNDS)], "us"
        ),
    }
    return results | _quic()


def _hello(stream: bytes) -> Result:
    return _beside(lambda: decode_hello(stream), lambda: parse_client_hello(stream))


def _quic() -> dict[str, Result]:
    (datagram, *_) = aioquic_datagrams("alexa.na.gateway.devices.a2z.com")
    (packet, *_) = split_datagram(datagram, may_be_short=False)

    def read() -> None:
        derive_keys.cache_clear()
        InitialReader().feed(datagram)

    def open_only() -> None:
        derive_keys.cache_clear()
        derive_keys(packet.version, packet.connection).open(packet)

    def peer() -> None:
        pair = CryptoPair()
        pair.setup_initial(cid=packet.connection, is_client=False, version=VERSION_1)
        pair.decrypt_packet(packet.data, packet.number_at, 0)

    return {
        "wire: QUIC Initial, opened": _beside(open_only, peer),
        "wire: QUIC Initial, to the hello": _beside(read, peer),
    }


def _beside(ours: Callable[[], object], theirs: Callable[[], object]) -> Result:
    pairs = [(_time(ours), _time(theirs)) for _ in range(ROUNDS)]
    return compare([one for one, _ in pairs], [other for _, other in pairs], "us")


def _time(call: Callable[[], object]) -> float:
    """Microseconds of processor time a call; others share the machine."""
    before = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - before) / CALLS * 1e6
