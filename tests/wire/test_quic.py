"""QUIC Initial packets: real clients, every way to cut a hello up, and hostile datagrams."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.wire.errors import WireError
from hushgate.wire.hello import Hello
from hushgate.wire.quic import (
    MAX_DATAGRAMS,
    MAX_PIECES,
    InitialReader,
)
from tests.wire.hellos import chrome_hello, server_name, written_hello
from tests.wire.initials import (
    CONNECTION,
    VERSION_1,
    VERSION_2,
    aioquic_datagrams,
    crypto,
    decode_initials,
    in_frames,
    initial,
    protected_with,
    varint,
)

NAME = "alexa.na.gateway.devices.a2z.com"
HELLO = written_hello([server_name("www.google.com")])
ACK = b"\x02" + varint(3) + varint(10) + varint(1) + varint(0) + varint(0) + varint(1)
ACK_ECN = b"\x03" + varint(3) + varint(0) + varint(0) + varint(0) + varint(1) * 3
PING, PADDING = b"\x01", b"\0"


def read(*datagrams: bytes) -> Hello:
    hello = decode_initials(list(datagrams))
    assert hello is not None
    return hello


@pytest.mark.parametrize(
    "version", [pytest.param(VERSION_1, id="version 1"), pytest.param(VERSION_2, id="version 2")]
)
def test_the_hello_of_aioquic_is_read(version: int) -> None:
    hello = read(*aioquic_datagrams(NAME, version))
    assert (hello.sni, hello.alpn) == (NAME, ("h3",))
    assert hello.ja4.startswith("q13d")


def test_the_packet_of_the_specification_is_opened() -> None:
    """RFC 9001 appendix A.2 protects its sample with this identifier: example.com."""
    hello = bytes.fromhex(
        "010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"
        "00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a"
        "00080006001d0017001800100007000504616c706e000500050100000000003300260024001d"
        "00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003"
        "020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900"
        "320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f0883"
        "94c8f03e51570806048000ffff"
    )
    assert read(initial(crypto(0, hello), connection=CONNECTION)).sni == "example.com"


@pytest.mark.parametrize(
    ("version", "key", "iv", "mask_key"),
    [
        pytest.param(
            0xFF00001B,
            "af7fd7efebd21878ff66811248983694",
            "8681359410a70bb9c92f0420",
            "a980b8b4fb7d9fbc13e814c23164253d",
            id="draft 27, appendix A.1",
        ),
        pytest.param(
            0xFF00001D,
            "175257a31eb09dea9366d8bb79ad80ba",
            "6b26114b9cba2b63a9e8dd4f",
            "9ddd12c994c0698b89374a9c077a3077",
            id="draft 29, appendix A.1",
        ),
        pytest.param(
            VERSION_1,
            "1f369613dd76d5467730efcbe3b1a22d",
            "fa044b2f42a3fd3b46fb255c",
            "9f50449e04a0e810283a1e9933adedd2",
            id="version 1, RFC 9001 appendix A.1",
        ),
    ],
)
def test_keys_are_those_of_the_specifications(
    version: int, key: str, iv: str, mask_key: str
) -> None:
    datagram = protected_with(crypto(0, HELLO), version, key, iv, mask_key)
    assert read(datagram).sni == "www.google.com"


def test_keys_of_another_version_do_not_open_a_packet() -> None:
    datagram = bytearray(initial(crypto(0, HELLO)))
    datagram[1:5] = (0xFF00001D).to_bytes(4)
    with pytest.raises(WireError):
        decode_initials([bytes(datagram)])


def packed(frames: list[bytes], most: int) -> list[bytes]:
    """Put frames together into payloads of at most ``most`` bytes, if one is not longer alone."""
    payloads = [b""]
    for frame in frames:
        if payloads[-1] and len(payloads[-1]) + len(frame) > most:
            payloads.append(b"")
        payloads[-1] += frame
    return payloads


@given(
    cuts=st.lists(st.integers(0, 3000), max_size=12),
    seed=st.integers(0, 2**32),
    most=st.integers(300, 1200),
    version=st.sampled_from([VERSION_1, VERSION_2]),
)
def test_a_post_quantum_hello_is_read_however_it_is_cut(
    cuts: list[int], seed: int, most: int, version: int
) -> None:
    shuffle = random.Random(seed)
    frames = in_frames(chrome_hello(NAME), [*cuts, 400, 800, 1200, 1600])
    shuffle.shuffle(frames)
    between = [shuffle.choice([b"", PING, PADDING * 7]) + frame for frame in frames]
    datagrams = [
        initial(payload, version=version, number=number)
        for number, payload in enumerate(packed(between, most))
    ]
    shuffle.shuffle(datagrams)
    assert read(*datagrams).sni == NAME


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(ACK + crypto(0, HELLO), id="after an acknowledgement"),
        pytest.param(ACK_ECN + crypto(0, HELLO), id="after an acknowledgement with ECN counts"),
        pytest.param(PING + PADDING * 500 + crypto(0, HELLO), id="after ping and padding"),
        pytest.param(crypto(0, HELLO) + b"\x1c\0\0\0", id="before a close"),
        pytest.param(crypto(9, HELLO[9:]) + crypto(0, HELLO[:30]), id="in pieces that overlap"),
        pytest.param(crypto(0, HELLO + b"more"), id="with more behind it"),
    ],
)
def test_other_frames_are_passed_over(frames: bytes) -> None:
    assert read(initial(frames)).sni == "www.google.com"


def test_coalesced_packets_are_taken_apart() -> None:
    half = len(HELLO) // 2
    handshake = bytes((0xE0,)) + initial(b"")[1:15] + varint(20) + bytes(20)
    datagram = initial(crypto(0, HELLO[:half])) + handshake + initial(crypto(half, HELLO[half:]))
    assert read(datagram + b"\0" * 30).sni == "www.google.com"


def test_early_data_that_arrives_first_is_waited_out() -> None:
    early = bytes((0xD0,)) + initial(b"")[1:15] + varint(20) + bytes(20)
    assert decode_initials([early]) is None
    assert read(early, initial(crypto(0, HELLO))).sni == "www.google.com"


def test_a_token_is_passed_over() -> None:
    assert read(initial(crypto(0, HELLO), token=bytes(90))).sni == "www.google.com"


def test_the_first_keys_stay_when_the_server_names_itself() -> None:
    half = len(HELLO) // 2
    later = initial(
        crypto(half, HELLO[half:]), connection=b"server", key_connection=CONNECTION, number=1
    )
    assert read(initial(crypto(0, HELLO[:half])), later).sni == "www.google.com"


def test_a_retry_begins_with_other_keys() -> None:
    first = initial(crypto(0, HELLO[:40]))
    again = initial(crypto(0, HELLO), connection=b"retried!", token=bytes(30), number=1)
    assert read(first, again).sni == "www.google.com"


def test_a_hello_is_given_again_for_later_datagrams() -> None:
    reader = InitialReader()
    hello = reader.feed(initial(crypto(0, HELLO)))
    assert hello is not None
    assert reader.feed(b"\x40 anything") is hello


def test_a_retry_packet_says_nothing() -> None:
    retry = bytes((0xF0,)) + initial(b"")[1:15] + bytes(40)
    assert decode_initials([retry]) is None


def forged(datagram: bytes) -> bytes:
    return datagram[:-1] + bytes((datagram[-1] ^ 1,))


@pytest.mark.parametrize(
    "datagrams",
    [
        pytest.param([b"\x40" + bytes(30)], id="a short header first"),
        pytest.param([b"\0" * 30], id="no QUIC at all"),
        pytest.param([b"\xc0\x0a\x0a\x0a\x0a" + bytes(30)], id="a version nobody speaks"),
        pytest.param([b"\xc0\0\0\0\1\x15" + bytes(60)], id="an identifier that is too long"),
        pytest.param([initial(crypto(0, HELLO))[:100]], id="cut off"),
        pytest.param([b"\xc0"], id="one byte"),
        pytest.param([forged(initial(crypto(0, HELLO)))], id="forged"),
        pytest.param([initial(b"\x08\0\0\0")], id="a frame that may not be there"),
        pytest.param([initial(crypto(16384, b"x"))], id="beyond the longest hello"),
        pytest.param([initial(crypto(0, b"\x02" + bytes(50)))], id="a ServerHello"),
        pytest.param([initial(b"\x02\x40")], id="an acknowledgement that is cut off"),
        pytest.param([initial(crypto(0, b"x") * (MAX_PIECES + 1))], id="too many pieces"),
        pytest.param([initial(crypto(1, b"x"))] * (MAX_DATAGRAMS + 1), id="too many datagrams"),
        pytest.param(
            [b"\xc0\0\0\0\1\x08" + CONNECTION + b"\0\0\x04" + bytes(4)], id="too short to protect"
        ),
    ],
)
def test_what_is_not_understood_is_refused(datagrams: list[bytes]) -> None:
    with pytest.raises(WireError):
        decode_initials(datagrams)


def test_an_incomplete_hello_gives_nothing() -> None:
    assert decode_initials([]) is None
    assert decode_initials([initial(crypto(0, HELLO[:40]))]) is None
    assert decode_initials([initial(crypto(40, HELLO[40:]))]) is None


@given(st.data())
def test_a_damaged_datagram_gives_a_value_nothing_or_a_wire_error(data: st.DataObject) -> None:
    datagram = bytearray(initial(crypto(0, HELLO)))
    for _ in range(data.draw(st.integers(1, 4))):
        datagram[data.draw(st.integers(0, 40))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError):
        decode_initials([bytes(datagram[: data.draw(st.integers(0, len(datagram)))])])


@given(st.binary(max_size=80))
def test_hostile_frames_behind_good_keys_give_a_wire_error_at_worst(frames: bytes) -> None:
    with contextlib.suppress(WireError):
        decode_initials([initial(frames)])
