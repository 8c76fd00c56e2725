"""DNS and mDNS: against dnspython, and on what breaks other readers."""

import struct

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.wire.dns import (
    MAX_RECORDS,
    Message,
    Question,
    decode_message,
    packed,
    resolve,
    text_pairs,
)
from hushgate.wire.errors import WireError

CHAIN = [
    dns.rrset.from_text("Guzzoni.apple.com.", 60, "IN", "CNAME", "x.akadns.net."),
    dns.rrset.from_text("x.akadns.net.", 20, "IN", "CNAME", "y.aaplimg.com."),
    dns.rrset.from_text("y.aaplimg.com.", 30, "IN", "A", "17.1.2.3", "17.1.2.4"),
    dns.rrset.from_text("y.aaplimg.com.", 30, "IN", "AAAA", "2620:149::1"),
]
_LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20)
_NAME = st.lists(_LABEL, min_size=1, max_size=6).map(".".join)


def answer(*rrsets: dns.rrset.RRset, question: str = "Guzzoni.apple.com.") -> bytes:
    message = dns.message.make_response(dns.message.make_query(question, "A"))
    message.answer.extend(rrsets)
    return message.to_wire()


def labels(*names: bytes) -> bytes:
    return b"".join(bytes((len(name),)) + name for name in names) + b"\0"


def header(*, questions: int = 0, answers: int = 0, flags: int = 0x8400) -> bytes:
    return struct.pack("!6H", 0, flags, questions, answers, 0, 0)


def record(name: bytes, kind: int, data: bytes, ttl: int = 120) -> bytes:
    return name + struct.pack("!HHIH", kind, 0x8001, ttl, len(data)) + data


def test_an_answer_is_followed_from_the_question_to_the_addresses() -> None:
    resolution = resolve(decode_message(answer(*CHAIN)))
    assert resolution is not None
    assert resolution.asked == "guzzoni.apple.com"
    assert resolution.aliases == ("x.akadns.net", "y.aaplimg.com")
    assert set(resolution.addresses) == {"17.1.2.3", "17.1.2.4", "2620:149::1"}
    assert resolution.ttl == 20


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(dns.message.make_query("a.example", "A").to_wire(), id="a question"),
        pytest.param(answer(*CHAIN[:2]), id="aliases that lead nowhere"),
        pytest.param(answer(CHAIN[2]), id="an address of somebody else"),
        pytest.param(header(answers=0), id="an answer without a question"),
    ],
)
def test_what_leads_to_no_address_teaches_nothing(message: bytes) -> None:
    assert resolve(decode_message(message)) is None


def test_a_loop_of_aliases_ends() -> None:
    loop = [
        dns.rrset.from_text("Guzzoni.apple.com.", 60, "IN", "CNAME", "b.example."),
        dns.rrset.from_text("b.example.", 60, "IN", "CNAME", "guzzoni.apple.com."),
    ]
    assert resolve(decode_message(answer(*loop))) is None


@given(_NAME, st.lists(st.tuples(_NAME, st.ip_addresses(), st.integers(0, 2**31 - 1)), max_size=8))
def test_records_read_as_dnspython_wrote_them(question: str, rows: list[tuple]) -> None:  # type: ignore[type-arg]
    rrsets = [
        dns.rrset.from_text(f"{name}.", ttl, "IN", "A" if ip.version == 4 else "AAAA", str(ip))
        for name, ip, ttl in rows
    ]
    message = decode_message(answer(*rrsets, question=f"{question}."))
    assert message.questions == (Question(question, 1),)
    assert [(each.name, each.value, each.ttl) for each in message.records] == [
        (name, str(ip), ttl) for name, ip, ttl in rows
    ]


def test_the_name_of_a_service_is_text_as_people_see_it() -> None:
    name = labels("Luca\u2019s iMac".encode(), b"_airplay", b"_tcp", b"local")
    (only,) = decode_message(header(answers=1) + record(name, 16, b"\x07model=1")).records
    assert only.name == "Luca\u2019s iMac._airplay._tcp.local"
    assert text_pairs(only.texts) == {"model": "1"}


def test_a_dot_inside_a_label_is_told_apart() -> None:
    name = labels(b"amzn.dmgr:1", b"_amzn-wplay", b"_tcp", b"local")
    (only,) = decode_message(header(answers=1) + record(name, 16, b"\0")).records
    assert only.name.startswith("amzn\\.dmgr:1._amzn-wplay")


