"""The first packets of UDP flows while voice is allowed, in the order of the rules."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role
from hushgate.core.model import Instant
from hushgate.core.packets import (
    MAX_FLOWS,
    MEMORY,
    Answer,
    Judged,
    PacketJudge,
    UdpKey,
    Why,
    catalogue_of,
    is_call,
    packed,
    roles_by_pattern,
)
from hushgate.core.udpflows import Note, Sort
from hushgate.wire.ip import TCP, UDP
from tests.wire.hellos import chrome_hello, written_hello
from tests.wire.initials import aioquic_datagrams, crypto, initial

MUSIC, VOICE = "redirector.googlevideo.com", "www.google.com"
ROLES = {".googlevideo.com": "media", "www.google.com": "voice"}
STUN = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)
NOW = Instant(1000.0)


def packet(payload: bytes, *, port: int = 443, source: int = 50000, protocol: int = UDP) -> bytes:
    datagram = struct.pack("!HHHH", source, port, 8 + len(payload), 0) + payload
    header = struct.pack("!BxHIBBxx", 0x45, 20 + len(datagram), 0, 64, protocol)
    ends = socket.inet_aton("192.168.77.11") + socket.inet_aton("203.0.113.5")
    return header + ends + datagram


def key(source: int = 50000, port: int = 443) -> UdpKey:
    client, server = socket.inet_aton("192.168.77.11"), socket.inet_aton("203.0.113.5")
    return UdpKey(client, source, server, port)


def new_judge() -> PacketJudge:
    return PacketJudge(catalogue_of(ROLES))


@pytest.mark.parametrize(
    ("data", "judged"),
    [
        pytest.param(b"", (Answer.REJECT, Why.UNREADABLE), id="nothing"),
        pytest.param(b"\x60", (Answer.REJECT, Why.UNREADABLE), id="a header that is cut"),
        pytest.param(b"\x10" * 40, (Answer.REJECT, Why.UNREADABLE), id="no IP at all"),
        pytest.param(
            packet(bytes(20), protocol=TCP), (Answer.REJECT, Why.UNREADABLE), id="not UDP"
        ),
        pytest.param(packet(STUN, port=3478), (Answer.ACCEPT, Why.CALL), id="STUN"),
        pytest.param(packet(b"\x80" * 172, port=50004), (Answer.ACCEPT, Why.CALL), id="RTP"),
        pytest.param(packet(b"\x04" * 148, port=51820), (Answer.ACCEPT, Why.OTHER_UDP), id="VPN"),
        pytest.param(packet(STUN), (Answer.REJECT, Why.UNDECODABLE), id="STUN where QUIC belongs"),
        pytest.param(
            packet(b"\x40" * 60), (Answer.REJECT, Why.UNDECODABLE), id="QUIC from the middle"
        ),
        pytest.param(
            packet(b"\xc0\xfa\xce\xb0\x02" + bytes(1200)),
            (Answer.REJECT, Why.UNDECODABLE),
            id="QUIC of a version nobody knows",
        ),
    ],
)
def test_what_is_no_hello_is_judged_by_port_and_first_bytes(
    data: bytes, judged: tuple[Answer, Why]
) -> None:
    assert new_judge().judge(data, NOW) == Judged(*judged)


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        pytest.param(MUSIC, Judged(Answer.ACCEPT, Why.MEDIA, MUSIC), id="known media"),
        pytest.param(VOICE, Judged(Answer.REJECT, Why.NOT_MEDIA, VOICE), id="voice"),
        pytest.param(
            "unheard.example", Judged(Answer.REJECT, Why.NOT_MEDIA, "unheard.example"), id="unknown"
        ),
        pytest.param(None, Judged(Answer.REJECT, Why.NO_NAME), id="without a name"),
    ],
)
def test_quic_passes_to_known_media_only(name: str | None, judged: Judged) -> None:
    judge = new_judge()
    answers = [judge.judge(packet(data), NOW) for data in aioquic_datagrams(name)]
    assert answers[-1] == judged


@pytest.mark.parametrize("party", ["fc:65:de:10:00:01", "192.168.77.11"])
def test_a_speaker_that_lists_speak_of_takes_tcp_where_they_see_every_hello(party: str) -> None:
    judge = new_judge()
    judge.listed = packed([party])
    sender = bytes.fromhex("fc65de100001")
    answers = [judge.judge(packet(data), NOW, sender) for data in aioquic_datagrams(MUSIC)]
    assert set(answers) == {Judged(Answer.REJECT, Why.LISTED)}
    assert judge.judge(packet(STUN, port=3478), NOW, sender).answer is Answer.ACCEPT


def test_addresses_of_all_kinds_are_packed() -> None:
    assert packed(["fc:65:de:10:00:01", "192.168.77.11", "2001:db8::1:2:3:4"]) == {
        bytes.fromhex("fc65de100001"),
        socket.inet_aton("192.168.77.11"),
        socket.inet_pton(socket.AF_INET6, "2001:db8::1:2:3:4"),
    }


def test_a_hello_in_two_datagrams_passes_by_halves_and_is_remembered() -> None:
    hello = chrome_hello(MUSIC)
    halves = (hello[:900], hello[900:])
    first, second = (
        packet(initial(crypto(at, half), number=number))
        for number, (at, half) in enumerate(zip((0, 900), halves, strict=True))
    )
    judge = new_judge()
    assert judge.judge(first, NOW) == Judged(Answer.ONCE, Why.INCOMPLETE)
    assert judge.judge(second, NOW).answer is Answer.ACCEPT
    assert judge.judge(packet(b"\x40" * 60), NOW).answer is Answer.ACCEPT


def test_a_refused_flow_stays_refused_while_it_asks() -> None:
    judge = new_judge()
    for data in aioquic_datagrams(VOICE):
        judge.judge(packet(data), NOW)
    for later in range(1, 40, 5):
        judged = judge.judge(packet(b"\x40" * 60), Instant(NOW + later))
        assert judged == Judged(Answer.REJECT, Why.NOT_MEDIA, VOICE)


def test_a_decision_is_forgotten_after_a_while() -> None:
    judge = new_judge()
    for data in aioquic_datagrams(MUSIC):
        judge.judge(packet(data), NOW)
    assert judge.note_of(key()) == Note(Sort.QUIC, MUSIC)
    later = Instant(NOW + MEMORY + 1)
    assert judge.judge(packet(b"\x40" * 60), later).why is Why.UNDECODABLE


def test_a_call_is_remembered_as_one() -> None:
    judge = new_judge()
    judge.judge(packet(STUN, port=3478), NOW)
    judge.judge(packet(b"\x16" * 60, port=3478), NOW)
    assert judge.note_of(key(port=3478)) == Note(Sort.CALL, None)
    assert judge.note_of(key(port=9)) is None


def test_a_flood_of_flows_is_forgotten_and_costs_no_memory() -> None:
    judge = new_judge()
    for source in range(1, MAX_FLOWS + 500):
        judge.judge(packet(STUN, port=9, source=source), NOW)
    assert judge.note_of(key(source=1, port=9)) is None
    assert judge.note_of(key(source=MAX_FLOWS + 499, port=9)) is not None


@given(st.binary(max_size=200))
def test_no_packet_raises(data: bytes) -> None:
    judge = new_judge()
    for sent in (data, packet(data), packet(data, port=9)):
        assert judge.judge(sent, NOW).answer in Answer
    assert sum(judge.counts.values()) == 3


def test_a_short_datagram_is_no_call() -> None:
    assert not is_call(b"\x80" * 11)
    assert not is_call(STUN[:19])


def test_roles_survive_the_way_to_the_gate() -> None:
    endpoint = Endpoint("google", "video", "Video", Role.MEDIA, Confidence.A, (), (".v.example",))
    roles = roles_by_pattern(Catalogue([endpoint]))
    assert roles == {".v.example": "media"}
    found = catalogue_of(roles).endpoint_of("r1.v.example")
    assert found is not None
    assert found.role is Role.MEDIA


def test_roles_and_patterns_of_another_release_are_left_out() -> None:
    assert catalogue_of({".v.example": "sorcery", "/(/": "media"}).endpoints == ()


def test_a_hello_without_a_server_name_is_refused() -> None:
    judge = new_judge()
    assert judge.judge(packet(initial(crypto(0, written_hello([])))), NOW).why is Why.NO_NAME
