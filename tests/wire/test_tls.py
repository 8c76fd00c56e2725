"""TLS records and hellos: against mitmproxy's parser, in every chunking, and on hostile bytes."""

import contextlib
import itertools
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.proxy.layers.tls import parse_client_hello

from hushgate.wire.errors import WireError
from hushgate.wire.tls import RecordScanner, decode_hello, find_record
from tests.wire.hellos import chrome_hello, in_records, openssl_hello, server_name, written_hello

HELLO = in_records(chrome_hello())


def record(kind: int, size: int) -> bytes:
    return bytes((kind, 3, 3)) + size.to_bytes(2) + bytes(size)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@pytest.mark.parametrize(
    ("name", "alpn", "version"),
    [
        pytest.param("guzzoni.apple.com", (), ssl.TLSVersion.TLSv1_3, id="no ALPN"),
        pytest.param("a.example", ("h2", "http/1.1"), ssl.TLSVersion.TLSv1_3, id="with ALPN"),
        pytest.param(None, ("h2",), ssl.TLSVersion.TLSv1_3, id="no SNI"),
        pytest.param("a.example", (), ssl.TLSVersion.TLSv1_2, id="TLS 1.2"),
    ],
)
def test_a_hello_of_openssl_reads_as_mitmproxy_reads_it(
    name: str | None, alpn: tuple[str, ...], version: ssl.TLSVersion
) -> None:
    stream = openssl_hello(name, alpn, version=version)
    hello, oracle = decode_hello(stream), parse_client_hello(stream)
    assert hello is not None
    assert oracle is not None
    assert hello.sni == oracle.sni == name
    assert hello.alpn == tuple(value.decode() for value in oracle.alpn_protocols)
    assert hello.size == len(stream)


@pytest.mark.parametrize("size", [1, 3, 4, 100, 512, 1400, 16384])
def test_a_hello_spread_over_records_reads_the_same(size: int) -> None:
    stream = in_records(written_hello([server_name("a.example")]), max(size, 2))
    hello = decode_hello(stream + b"early data")
    assert hello is not None
    assert hello.sni == "a.example"
    assert hello.size == len(stream)


@pytest.mark.parametrize("key_share", [32, 1216, 4096, 15000])
def test_a_post_quantum_hello_is_read_at_any_size(key_share: int) -> None:
    stream = in_records(chrome_hello(key_share=key_share))
    hello, oracle = decode_hello(stream), parse_client_hello(stream)
    assert hello is not None
    assert oracle is not None
    assert hello.sni == oracle.sni == "alexa.na.gateway.devices.a2z.com"
    assert hello.ech


def test_a_hello_is_incomplete_until_its_last_byte() -> None:
    assert all(decode_hello(HELLO[:end]) is None for end in range(len(HELLO)))
    assert decode_hello(HELLO) is not None


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"GET / HTTP/1.1\r\n", id="another protocol"),
        pytest.param(b"\x17\x03\x03\x00\x10", id="the middle of a TLS stream"),
        pytest.param(in_records(b"\x02" + bytes(80)), id="a ServerHello"),
        pytest.param(in_records(b"\x01\x01\x00\x00"), id="a hello of 64 kB"),
        pytest.param(in_records(b"\x01\x00\x00\x02\x03\x03"), id="a hello that ends early"),
        pytest.param(b"\x16\x03\x01\x00\x00", id="an empty handshake record"),
        pytest.param(in_records(written_hello([]), 2)[:7] * 100, id="more pieces than allowed"),
        pytest.param(record(22, 1)[:5] + b"\x01" + record(21, 2), id="an alert in the middle"),
    ],
)
def test_what_is_no_hello_is_refused(stream: bytes) -> None:
    with pytest.raises(WireError):
        decode_hello(stream)


def test_one_byte_is_enough_to_tell_that_a_stream_is_not_tls() -> None:
    assert decode_hello(b"") is None
    with pytest.raises(WireError):
        decode_hello(b"G")
    assert RecordScanner().feed(b"G") is None


