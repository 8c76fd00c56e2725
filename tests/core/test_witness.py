"""What packets show of the devices that sent them; direction and reflection decide."""

import struct

import dns.message
import pytest
from scapy.layers.dhcp import BOOTP, DHCP

from hushgate.core.facts import (
    Announced,
    Asked,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Served,
    Sought,
)
from hushgate.core.lan import mac_text
from hushgate.core.model import Transport
from hushgate.core.witness import MAX_PENDING, Witness
from hushgate.wire.ip import decode_packet
from tests.wire.frames import (
    ACK,
    CLOUD_IP,
    PHONE,
    PHONE_IP,
    ROUTER,
    ROUTER_IP,
    SPEAKER,
    SPEAKER_IP,
    SYN,
    mac,
    tcp,
    udp,
)
from tests.wire.hellos import in_records, server_name, written_hello
from tests.wire.initials import crypto, initial

MDNS = ("224.0.0.251", 5353)
HELLO = written_hello([server_name("a.example")])


def see(witness: Witness, sender: str, data: bytes) -> list[Fact]:
    packet = decode_packet(data)
    assert packet is not None
    facts = witness.see(mac_text(mac(sender)), packet, data[packet.at :])
    return [fact for fact in facts if not isinstance(fact, Present)]


def labels(name: str) -> bytes:
    return b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0"


def record(name: str, kind: int, data: bytes, ttl: int = 120) -> bytes:
    return labels(name) + struct.pack("!HHIH", kind, 0x8001, ttl, len(data)) + data


def announcement(*records: bytes) -> bytes:
    return struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def address(text: str) -> bytes:
    packet = decode_packet(udp((text, 1), (text, 1), b""))
    assert packet is not None
    return record("host.local", 1 if len(packet.source) == 4 else 28, packet.source)


def texts(*pairs: bytes) -> bytes:
    return b"".join(bytes((len(pair),)) + pair for pair in pairs)


CAST = "Home-Mini._googlecast._tcp.local"
CAST_TEXT = record(CAST, 16, texts(b"md=Google Home Mini", b"ca=2052"))
CAST_PORT = record(CAST, 33, struct.pack("!HHH", 0, 0, 8009) + labels("host.local"))


def test_a_sender_uses_its_address() -> None:
    witness = Witness()
    packet = decode_packet(udp((SPEAKER_IP, 1), (CLOUD_IP, 2), b"x"))
    assert packet is not None
    facts = list(witness.see(mac_text(mac(SPEAKER)), packet, b"x"))
    assert facts == [Present(SPEAKER, SPEAKER_IP)]


def test_arp_shows_who_uses_an_address() -> None:
    facts = list(Witness().see_arp(mac_text(mac(SPEAKER)), bytes([192, 168, 1, 7])))
    assert facts == [Present(SPEAKER, SPEAKER_IP)]


def test_a_dhcp_request_shows_what_a_device_says_of_itself() -> None:
    options = [
        ("message-type", "request"),
        ("hostname", b"amazon-1"),
        ("param_req_list", [1, 3]),
        "end",
    ]
    request = bytes(BOOTP(chaddr=mac(SPEAKER) + bytes(10)) / DHCP(options=options))
    facts = see(Witness(), SPEAKER, udp(("0.0.0.0", 68), ("255.255.255.255", 67), request))
    assert facts == [Leased(SPEAKER, None, "amazon-1", None, (1, 3))]


def test_a_dhcp_acknowledgement_shows_the_address_of_its_client() -> None:
    boot = BOOTP(op=2, chaddr=mac(SPEAKER) + bytes(10), yiaddr=SPEAKER_IP)
    reply = bytes(boot / DHCP(options=[("message-type", "ack"), "end"]))
    data = udp((ROUTER_IP, 67), (SPEAKER_IP, 68), reply)
    packet = decode_packet(data)
    assert packet is not None
    facts = list(Witness().see(mac_text(mac(ROUTER)), packet, data[packet.at :]))
    assert Present(SPEAKER, SPEAKER_IP) in facts


def test_a_service_is_put_together_from_its_records() -> None:
    pointer = record("_googlecast._tcp.local", 12, labels(CAST))
    message = announcement(pointer, CAST_TEXT, CAST_PORT, address(SPEAKER_IP))
    facts = see(Witness(), SPEAKER, udp((SPEAKER_IP, 5353), MDNS, message))
    pairs = (("md", "Google Home Mini"), ("ca", "2052"))
    assert facts == [Announced(SPEAKER, "_googlecast._tcp", "Home-Mini", pairs, 8009)]


def test_a_service_that_says_good_bye_is_not_announced() -> None:
    message = announcement(record(CAST, 16, texts(b"md=x"), ttl=0))
    assert see(Witness(), SPEAKER, udp((SPEAKER_IP, 5353), MDNS, message)) == []


def test_what_a_device_asks_by_mdns_it_looks_for() -> None:
    question = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + labels("_amzn-alexa._tcp.local")
    message = question + struct.pack("!HH", 12, 1)
    facts = see(Witness(), SPEAKER, udp((SPEAKER_IP, 5353), MDNS, message))
    assert facts == [Sought(SPEAKER, "_amzn-alexa._tcp")]


def test_a_reflected_record_belongs_to_the_owner_of_its_address() -> None:
    witness = Witness()
    see(witness, SPEAKER, udp((SPEAKER_IP, 1), (ROUTER_IP, 2), b"x"))
    message = announcement(CAST_TEXT, address(SPEAKER_IP))
    (fact,) = see(witness, PHONE, udp((PHONE_IP, 5353), MDNS, message))
    assert fact.device == SPEAKER


