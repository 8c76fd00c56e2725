"""Who is who on the LAN: routers, hosts with many addresses, and captures without either."""

import ipaddress

import pytest

from hushgate.core.lan import (
    MAX_ADDRESSES,
    MAX_HOSTS,
    MAX_PUBLIC,
    Lan,
    Passage,
    address_text,
    is_group,
    is_lan,
    mac_text,
)
from hushgate.core.model import Mac
from hushgate.wire.ip import ACK, SYN, Packet, decode_packet
from tests.wire.frames import CLOUD_IP, PHONE_IP, SPEAKER_IP, tcp, udp

SPEAKER, ROUTER = Mac("fc:65:de:00:00:01"), Mac("02:00:00:00:00:fe")
HOST, CLOUD = ("2001:db8::7", 50000), ("2001:db8:9::1", 443)


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def decoded(data: bytes) -> Packet:
    packet = decode_packet(data)
    assert packet is not None
    return packet


def sent(source: str, target: str, ports: tuple[int, int] = (50000, 443)) -> Packet:
    return decoded(udp((source, ports[0]), (target, ports[1]), b"x"))


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.168.1.7", True),
        ("10.63.7.79", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("169.254.3.4", True),
        ("100.64.0.1", True),
        ("224.0.0.251", True),
        ("255.255.255.255", True),
        ("8.8.8.8", False),
        ("fe80::1", True),
        ("fd00::1", True),
        ("ff02::fb", True),
        ("::1", True),
        ("2001:db8::1", False),
    ],
)
def test_private_and_group_addresses_never_leave_the_house(address: str, inside: bool) -> None:
    assert is_lan(packed(address)) is inside


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("224.0.0.251", True),
        ("192.168.1.255", True),
        ("0.0.0.0", True),
        ("192.168.1.7", False),
        ("ff02::fb", True),
        ("::", True),
        ("fe80::1", False),
    ],
)
def test_group_addresses_mean_nobody_in_particular(address: str, group: bool) -> None:
    assert is_group(packed(address)) is group


def test_all_addresses_of_a_hardware_address_are_one_device() -> None:
    lan = Lan()
    for address in (SPEAKER_IP, "fe80::1", "2001:db8:1::7"):
        lan.see(SPEAKER, packed(address))
    assert lan.device_of(packed("2001:db8:1::7")) == SPEAKER
    assert lan.addresses_of(SPEAKER) == [SPEAKER_IP, "2001:db8:1::7", "fe80::1"]
    assert SPEAKER in lan


def test_an_address_belongs_to_the_device_that_used_it_last() -> None:
    lan = Lan()
    lan.see(SPEAKER, packed(SPEAKER_IP))
    lan.see(Mac("fc:65:de:00:00:02"), packed(SPEAKER_IP))
    assert lan.device_of(packed(SPEAKER_IP)) == "fc:65:de:00:00:02"
    assert lan.addresses_of(SPEAKER) == []


def test_a_sender_of_many_public_addresses_is_a_router_and_owns_nothing() -> None:
    lan = Lan()
    lan.see(ROUTER, packed("192.168.1.1"))
    for number in range(MAX_PUBLIC + 1):
        lan.see(ROUTER, packed(f"203.0.113.{number}"))
    lan.see(ROUTER, packed(CLOUD_IP))
    assert lan.device_of(packed("192.168.1.1")) == "192.168.1.1"
    assert lan.device_of(packed(CLOUD_IP)) is None
    assert lan.router_at("192.168.1.1") == ROUTER
    assert lan.router_at(SPEAKER_IP) is None


def test_a_few_forged_frames_make_nobody_a_router() -> None:
    lan = Lan()
    lan.see(SPEAKER, packed(SPEAKER_IP))
    for number in range(MAX_PUBLIC):
        lan.see(SPEAKER, packed(f"203.0.113.{number}"))
    assert lan.device_of(packed(SPEAKER_IP)) == SPEAKER
    assert lan.device_of(packed("203.0.113.1")) is None
    assert lan.forwards(SPEAKER)
    assert not lan.forwards(ROUTER)


def test_a_sender_from_many_ipv6_networks_is_a_router() -> None:
    lan = Lan()
    lan.see(ROUTER, packed("fe80::fe"))
    for network in range(4):
        lan.see(ROUTER, packed(f"2001:db8:{network}::1"))
    assert lan.device_of(packed("2001:db8:3::1")) is None


