"""Packet headers: against scapy, cut at every byte, and on contradictions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import ARP, CookedLinux, Dot1Q, Ether
from scapy.packet import Packet as ScapyPacket
from scapy.packet import Raw

from hushgate.wire import ip
from hushgate.wire.errors import WireError

V4 = IP(src="192.168.1.7", dst="203.0.113.9")
V6 = IPv6(src="2001:db8::7", dst="2001:db8::9")
TCP_HELLO = TCP(sport=50123, dport=443, seq=77, flags="PA", options=[("NOP", None)] * 4)


@pytest.mark.parametrize("network", [pytest.param(V4, id="IPv4"), pytest.param(V6, id="IPv6")])
@pytest.mark.parametrize(
    ("transport", "protocol", "size"),
    [
        pytest.param(TCP_HELLO / Raw(b"hello"), ip.TCP, 5, id="TCP with options"),
        pytest.param(UDP(sport=50123, dport=443) / Raw(b"hi"), ip.UDP, 2, id="UDP"),
    ],
)
def test_headers_read_as_scapy_wrote_them(
    network: ScapyPacket, transport: ScapyPacket, protocol: int, size: int
) -> None:
    data = bytes(network / transport)
    packet = ip.decode_packet(data)
    assert packet is not None
    assert (packet.protocol, packet.source_port, packet.target_port) == (protocol, 50123, 443)
    assert (packet.size, packet.fragment) == (size, False)
    assert data[packet.at :] == bytes(transport.payload)
    if protocol == ip.TCP:
        assert (packet.sequence, packet.flags) == (77, ip.ACK | 0x08)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(IPv6ExtHdrHopByHop(), id="hop by hop"),
        pytest.param(IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(), id="options and routing"),
        pytest.param(IPv6ExtHdrFragment(id=1), id="a fragment that is all"),
    ],
)
def test_ipv6_extension_headers_are_passed_over(headers: ScapyPacket) -> None:
    packet = ip.decode_packet(bytes(V6 / headers / UDP(sport=1, dport=2) / Raw(b"abc")))
    assert packet is not None
    assert (packet.protocol, packet.target_port, packet.size) == (ip.UDP, 2, 3)
    assert not packet.fragment


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(IP(dst="203.0.113.9", frag=100, proto=17) / Raw(bytes(20)), id="IPv4"),
        pytest.param(V6 / IPv6ExtHdrFragment(offset=100, nh=17) / Raw(bytes(20)), id="IPv6"),
    ],
)
def test_a_later_fragment_has_no_ports(later: ScapyPacket) -> None:
    packet = ip.decode_packet(bytes(later))
    assert packet is not None
    assert (packet.protocol, packet.source_port, packet.fragment) == (ip.UDP, 0, True)
    assert packet.size == 20


def test_the_size_is_that_of_the_packet_not_of_the_copy() -> None:
    data = bytes(V4 / TCP_HELLO / Raw(bytes(1200)))
    packet = ip.decode_packet(data[:80])
    assert packet is not None
    assert packet.size == 1200


def test_a_card_that_cuts_packets_itself_leaves_the_length_empty() -> None:
    data = bytearray(bytes(V4 / TCP_HELLO / Raw(bytes(3000))))
    data[2:4] = b"\0\0"
    packet = ip.decode_packet(bytes(data))
    assert packet is not None
    assert packet.size == 3000


def test_other_protocols_have_no_ports() -> None:
    packet = ip.decode_packet(bytes(V4 / ICMP() / Raw(b"x")))
    assert packet is not None
    assert (packet.protocol, packet.source_port, packet.size) == (ip.ICMP, 0, 9)


@pytest.mark.parametrize("network", [pytest.param(V4, id="IPv4"), pytest.param(V6, id="IPv6")])
def test_what_is_cut_before_the_payload_gives_nothing(network: ScapyPacket) -> None:
    data = bytes(network / UDP(sport=1, dport=2))
    assert all(ip.decode_packet(data[:end]) is None for end in range(len(data)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x55" + bytes(60), id="version 5"),
        pytest.param(b"\x44" + bytes(60), id="IPv4 header of 16 bytes"),
        pytest.param(b"\x45\x00\x00\x10" + bytes(60), id="packet shorter than its header"),
        pytest.param(
            bytes(V4 / TCP(dataofs=3, sport=1, dport=2)), id="TCP header shorter than it can be"
        ),
        pytest.param(bytes(V4 / UDP(len=4, sport=1, dport=2)), id="UDP shorter than its header"),
        pytest.param(bytes(V4 / UDP(len=99, sport=1, dport=2)), id="UDP longer than its packet"),
        pytest.param(
            bytes(V6) + (b"\x3c\x00" + bytes(6)) * 12,
            id="more extension headers than anybody sends",
        ),
    ],
)
def test_contradictions_are_refused(data: bytes) -> None:
    if data[0] == 0x60:
        data = data[:4] + (12 * 8).to_bytes(2) + b"\x3c" + data[7:]
    with pytest.raises(WireError):
        ip.decode_packet(data)


@pytest.mark.parametrize(
    ("frame", "link_type", "source", "kind"),
    [
        pytest.param(
            Ether(src="fc:65:de:00:00:01") / V4,
            ip.ETHERNET,
            "fc:65:de:00:00:01",
            0x800,
            id="Ethernet",
        ),
        pytest.param(
            Ether(src="fc:65:de:00:00:01") / Dot1Q(vlan=3) / Dot1Q(vlan=4) / V6,
            ip.ETHERNET,
            "fc:65:de:00:00:01",
            0x86DD,
            id="two VLAN tags",
        ),
        pytest.param(
            CookedLinux(src=bytes.fromhex("fc65de0000010000"), lladdrlen=6, proto=0x800) / V4,
            ip.SLL,
            "fc:65:de:00:00:01",
            0x800,
            id="Linux cooked",
        ),
        pytest.param(V4, ip.RAW, "", 0x800, id="bare IPv4"),
        pytest.param(V6, ip.RAW, "", 0x86DD, id="bare IPv6"),
    ],
)
def test_link_headers_lead_to_the_packet(
    frame: ScapyPacket, link_type: int, source: str, kind: int
) -> None:
    data = bytes(frame)
    link = ip.decode_link(data, link_type)
    assert link is not None
    assert (link.source.hex(":"), link.kind) == (source, kind)
    assert data[link.at] >> 4 == (4 if kind == ip.IPV4 else 6)


def test_linux_cooked_version_2_is_read() -> None:
    header = b"\x08\x00" + bytes(8) + b"\x00\x06" + bytes.fromhex("fc65de0000010000")
    link = ip.decode_link(header + bytes(V4), ip.SLL2)
    assert link is not None
    assert (link.source.hex(":"), link.kind, link.at) == ("fc:65:de:00:00:01", ip.IPV4, 20)


@pytest.mark.parametrize("link_type", sorted(ip.LINK_TYPES))
def test_an_empty_frame_gives_nothing(link_type: int) -> None:
    assert ip.decode_link(b"", link_type) is None


def test_extension_headers_that_are_cut_give_nothing() -> None:
    data = bytes(V6 / IPv6ExtHdrHopByHop() / UDP(sport=1, dport=2))
    assert ip.decode_packet(data[:44]) is None


def test_an_authentication_header_counts_in_fours() -> None:
    authentication = b"\x11\x04" + bytes(22)
    data = bytearray(bytes(V6) + authentication + bytes(UDP(sport=1, dport=2, len=8)))
    data[4:7] = (24 + 8).to_bytes(2) + bytes((51,))
    packet = ip.decode_packet(bytes(data))
    assert packet is not None
    assert packet.target_port == 2


def test_an_extension_header_that_reaches_past_the_end_is_refused() -> None:
    data = bytearray(bytes(V6) + b"\x11\x09" + bytes(6))
    data[4:7] = (8).to_bytes(2) + bytes((60,))
    with pytest.raises(WireError):
        ip.decode_packet(bytes(data))


def test_an_unknown_link_type_is_refused() -> None:
    with pytest.raises(WireError):
        ip.decode_link(bytes(60), 105)


def test_arp_tells_who_it_is_from() -> None:
    frame = bytes(Ether() / ARP(op=1, hwsrc="fc:65:de:00:00:01", psrc="192.168.1.7"))
    assert ip.decode_arp(frame, 14) == (bytes.fromhex("fc65de000001"), bytes([192, 168, 1, 7]))
    assert ip.decode_arp(frame[:30], 14) is None


def test_an_arp_probe_has_no_address_yet() -> None:
    frame = bytes(Ether() / ARP(op=1, hwsrc="fc:65:de:00:00:01", psrc="0.0.0.0"))
    assert ip.decode_arp(frame, 14) is None


@given(st.binary(max_size=120), st.sampled_from([0x45, 0x46, 0x60]))
def test_garbage_gives_a_packet_nothing_or_a_wire_error(data: bytes, first: int) -> None:
    data = bytes((first,)) + data
    try:
        packet = ip.decode_packet(data)
    except WireError:
        return
    assert packet is None or packet.size >= 0
