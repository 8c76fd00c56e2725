"""One device's packets become events: order, repeats, late joins, names, bounds."""

import dns.message
import dns.rrset

from hushgate.core.follow import MAX_FLOWS, Follower
from hushgate.core.lan import Lan, mac_text
from hushgate.core.model import Instant
from hushgate.core.trace import Direction, TraceEvent
from hushgate.wire.ip import decode_packet
from tests.wire.frames import (
    ACK,
    CLOUD_IP,
    PHONE_IP,
    ROUTER_IP,
    SPEAKER,
    SPEAKER_IP,
    SYN,
    mac,
    tcp,
    udp,
)
from tests.wire.hellos import in_records, server_name, written_hello

SPEAKER_END, CLOUD_END = (SPEAKER_IP, 50000), (CLOUD_IP, 443)
HELLO = in_records(written_hello([server_name("guzzoni.apple.com")]))


class Conversation:
    """Feeds a follower and keeps the events."""

    def __init__(self) -> None:
        lan = Lan()
        for address in (SPEAKER_IP, "2001:db8::7"):
            lan.see(mac_text(mac(SPEAKER)), _packed(address))
        self.follower = Follower(lan, SPEAKER)
        self.events: list[TraceEvent] = []
        self._now = 0.0

    def see(self, data: bytes) -> None:
        packet = decode_packet(data)
        assert packet is not None
        payload = data[packet.at :]
        self._now += 1.0
        event = self.follower.follow(packet, payload, Instant(self._now))
        if event is not None:
            self.events.append(event)

    def up(self, payload: bytes, sequence: int, flags: int = ACK) -> None:
        self.see(tcp(SPEAKER_END, CLOUD_END, payload, sequence=sequence, flags=flags))

    def down(self, payload: bytes, sequence: int, flags: int = ACK) -> None:
        self.see(tcp(CLOUD_END, SPEAKER_END, payload, sequence=sequence, flags=flags))

    def shape(self) -> list[tuple[int, tuple[int, ...] | None]]:
        return [(event.size, event.records) for event in self.events]


def _packed(address: str) -> bytes:
    packet = decode_packet(udp((address, 1), (address, 2), b""))
    assert packet is not None
    return packet.source


def record(size: int) -> bytes:
    return b"\x17\x03\x03" + size.to_bytes(2) + bytes(size)


def test_a_repeated_segment_counts_once() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.up(HELLO, 100)
    talk.up(HELLO, 100)
    talk.up(record(20), 100 + len(HELLO))
    assert talk.shape() == [(len(HELLO), ()), (25, (20,))]


def test_early_bytes_count_when_they_come_and_their_records_when_they_are_in_order() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.up(record(20), 100 + len(HELLO))
    talk.up(HELLO, 100)
    assert talk.shape() == [(25, ()), (len(HELLO), (20,))]


def test_a_repeated_syn_begins_nothing_anew() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.up(HELLO, 100)
    talk.up(b"", 99, SYN)
    talk.up(HELLO, 100)
    assert talk.shape() == [(len(HELLO), ())]


def test_a_connection_on_the_same_ports_is_another_one() -> None:
    talk = Conversation()
    for isn in (99, 7777):
        talk.up(b"", isn, SYN)
        talk.up(HELLO, isn + 1)
    assert talk.shape() == [(len(HELLO), ())] * 2


def test_a_connection_joined_late_has_records_from_a_sure_header_on() -> None:
    talk = Conversation()
    talk.up(bytes(700), 5000)
    talk.up(record(20), 5700)
    talk.up(record(30), 5725)
    assert talk.shape() == [(700, None), (25, (20,)), (35, (30,))]


def test_a_hole_in_the_capture_makes_records_unknown_until_a_sure_header() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.up(record(20), 100)
    talk.up(b"\xaa" * 1000, 100 + 2**25)
    talk.up(record(30), 100 + 2**25 + 1000)
    assert talk.shape() == [(25, (20,)), (1000, None), (35, (30,))]


def test_what_is_not_tls_never_has_records() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.up(b"GET / HTTP/1.1\r\n", 100)
    talk.up(record(20), 116)
    assert talk.shape() == [(16, None), (25, None)]


def test_both_directions_are_one_flow() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    talk.down(b"", 499, SYN | ACK)
    talk.down(record(5), 500)
    talk.up(record(6), 100)
    first, second = talk.events
    assert first.flow == second.flow
    assert [first.direction, second.direction] == [Direction.DOWN, Direction.UP]
    assert talk.shape() == [(10, (5,)), (11, (6,))]


def answer(name: str, *addresses: str) -> bytes:
    message = dns.message.make_response(dns.message.make_query(name, "A"))
    message.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", "alias.example."))
    message.answer.append(dns.rrset.from_text("alias.example.", 60, "IN", "A", *addresses))
    return message.to_wire()


def test_a_flow_is_named_by_dns_and_better_by_its_hello() -> None:
    talk = Conversation()
    talk.see(udp((ROUTER_IP, 53), (SPEAKER_IP, 4000), answer("cdn.example", CLOUD_IP)))
    talk.up(b"", 99, SYN)
    talk.up(b"\x16", 100)
    (flow,) = {event.flow for event in talk.events}
    assert talk.follower.names == {flow: "cdn.example"}
    talk.up(HELLO[1:], 101)
    assert talk.follower.names == {flow: "guzzoni.apple.com"}


def test_what_dns_told_another_device_names_nothing() -> None:
    talk = Conversation()
    talk.see(udp((ROUTER_IP, 53), (PHONE_IP, 4000), answer("cdn.example", CLOUD_IP)))
    talk.see(udp((ROUTER_IP, 53), (SPEAKER_IP, 4000), b"no DNS"))
    talk.up(record(5), 100)
    assert talk.follower.names == {}


def test_datagrams_count_each_and_empty_ones_not_at_all() -> None:
    talk = Conversation()
    for payload in (b"abc", b"abc", b""):
        talk.see(udp(SPEAKER_END, CLOUD_END, payload))
    assert talk.shape() == [(3, None), (3, None)]


def test_ipv6_flows_of_the_device_are_its_own() -> None:
    talk = Conversation()
    talk.see(udp(("2001:db8::7", 5), ("2001:db9::1", 443), b"abc"))
    assert talk.shape() == [(3, None)]


def test_talk_on_the_lan_and_of_others_is_no_event() -> None:
    talk = Conversation()
    talk.see(udp(SPEAKER_END, (PHONE_IP, 5000), b"abc"))
    talk.see(udp((PHONE_IP, 5000), CLOUD_END, b"abc"))
    talk.see(udp(SPEAKER_END, ("224.0.0.251", 5353), b"abc"))
    assert talk.events == []


def test_the_flow_that_was_quiet_longest_is_forgotten_first() -> None:
    talk = Conversation()
    talk.up(b"", 99, SYN)
    for port in range(MAX_FLOWS):
        talk.see(udp((SPEAKER_IP, 1 + port), ("203.0.113.10", 9), b"x"))
    talk.up(record(20), 100)
    talk.up(bytes(9), 125)
    assert talk.shape()[-2:] == [(25, (20,)), (9, None)]