def test_bytes_of_a_text_are_never_taken_for_pointers() -> None:
    text = b"\x06fn=\xc0\x0cz"
    (only,) = decode_message(
        header(answers=1) + record(labels(b"x", b"_googlecast", b"_tcp", b"local"), 16, text)
    ).records
    assert only.texts == (text[1:],)


def test_a_service_has_a_port_and_a_host() -> None:
    service = struct.pack("!HHH", 0, 0, 8009) + labels(b"host", b"local")
    (only,) = decode_message(header(answers=1) + record(labels(b"a"), 33, service)).records
    assert (only.value, only.port) == ("host.local", 8009)


@pytest.mark.parametrize(
    ("texts", "pairs"),
    [
        pytest.param((b"md=Home", b"MD=other"), {"md": "Home"}, id="the first of a key counts"),
        pytest.param((b"flag", b"=no key"), {"flag": ""}, id="a key without a value"),
        pytest.param((b"fn=K\xc3\xbcche",), {"fn": "Küche"}, id="UTF-8"),
        pytest.param((b"x=\xff",), {"x": "\\xff"}, id="bytes that are no text"),
    ],
)
def test_texts_are_pairs(texts: tuple[bytes, ...], pairs: dict[str, str]) -> None:
    assert text_pairs(texts) == pairs


def pointer_chain(length: int) -> bytes:
    """Pointers that point to each other backwards, behind a record that is not read."""
    start = 12 + 1 + 10
    chain = b"\0" + b"".join(
        struct.pack("!H", 0xC000 | (start if at == 0 else start + 1 + 2 * (at - 1)))
        for at in range(length)
    )
    last = struct.pack("!H", 0xC000 | (start + 1 + 2 * (length - 1)))
    return header(answers=2) + record(b"\0", 999, chain) + record(last, 999, b"")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\0" * 11, id="shorter than a header"),
        pytest.param(header(questions=1) + b"\xc0\x0c\0\1\0\1", id="a name that points to itself"),
        pytest.param(header(questions=1) + b"\xc0\xff\0\1\0\1", id="a name that points forward"),
        pytest.param(header(questions=1) + b"\x40abc", id="a label of an unknown kind"),
        pytest.param(header(questions=1) + b"\x3fabc", id="a label that is cut off"),
        pytest.param(header(questions=1) + b"\1a" * 200, id="a name of 400 bytes"),
        pytest.param(header(questions=1) + labels(b"a"), id="a question without its type"),
        pytest.param(header(answers=1) + labels(b"a") + b"\0\1", id="a record without its length"),
        pytest.param(header(answers=1) + record(b"\0", 1, b"")[:-2] + b"\0\4", id="a cut record"),
        pytest.param(header(answers=MAX_RECORDS + 1), id="more records than allowed"),
        pytest.param(header(questions=1) + labels(b"a") + b"\0\1", id="a question cut in its type"),
        pytest.param(header(questions=1) + labels(b"a") + b"\0\1\0", id="cut in its class"),
        pytest.param(
            header(answers=2)
            + record(labels(*[b"a" * 63] * 3), 999, b"")
            + b"\x3f"
            + b"b" * 63
            + b"\xc0\x0c"
            + b"\0" * 10,
            id="a name that is too long by its pointer",
        ),
        pytest.param(pointer_chain(4000), id="a chain of 4000 pointers"),
    ],
)
def test_malformed_messages_are_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode_message(message)


def test_a_short_chain_of_pointers_is_followed() -> None:
    assert isinstance(decode_message(pointer_chain(10)), Message)


@pytest.mark.parametrize("kind", [1, 28, 65, 33])
def test_a_record_of_the_wrong_size_is_passed_over(kind: int) -> None:
    (only,) = decode_message(header(answers=1) + record(labels(b"a"), kind, b"\1\2")).records
    assert only.value == ""


def test_a_service_binding_names_another_host() -> None:
    binding = b"\0\1" + labels(b"cdn", b"example") + b"\0\1\0\3\x02h2"
    (only,) = decode_message(header(answers=1) + record(labels(b"a"), 65, binding)).records
    assert only.value == "cdn.example"


def test_addresses_can_be_packed_again() -> None:
    assert packed("17.1.2.3") == bytes([17, 1, 2, 3])
    assert packed("") == b""


@given(st.binary(max_size=200))
def test_garbage_gives_a_message_or_a_wire_error(data: bytes) -> None:
    try:
        decode_message(data)
    except WireError:
        return