@pytest.mark.parametrize(
    ("address", "target", "owner"),
    [
        pytest.param("2001:db8::fe65:deff:fe00:1", "2001:db8:9::1", SPEAKER, id="made of its own"),
        pytest.param("2001:db8::7", "ff02::fb", SPEAKER, id="for a group of the link"),
        pytest.param("2001:db8::7", "2001:db8:9::1", None, id="may be forwarded"),
    ],
)
def test_a_host_without_an_address_of_the_lan_is_told_by_its_ipv6(
    address: str, target: str, owner: str | None
) -> None:
    lan = Lan()
    lan.see(SPEAKER, packed(address), packed(target))
    assert lan.device_of(packed(address)) == owner


@pytest.mark.parametrize(
    ("data", "owner"),
    [
        pytest.param(tcp(HOST, CLOUD, flags=SYN), SPEAKER, id="a SYN"),
        pytest.param(udp(HOST, (CLOUD[0], 53), b"x"), SPEAKER, id="a question"),
        pytest.param(tcp(HOST, CLOUD, b"x"), None, id="the middle of a flow"),
        pytest.param(tcp(HOST, CLOUD, flags=SYN | ACK), None, id="an answer to a SYN"),
        pytest.param(udp((HOST[0], 443), CLOUD, b"x"), None, id="from one service to another"),
    ],
)
def test_who_opens_flows_from_ipv6_is_a_host(data: bytes, owner: str | None) -> None:
    lan = Lan()
    lan.see_packet(SPEAKER, decoded(data))
    assert lan.device_of(packed(HOST[0])) == owner


def test_who_opens_flows_and_carries_public_ipv4_is_no_host() -> None:
    lan = Lan()
    lan.see_packet(ROUTER, decoded(tcp(HOST, CLOUD, flags=SYN)))
    lan.see_packet(ROUTER, decoded(tcp((CLOUD_IP, 443), (SPEAKER_IP, 50000), b"x")))
    assert lan.device_of(packed(HOST[0])) is None


def test_a_host_whose_address_was_seen_before_is_known_by_its_first_flow() -> None:
    lan = Lan()
    for data in (tcp(HOST, CLOUD, b"x"), tcp(HOST, CLOUD, flags=SYN)):
        lan.see_packet(SPEAKER, decoded(data))
    assert lan.device_of(packed(HOST[0])) == SPEAKER


@pytest.mark.parametrize(
    ("source", "target", "passage"),
    [
        pytest.param(SPEAKER_IP, CLOUD_IP, Passage(SPEAKER, is_upload=True), id="out"),
        pytest.param(CLOUD_IP, SPEAKER_IP, Passage(SPEAKER, is_upload=False), id="in"),
        pytest.param(SPEAKER_IP, PHONE_IP, None, id="within the LAN"),
        pytest.param(SPEAKER_IP, "224.0.0.251", None, id="to everybody"),
        pytest.param(CLOUD_IP, "239.255.255.250", None, id="from outside to everybody"),
        pytest.param(
            "198.51.100.1", CLOUD_IP, Passage("198.51.100.1", is_upload=True), id="both outside"
        ),
    ],
)
def test_a_packet_belongs_to_the_end_that_is_on_the_lan(
    source: str, target: str, passage: Passage | None
) -> None:
    lan = Lan()
    lan.see(SPEAKER, packed(SPEAKER_IP))
    assert lan.passage_of(sent(source, target)) == passage


def test_outside_the_end_with_the_higher_port_is_the_device() -> None:
    answer = sent(CLOUD_IP, "198.51.100.1", (443, 50000))
    assert Lan().passage_of(answer) == Passage("198.51.100.1", is_upload=False)


def test_a_hostile_lan_cannot_fill_the_memory() -> None:
    lan = Lan()
    for number in range(MAX_ADDRESSES + 50):
        lan.see(SPEAKER, (0x0A000001 + number).to_bytes(4))
    assert len(lan.addresses_of(SPEAKER)) <= MAX_ADDRESSES


def test_a_flood_of_strangers_does_not_make_a_busy_host_unknown() -> None:
    lan = Lan()
    for number in range(MAX_HOSTS + 50):
        lan.see(SPEAKER, packed(SPEAKER_IP))
        lan.see(Mac(f"stranger {number}"), (0x0A000001 + number).to_bytes(4))
    assert lan.device_of(packed(SPEAKER_IP)) == SPEAKER
    assert "stranger 0" not in lan


def test_groups_and_nameless_senders_are_not_remembered() -> None:
    lan = Lan()
    lan.see(None, packed(SPEAKER_IP))
    lan.see(SPEAKER, packed("0.0.0.0"))
    assert SPEAKER not in lan
    assert lan.device_of(packed(SPEAKER_IP)) == SPEAKER_IP


def test_addresses_are_written_as_people_do() -> None:
    assert address_text(packed("2001:db8::1")) == "2001:db8::1"
    assert mac_text(bytes.fromhex("fc65de000001")) == SPEAKER
