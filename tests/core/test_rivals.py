"""Who else in the LAN may be a speaker's way out."""

import struct

import pytest

from hushgate.core.model import Instant, Mac
from hushgate.core.rivals import KEPT, MOST, Place, Rivals
from tests.wire.frames import PHONE, ROUTER, ROUTER_IP, arp, frame, packet, udp

OURS, OURS6 = "192.168.1.2", "fe80::2"
RIVAL6 = "fe80::99"
NOW = Instant(100.0)
OUR_MAC = "02:00:00:00:00:02"
HERE = Place(own=frozenset((OURS, OURS6, OUR_MAC)))


def advertisement(source: str = RIVAL6, mac: str = PHONE, lifetime: int = 1800) -> bytes:
    """RFC 4861 section 4.2."""
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, lifetime, 0, 0)
    return frame(mac, "33:33:00:00:00:01", packet(source, "ff02::1", 58, body))


def lease(*routers: str, reply: int = 2) -> bytes:
    """RFC 2131 section 2, with options 53 and 3."""
    gateways = b"".join(bytes(map(int, each.split("."))) for each in routers)
    fixed = struct.pack("!BBBBIHH", reply, 1, 6, 0, 7, 0, 0) + bytes(228 - 4)
    options = b"\x63\x82\x53\x63\x35\x01\x02"
    options += (bytes((3, len(gateways))) + gateways if gateways else b"") + b"\xff"
    return frame(
        PHONE, "ff:ff:ff:ff:ff:ff", udp(("0.0.0.0", 67), ("255.255.255.255", 68), fixed + options)
    )


def said(
    *frames: bytes, place: Place = HERE, by_address: bool = False, later: float = 0
) -> list[str]:
    rivals = Rivals()
    rivals.place = place
    for each in frames:
        rivals.take(each, NOW)
    return rivals.problems(Instant(NOW + later), by_address=by_address)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        pytest.param(advertisement(), "router for IPv6 (fe80::99)", id="a router for IPv6"),
        pytest.param(
            lease("192.168.1.99"), "by DHCP to use another router (192.168.1.99)", id="a lease"
        ),
        pytest.param(arp(PHONE, OURS), f"this gateway's address ({OURS})", id="our own address"),
    ],
)
def test_another_way_out_is_a_problem_that_names_who_it_is(seen: bytes, words: str) -> None:
    (problem,) = said(seen)
    assert problem.startswith(PHONE)
    assert words in problem
    assert "NOT guarded" in problem


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(advertisement(OURS6), id="our own advertisement"),
        pytest.param(arp(OUR_MAC, OURS), id="our own word, heard by another card of ours"),
        pytest.param(advertisement(lifetime=0), id="prefixes only, from a router that is none"),
        pytest.param(lease(OURS), id="a lease that leads to us"),
        pytest.param(lease(), id="a lease without a router"),
        pytest.param(lease("192.168.1.99", reply=1), id="a device's own question"),
        pytest.param(arp(PHONE, ROUTER_IP), id="anybody's address"),
        pytest.param(b"\0" * 30, id="nonsense"),
        pytest.param(advertisement()[:50], id="half a frame"),
    ],
)
def test_what_leads_nobody_elsewhere_is_none(seen: bytes) -> None:
    assert said(seen) == []


BEHIND = frozenset((ROUTER, ROUTER_IP, RIVAL6))


@pytest.mark.parametrize(
    ("place", "by_address", "count"),
    [
        pytest.param(Place(upstream=BEHIND, routes=False), False, 0, id="on a bridge to it"),
        pytest.param(Place(upstream=BEHIND), True, 0, id="where it sends the speakers here"),
        pytest.param(Place(upstream=BEHIND), False, 2, id="beside it"),
    ],
)
def test_the_router_we_go_through_is_a_way_round_us_only_beside_it(
    place: Place, by_address: bool, count: int
) -> None:
    frames = advertisement(mac=ROUTER), lease(ROUTER_IP)
    assert len(said(*frames, place=place, by_address=by_address)) == count


def test_who_is_gone_is_forgotten() -> None:
    assert said(advertisement(), later=KEPT)
    assert said(advertisement(), later=KEPT + 1) == []


def test_a_flood_of_routers_is_bounded_and_so_is_what_is_said_of_it() -> None:
    rivals = Rivals()
    for number in range(1000):
        rivals.take(advertisement(f"fe80::{number + 3:x}"), NOW)
    assert len(rivals._heard) == MOST
    assert len(rivals.problems(NOW)) == 3


def test_a_router_that_the_owner_wants_is_no_problem_unless_it_says_to_be_this_one() -> None:
    rivals = Rivals()
    rivals.place = HERE
    rivals.take(advertisement(), NOW)
    rivals.take(lease("192.168.1.99"), NOW)
    assert rivals.problems(NOW, accepted=(Mac(PHONE),)) == []
    assert len(rivals.problems(NOW, accepted=(Mac("02:00:00:00:00:77"),))) == 2
    rivals.take(arp(PHONE, OURS), NOW)
    assert len(rivals.problems(NOW, accepted=(Mac(PHONE),))) == 1