@given(
    sizes=st.lists(
        st.tuples(st.sampled_from([20, 21, 22, 23, 23, 23]), st.integers(1, 3000)), max_size=8
    ),
    cuts=st.lists(st.integers(0, 30_000), max_size=12),
)
def test_records_are_found_however_the_stream_is_cut(
    sizes: list[tuple[int, int]], cuts: list[int]
) -> None:
    stream = b"".join(record(kind, size) for kind, size in sizes)
    scanner = RecordScanner()
    found: list[int] = []
    for piece in cut(stream, cuts):
        lengths = scanner.feed(piece)
        assert lengths is not None
        found += lengths
    assert found == [size for kind, size in sizes if kind == 23]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_garbage_is_lost_once_and_for_good(pieces: list[bytes]) -> None:
    scanner = RecordScanner()
    answers = [scanner.feed(piece) for piece in pieces]
    first_lost = answers.index(None) if None in answers else len(answers)
    assert all(answer is None for answer in answers[first_lost:])


def test_a_record_counts_when_the_last_byte_of_its_header_arrives() -> None:
    scanner = RecordScanner()
    assert scanner.feed(b"\x17\x03\x03\x01") == ()
    assert scanner.feed(b"\x00") == (256,)
    assert scanner.feed(bytes(256)) == ()


def test_the_scanner_keeps_no_more_than_part_of_a_header() -> None:
    scanner = RecordScanner()
    for _ in range(100):
        scanner.feed(record(23, 16_000) + b"\x17\x03")
        scanner.feed(b"\x03\x00\x01x")
    kept = sum(
        len(value)
        for name in scanner.__slots__
        if isinstance(value := getattr(scanner, name), bytes)
    )
    assert kept <= 4


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"\x19\x03\x03\x00\x10", id="unknown type"),
        pytest.param(b"\x17\x02\x03\x00\x10", id="version 2"),
        pytest.param(b"\x17\x03\x05\x00\x10", id="version 3.5"),
        pytest.param(b"\x17\x03\x03\x50\x00", id="longer than any record"),
        pytest.param(b"\x16\x03\x03\x00\x00", id="empty handshake"),
    ],
)
def test_a_header_no_client_sends_ends_the_belief_in_tls(header: bytes) -> None:
    scanner = RecordScanner()
    assert scanner.feed(record(23, 10)) == (10,)
    assert scanner.feed(header) is None
    assert scanner.feed(record(23, 10)) is None


@pytest.mark.parametrize(
    ("piece", "at"),
    [
        pytest.param(record(23, 30), 0, id="a record at the beginning"),
        pytest.param(record(23, 3000)[:1400], 0, id="a record whose end is not there"),
        pytest.param(record(22, 30), 0, id="a handshake at the beginning"),
        pytest.param(b"\xaa" * 40 + record(23, 30), 40, id="a record to the exact end"),
        pytest.param(b"\xaa" * 40 + record(23, 5) + record(21, 2), 40, id="two to the exact end"),
        pytest.param(b"\xaa" * 40 + record(23, 30)[:-1], None, id="a record that goes on"),
        pytest.param(b"\xaa" * 40 + record(23, 30) + b"x", None, id="bytes behind a record"),
        pytest.param(b"\x17\x03\x03", None, id="part of a header"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_stream_that_is_joined_late_is_understood_from_a_sure_record_on(
    piece: bytes, at: int | None
) -> None:
    assert find_record(piece) == at


@given(st.data())
def test_a_damaged_hello_gives_a_value_nothing_or_a_wire_error(data: st.DataObject) -> None:
    stream = bytearray(HELLO)
    for _ in range(data.draw(st.integers(1, 6))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError):
        decode_hello(bytes(stream[: data.draw(st.integers(0, len(stream)))]))