def test_a_reflected_record_of_an_unknown_host_belongs_to_nobody() -> None:
    message = announcement(CAST_TEXT, address("192.168.77.3"))
    assert see(Witness(), PHONE, udp((PHONE_IP, 5353), MDNS, message)) == []


def test_an_ipv6_address_not_seen_yet_may_be_the_senders_own() -> None:
    message = announcement(CAST_TEXT, address("fe80::7"))
    (fact,) = see(Witness(), SPEAKER, udp((SPEAKER_IP, 5353), MDNS, message))
    assert fact.device == SPEAKER


def test_ssdp_tells_offers_from_searches() -> None:
    offer = (
        b"NOTIFY * HTTP/1.1\r\nNT: urn:schemas-upnp-org:device:ZonePlayer:1\r\nSERVER: S\r\n\r\n"
    )
    search = b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n"
    empty = b"M-SEARCH * HTTP/1.1\r\n\r\n"
    group = ("239.255.255.250", 1900)
    facts = [
        fact
        for payload in (offer, search, empty)
        for fact in see(Witness(), SPEAKER, udp((SPEAKER_IP, 1900), group, payload))
    ]
    assert facts == [
        Offered(SPEAKER, "urn:schemas-upnp-org:device:ZonePlayer:1", "S"),
        Sought(SPEAKER, "ssdp:all"),
    ]


def test_a_question_to_a_resolver_shows_the_name_and_the_resolver() -> None:
    question = dns.message.make_query("WWW.Google.com", "A").to_wire()
    facts = see(Witness(), SPEAKER, udp((SPEAKER_IP, 4000), ("8.8.8.8", 53), question))
    assert facts == [Asked(SPEAKER, "www.google.com", "8.8.8.8")]


def test_the_host_of_a_plain_request_is_a_name_too() -> None:
    request = (
        b"GET /generate_204 HTTP/1.1\r\nUser-Agent: x\r\nHost: FireOSCaptivePortal.com\r\n\r\n"
    )
    facts = see(Witness(), SPEAKER, tcp((SPEAKER_IP, 4000), (CLOUD_IP, 80), request))
    assert facts == [Asked(SPEAKER, "fireoscaptiveportal.com", CLOUD_IP)]


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_hello_over_tcp_is_seen_in_any_order_of_segments(pieces: int) -> None:
    witness, stream = Witness(), in_records(HELLO)
    ends = (SPEAKER_IP, 50000), (CLOUD_IP, 443)
    see(witness, SPEAKER, tcp(*ends, sequence=99, flags=SYN))
    size = -(-len(stream) // pieces)
    facts = [
        fact
        for at in reversed(range(0, len(stream), size))
        for fact in see(witness, SPEAKER, tcp(*ends, stream[at : at + size], sequence=100 + at))
    ]
    (fact,) = facts
    assert isinstance(fact, Greeted)
    assert (fact.device, fact.transport, fact.server) == (SPEAKER, Transport.TCP, CLOUD_IP)
    assert fact.hello.sni == "a.example"


def test_a_hello_over_quic_is_seen_once() -> None:
    witness = Witness()
    data = udp((SPEAKER_IP, 50000), (CLOUD_IP, 443), initial(crypto(0, HELLO)))
    (fact,) = see(witness, SPEAKER, data)
    assert isinstance(fact, Greeted)
    assert fact.transport is Transport.UDP
    assert see(witness, SPEAKER, data) == []


def test_flows_without_a_hello_are_forgotten_beyond_a_bound() -> None:
    witness = Witness()
    ends = (SPEAKER_IP, 50000), (CLOUD_IP, 443)
    stream = in_records(HELLO)
    see(witness, SPEAKER, tcp(*ends, stream[:50], sequence=1))
    for port in range(MAX_PENDING):
        see(witness, SPEAKER, tcp((SPEAKER_IP, port + 1), (CLOUD_IP, 444), b"\x16", sequence=1))
    assert see(witness, SPEAKER, tcp(*ends, stream[50:], sequence=51)) == []


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        pytest.param(
            tcp((SPEAKER_IP, 55443), (PHONE_IP, 50000), flags=SYN | ACK),
            [Served(SPEAKER, Transport.TCP, 55443)],
            id="it answers on a port that tells it apart",
        ),
        pytest.param(
            tcp((SPEAKER_IP, 50000), (PHONE_IP, 55443), b"\x16", flags=ACK),
            [Sought(SPEAKER, "tcp/55443")],
            id="it connects to an Echo",
        ),
        pytest.param(
            udp((SPEAKER_IP, 55444), (PHONE_IP, 55444), bytes(8)),
            [Served(SPEAKER, Transport.UDP, 55444)],
            id="it keeps time with another speaker",
        ),
        pytest.param(
            tcp((SPEAKER_IP, 8009), (CLOUD_IP, 443), b"x"),
            [],
            id="the port of a client says nothing",
        ),
        pytest.param(
            tcp((SPEAKER_IP, 9999), (PHONE_IP, 50000), b"x"), [], id="other ports say nothing"
        ),
    ],
)
def test_ports_on_the_lan_show_what_a_device_serves(data: bytes, facts: list[Fact]) -> None:
    assert see(Witness(), SPEAKER, data) == facts


@pytest.mark.parametrize("port", [53, 67, 1900, 5353, 443])
def test_malformed_messages_show_nothing(port: int) -> None:
    source = 68 if port == 67 else port
    assert see(Witness(), SPEAKER, udp((SPEAKER_IP, source), (CLOUD_IP, port), b"\xff" * 30)) == []


def test_a_fragment_shows_only_that_its_sender_is_there() -> None:
    data = bytearray(udp((SPEAKER_IP, 5353), MDNS, announcement(CAST_TEXT)))
    data[6] |= 0x20
    assert see(Witness(), SPEAKER, bytes(data)) == []
