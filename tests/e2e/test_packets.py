"""What of a speaker's packets leaves the house, seen at the other side of the gateway's line.

Each kind of packet is sent twice: by the neighbor, who may, so that the way exists and is seen; and
by a speaker outside its window, of which nothing may arrive. Over IPv4 and IPv6.
"""

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
    fragment6,
)
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.packet import Packet, Raw

from hushgate.core.model import Mac
from hushgate.core.ruleset import render_open, render_speakers, render_table
from hushgate.core.wiring import QueueKind, Wiring
from tests.e2e.farend import FarEnd, Port, new_marker
from tests.e2e.gateprocess import PATIENCE
from tests.home.network import CLOUD_4, CLOUD_6, GATEWAY, NEIGHBOR, SPEAKERS, Namespace, Network

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("one_processor")]

KITCHEN = Mac(SPEAKERS["kitchen"])
HOST = "50"
"""Last part of the cloud's address that everything is sent to."""
TABLE = render_table([KITCHEN], Wiring(), queue=QueueKind.NONE)
_numbers = itertools.count(1)
_NUMBERS = {"kitchen": 11, "bedroom": 12, "neighbor": 20}
"""Last parts of the hosts' addresses."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A host of the LAN, and the address family that is its turn."""

    port: Port
    number: int
    family: int
    router: str

    def ip(self, **fields: int) -> Packet:
        """Return the headers of a packet to the cloud."""
        link = Ether(src=self.port.mac, dst=self.router)
        if self.family == 4:
            return link / IP(src=f"{GATEWAY.lan4}{self.number}", dst=f"{CLOUD_4}{HOST}", **fields)
        return link / IPv6(src=f"{GATEWAY.lan6}{self.number}", dst=f"{CLOUD_6}{HOST}")

    def protocol(self, number: int, content: bytes) -> Packet:
        """Return a packet of an IP protocol that scapy need not know."""
        packet = self.ip()
        packet.lastlayer().setfieldval("proto" if self.family == 4 else "nh", number)
        return packet / Raw(content)


type Kind = Callable[[Sender, bytes], list[Packet]]


def tcp(**fields: object) -> Kind:
    fields = {"sport": 40001, "dport": 443, "seq": 1000, **fields}
    return lambda sender, payload: [sender.ip() / TCP(**fields) / Raw(payload)]


def udp(port: int, prefix: bytes = b"", **fields: object) -> Kind:
    fields = {"sport": 40002, "dport": port, **fields}
    return lambda sender, payload: [sender.ip() / UDP(**fields) / Raw(prefix + payload)]


def protocol(number: int, prefix: bytes = b"") -> Kind:
    return lambda sender, payload: [sender.protocol(number, prefix + payload)]


def ping(sender: Sender, payload: bytes) -> list[Packet]:
    echo = ICMP(type=8) if sender.family == 4 else ICMPv6EchoRequest()
    return [sender.ip() / echo / Raw(payload)]


def ping_reply(sender: Sender, payload: bytes) -> list[Packet]:
    echo = ICMP(type=0, id=7) if sender.family == 4 else ICMPv6EchoReply(id=7)
    return [sender.ip() / echo / Raw(payload)]


def sctp(sender: Sender, payload: bytes) -> list[Packet]:
    return [sender.ip() / SCTP(sport=5000, dport=5000) / SCTPChunkData(data=payload)]


def gre(sender: Sender, payload: bytes) -> list[Packet]:
    return [sender.ip() / GRE() / MPLS() / Raw(payload)]


def six_in_four(sender: Sender, payload: bytes) -> list[Packet]:
    inner = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(dport=9) / Raw(payload)
    return [sender.protocol(41, bytes(inner))]


def esp(sender: Sender, payload: bytes) -> list[Packet]:
    return [sender.ip() / ESP(spi=7, seq=1, data=payload)]


def ah(sender: Sender, payload: bytes) -> list[Packet]:
    return [sender.ip() / AH(spi=7, icv=bytes(12)) / UDP(sport=40003, dport=9) / Raw(payload)]


def fragments(sender: Sender, payload: bytes) -> list[Packet]:
    content = UDP(sport=40004, dport=4500) / Raw(payload * 40)
    number = next(_numbers)  # pieces of other packets with the same number would spoil this one
    if sender.family == 4:
        return list(fragment(sender.ip(id=number) / content, fragsize=256))
    return list(fragment6(sender.ip() / IPv6ExtHdrFragment(id=number) / content, 400))


def first_fragment_alone(sender: Sender, payload: bytes) -> list[Packet]:
    return fragments(sender, payload)[:1]


def second_fragment_alone(sender: Sender, payload: bytes) -> list[Packet]:
    return fragments(sender, payload)[1:2]


def extension_headers(sender: Sender, payload: bytes) -> list[Packet]:
    if sender.family == 4:
        return [sender.ip() / UDP(sport=40005, dport=9999) / Raw(payload)]
    headers = IPv6ExtHdrHopByHop(options=[PadN()]) / IPv6ExtHdrDestOpt(options=[PadN()])
    return [sender.ip() / headers / UDP(sport=40005, dport=9999) / Raw(payload)]


def behind(*headers: Packet) -> Kind:
    """UDP behind IPv6 extension headers; over IPv4 there are none."""

    def build(sender: Sender, payload: bytes) -> list[Packet]:
        packet = sender.ip()
        for header in headers if sender.family == 6 else ():
            packet /= header.copy()
        return [packet / UDP(sport=40008, dport=9999) / Raw(payload)]

    return build


def icmp_error(sender: Sender, payload: bytes) -> list[Packet]:
    """A report about a packet nobody sent, with room for words."""
    error = ICMP(type=3, code=3) if sender.family == 4 else ICMPv6DestUnreach(code=4)
    ours = sender.ip().payload
    ours.src, ours.dst = ours.dst, ours.src
    return [sender.ip() / error / ours / UDP(sport=7, dport=7) / Raw(payload)]


def extension_headers_then_tcp(sender: Sender, payload: bytes) -> list[Packet]:
    headers = IPv6ExtHdrDestOpt(options=[PadN()]) if sender.family == 6 else None
    start = sender.ip() / headers if headers else sender.ip()
    return [start / TCP(sport=40006, dport=443, flags="PA", seq=5) / Raw(payload)]


def more_behind_the_time(sender: Sender, payload: bytes) -> list[Packet]:
    """A question for the time, and bytes behind the datagram but inside the packet."""
    datagram = UDP(sport=40007, dport=123, len=56) / Raw(b"\x23" + bytes(47))
    return [sender.ip() / datagram / Raw(payload)]


def as_long_as_over_the_other_family(sender: Sender, payload: bytes) -> list[Packet]:
    """A question for the time over IPv4 and twenty bytes behind it: as long as one over IPv6."""
    return more_behind_the_time(sender, payload[:20])


KINDS = {
    "TCP with data in its SYN": tcp(flags="S"),
    # RFC 7413 section 4.1.1
    "TCP with data in its SYN and a Fast Open cookie": tcp(flags="S", options=[(34, bytes(8))]),
    # MP_CAPABLE, version 1 (RFC 8684 section 3.1)
    "TCP with an MPTCP option": tcp(flags="S", options=[(30, b"\x01\x01" + bytes(8))]),
    # MP_JOIN (RFC 8684 section 3.2): another subflow of a connection that is there
    "TCP that joins an MPTCP connection": tcp(flags="S", options=[(30, b"\x10\x01" + bytes(8))]),
    "TCP picked up in mid-stream": tcp(flags="PA", ack=1),
    "TCP with no flags": tcp(flags=""),
    "TCP with all flags": tcp(flags="FSRPAUEC"),
    "TCP with SYN and FIN": tcp(flags="SF"),
    "TCP reset with data": tcp(flags="R"),
    "TCP with a wrong checksum": tcp(flags="PA", chksum=1),
    "TCP with a header of 4 bytes": tcp(flags="PA", dataofs=1),
    "TCP to a high port": tcp(flags="PA", dport=31337),
    "DNS over TLS": tcp(flags="PA", dport=853),
    "DNS over QUIC": udp(853, b"\xc0\0\0\0\1"),
    "DNS questions by TCP": tcp(flags="PA", dport=53),
    "QUIC": udp(443, b"\xc0\0\0\0\1"),
    "QUIC of an open connection": udp(443, b"\x40"),
    "QUIC 0-RTT": udp(443, b"\xd0\0\0\0\1"),
    "QUIC to another port": udp(8443, b"\xc0\0\0\0\1"),
    "UDP to a high port": udp(31337),
    "UDP with a wrong checksum": udp(31337, chksum=1),
    "UDP without a checksum": udp(31337, chksum=0),
    "STUN": udp(3478, b"\x00\x01\x00\x10\x21\x12\xa4\x42" + bytes(12)),
    "STUN to port 443": udp(443, b"\x00\x01\x00\x10\x21\x12\xa4\x42" + bytes(12)),
    "RTP": udp(50000, b"\x80\x6f\x00\x01" + bytes(8)),
    "WireGuard": udp(51820, b"\x04\0\0\0"),
    "speech to the port of NTP": udp(123),
    "speech to the port of NTP, begun as a client would": udp(123, b"\x23"),
    "bytes behind a question for the time": more_behind_the_time,
    "twenty bytes behind a question for the time": as_long_as_over_the_other_family,
    "speech from the port of NTP": udp(31337, sport=123),
    "ping": ping,
    "answers to pings nobody sent": ping_reply,
    "errors about packets nobody sent": icmp_error,
    "SCTP": sctp,
    "GRE": gre,
    "IPv6 in IP": six_in_four,
    "IPv4 in IP": protocol(4, b"\x45"),
    "ESP": esp,
    "AH": ah,
    "UDP-Lite": protocol(136, b"\x9c\x40\x7a\x69\x00\x08\x00\x00"),
    "DCCP": protocol(33, b"\x9c\x40\x7a\x69\x03\x00\x00\x00\x00\x00\x00\x01"),
    "a protocol without a name": protocol(253),
    "UDP in fragments": fragments,
    "a first fragment alone": first_fragment_alone,
    "a second fragment alone": second_fragment_alone,
    "UDP behind extension headers": extension_headers,
    "UDP behind a routing header": behind(IPv6ExtHdrRouting(type=253, segleft=0)),
    "UDP in a fragment that is all of it": behind(IPv6ExtHdrFragment(id=7)),
    "TCP behind extension headers": extension_headers_then_tcp,
}
NEIGHBOR_TOO_NOT = {
    "a first fragment alone",
    "a second fragment alone",
    "errors about packets nobody sent",
}
"""Never leave a gateway that tracks connections: it puts packets together first."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A home in which one machine has the table, and nothing else of hushgate."""

    home: Network
    place: Namespace
    """Where the table is."""
    far_end: FarEnd
    ports: dict[str, Port]
    router: str
    """Hardware address of the gateway in the LAN."""
    wan: Port
    """The gateway's end of its line."""

    def sender(self, who: str, family: int) -> Sender:
        return Sender(self.ports[who], _NUMBERS[who], family, self.router)

    def load(self, document: str) -> None:
        self.place.run("nft", "-f", "-", stdin=document)

    def members(self, name: str) -> str:
        return self.home.gateway.run("nft", "list", "set", "inet", "hushgate", name)

    def arrives(self, kind: Kind, who: str, family: int) -> bool:
        """Send packets of a kind; return whether any of their content reached the cloud."""
        marker = new_marker()
        self.ports[who].send(kind(self.sender(who, family), marker * 3))
        return marker in self.far_end.arrived()


@pytest.fixture(scope="module")
def rig(home: Network) -> Iterator[Rig]:
    with ExitStack() as stack:

        def port(place: Namespace, interface: str) -> Port:
            return stack.enter_context(closing(Port(place, interface)))

        rig = Rig(
            home,
            home.gateway,
            stack.enter_context(closing(FarEnd(home.cloud, home.speakers["office"]))),
            {
                "kitchen": port(home.speakers["kitchen"], "eth0"),
                "neighbor": port(home.neighbor, "eth0"),
            },
            port(home.gateway, "br-lan").mac,
            port(home.gateway, "wan0"),
        )
        rig.load(TABLE)
        yield rig


@pytest.fixture(scope="module")
def sidecar() -> Iterator[Rig]:
    """The neighbor's PC as a side-car: on the same network as the speakers, which go through it."""
    home = Network()
    home.neighbor.set_sysctl("net.ipv4.ip_forward", 1)
    home.neighbor.set_sysctl("net.ipv6.conf.all.forwarding", 1)
    home.neighbor.set_sysctl("net.ipv4.conf.all.send_redirects", 0)
    home.neighbor.set_sysctl("net.ipv4.conf.eth0.send_redirects", 0)
    with ExitStack() as stack:
        stack.callback(home.close)

        def port(place: Namespace, interface: str) -> Port:
            return stack.enter_context(closing(Port(place, interface)))

        inside = port(home.neighbor, "eth0")
        rig = Rig(
            home,
            home.neighbor,
            stack.enter_context(closing(FarEnd(home.cloud, home.speakers["office"]))),
            {name: port(home.speakers[name], "eth0") for name in ("kitchen", "bedroom")},
            inside.mac,
            inside,
        )
        rig.load(TABLE)
        yield rig


@pytest.fixture
def open_window(rig: Rig) -> Iterator[None]:
    rig.load(render_open({KITCHEN: 60.0}))
    yield
    rig.load(render_open({}))


families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])


@families
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_outside_the_window_nothing_arrives(rig: Rig, kind: str, family: int) -> None:
    if kind not in NEIGHBOR_TOO_NOT:
        assert rig.arrives(KINDS[kind], "neighbor", family), "the test itself is broken"
    assert not rig.arrives(KINDS[kind], "kitchen", family)


@families
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_through_a_side_car_nothing_arrives_either(sidecar: Rig, kind: str, family: int) -> None:
    if kind not in NEIGHBOR_TOO_NOT:
        assert sidecar.arrives(KINDS[kind], "bedroom", family), "the test itself is broken"
    assert not sidecar.arrives(KINDS[kind], "kitchen", family)


@families
@pytest.mark.parametrize("kind", ["STUN", "RTP", "UDP in fragments"], ids=str)
def test_through_a_side_car_a_call_arrives_inside_the_window(
    sidecar: Rig, kind: str, family: int
) -> None:
    sidecar.load(render_open({KITCHEN: 60.0}))
    assert sidecar.arrives(KINDS[kind], "kitchen", family)
    sidecar.load(render_open({}))


@families
@pytest.mark.parametrize(
    "kind", ["STUN", "RTP", "UDP to a high port", "UDP in fragments", "WireGuard"], ids=str
)
def test_inside_the_window_all_of_a_call_arrives(
    rig: Rig, open_window: None, kind: str, family: int
) -> None:
    assert rig.arrives(KINDS[kind], "kitchen", family)


def test_an_address_that_is_reserved_is_not_the_home_s_own(rig: Rig) -> None:
    """240.0.0.0/4 (RFC 1112 section 4): the kernel forwards it like any other."""
    for who, passes in (("neighbor", True), ("kitchen", False)):
        sender, marker = rig.sender(who, 4), new_marker()
        for kind in ("UDP to a high port", "TCP to a high port", "ping"):
            (packet,) = KINDS[kind](sender, marker)
            packet[IP].dst = "240.0.0.1"
            rig.ports[who].send([packet])
        assert (marker in rig.far_end.arrived()) is passes, who


@families
def test_questions_that_began_before_the_table_are_not_answered_past_it(
    rig: Rig, family: int
) -> None:
    """Where a connection is known to the kernel already, no redirect turns it any more."""
    with rig.home.gateway.entered():
        resolver = socket.socket(
            socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM
        )
    gateway = f"{GATEWAY.lan4}1" if family == 4 else f"{GATEWAY.lan6}1"
    sender, marker = rig.sender("kitchen", family), new_marker()
    question = sender.ip() / UDP(sport=40009, dport=53) / Raw(marker)
    question.payload.dst = gateway
    with resolver:
        resolver.settimeout(PATIENCE)
        resolver.bind((gateway, 53))
        rig.load("delete table inet hushgate")
        rig.ports["kitchen"].send([question])
        assert resolver.recv(100) == marker
        resolver.settimeout(1.0)
        rig.load(TABLE)
        rig.ports["kitchen"].send([question])
        with pytest.raises(TimeoutError):
            resolver.recv(100)


def test_the_clock_may_be_set_eight_times_a_minute(rig: Rig) -> None:
    question = b"\x23" + bytes(39)
    senders = [rig.sender("kitchen", family) for family in (4, 6)] * 10
    markers = [new_marker()[:8] for _ in senders]
    for sender, marker in zip(senders, markers, strict=True):
        datagram = UDP(sport=123, dport=123) / Raw(question + marker)
        rig.ports["kitchen"].send([sender.ip() / datagram])
    seen = rig.far_end.arrived()
    assert [marker in seen for marker in markers] == [True] * 8 + [False] * 12


@families
def test_nobody_outside_calls_a_speaker(rig: Rig, family: int) -> None:
    """Nor does its answer leave, if it had got the call."""
    rig.home.gateway.run("nft", "flush", "chain", "inet", "home", "incoming")
    speaker = rig.sender("kitchen", family)
    assert not rig.arrives(KINDS["UDP to a high port"], "kitchen", family)  # now it is known
    rig.ports["kitchen"].read()
    marker = new_marker()
    ours = speaker.ip()
    outside = Ether(src=rig.far_end.mac, dst=rig.wan.mac) / ours.payload.copy()
    outside.payload.src, outside.payload.dst = ours.payload.dst, ours.payload.src
    calls = [
        outside / UDP(sport=9, dport=50000) / Raw(marker),
        outside / TCP(sport=9, dport=50001, flags="S", seq=5) / Raw(marker),
    ]
    answers = [
        ours / UDP(sport=50000, dport=9) / Raw(marker),
        ours / TCP(sport=50001, dport=9, flags="SA", seq=1, ack=6) / Raw(marker),
        ours / TCP(sport=50001, dport=9, flags="PA", seq=2, ack=6) / Raw(marker),
    ]
    rig.far_end.send(calls)
    rig.ports["kitchen"].send(answers)
    assert marker not in rig.far_end.arrived()
    assert marker not in b"".join(rig.ports["kitchen"].read())


@families
def test_what_answers_a_call_from_before_the_table_stays_in_the_house(
    rig: Rig, family: int
) -> None:
    """The connection is not new to the kernel; its answers are a speaker's all the same."""
    rig.home.gateway.run("nft", "flush", "chain", "inet", "home", "incoming")
    rig.load("delete table inet hushgate")
    ours = rig.sender("kitchen", family).ip()
    answer = ours / UDP(sport=50002, dport=9)
    call = Ether(src=rig.far_end.mac, dst=rig.wan.mac) / ours.payload.copy()
    call.payload.src, call.payload.dst = ours.payload.dst, ours.payload.src
    rig.far_end.send([call / UDP(sport=9, dport=50002) / Raw(b"hello")])
    before, after = new_marker(), new_marker()
    rig.ports["kitchen"].send([answer / Raw(before)])
    assert before in rig.far_end.arrived(), "the test itself is broken"
    rig.load(TABLE)
    rig.ports["kitchen"].send([answer / Raw(after)])
    assert after not in rig.far_end.arrived()


@families
def test_the_gateway_itself_may_call_a_speaker(rig: Rig, family: int) -> None:
    """Over IPv6 it does so from an address that is not the home's own to the eye."""
    assert not rig.arrives(KINDS["UDP to a high port"], "kitchen", family)  # now it is known
    rig.ports["kitchen"].read()
    marker = new_marker()
    with rig.home.gateway.entered():
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    with sock:
        sock.sendto(marker, (f"{GATEWAY.lan4 if family == 4 else GATEWAY.lan6}11", 50003))
    deadline = time.monotonic() + 30
    seen = b""
    while marker not in seen and time.monotonic() < deadline:
        time.sleep(0.01)
        seen += b"".join(rig.ports["kitchen"].read())
    assert marker in seen


@families
@pytest.mark.parametrize("first", ["UDP to a high port", "QUIC", "TCP with data in its SYN"])
def test_a_device_that_becomes_a_speaker_takes_its_connections_with_it(
    rig: Rig, first: str, family: int
) -> None:
    """They were known to the kernel and answered; from then on nothing of them leaves."""
    neighbor = Mac(NEIGHBOR)
    sender = rig.sender("neighbor", family)
    before, between, after = (new_marker() for _ in range(3))
    (packet,) = KINDS[first](sender, before)
    ports = packet.getlayer(TCP) or packet.getlayer(UDP)
    ports.sport = 42000 + len(first)
    rig.ports["neighbor"].send([packet])
    assert before in rig.far_end.arrived()
    for marker, speakers, leaves in (
        (between, [KITCHEN], True),
        (after, [KITCHEN, neighbor], False),
    ):
        rig.load(render_speakers(speakers))
        packet.getlayer(Raw).load = marker
        if ports.name == "TCP":
            ports.flags, ports.seq, ports.ack = "PA", 1000 + len(before), 1
        rig.ports["neighbor"].send([packet])
        assert (marker in rig.far_end.arrived()) is leaves
    rig.load(render_speakers([KITCHEN]))


@families
@pytest.mark.parametrize(
    "kind", ["UDP to a high port", "QUIC", "ping", "TCP picked up in mid-stream"]
)
def test_who_shares_the_end_of_its_hardware_address_with_a_speaker_is_served(
    rig: Rig, kind: str, family: int
) -> None:
    """The first comparison takes it for one; the look-up that follows does not."""
    marker = new_marker()
    (packet,) = KINDS[kind](rig.sender("neighbor", family), marker)
    packet.src = f"02:00:{KITCHEN[6:]}"
    rig.ports["neighbor"].send([packet])
    assert marker in rig.far_end.arrived()


@families
def test_an_address_that_a_laptop_leases_later_is_not_captured(rig: Rig, family: int) -> None:
    """The neighbor takes the bedroom's address: it is served, and the gate can say so."""
    rig.home.gateway.run("nft", "flush", "chain", "inet", "home", "incoming")
    lease = Sender(rig.ports["neighbor"], 12, family, rig.router)
    rig.load(render_speakers([KITCHEN, Mac(SPEAKERS["bedroom"])]))
    bedroom = Port(rig.home.speakers["bedroom"], "eth0")
    bedroom.send([Sender(bedroom, 12, family, rig.router).ip() / UDP(sport=9, dport=9)])
    bedroom.close()
    rig.load(render_speakers([KITCHEN]))
    marker = new_marker()
    rig.ports["neighbor"].send([lease.ip() / UDP(sport=41000, dport=41000) / Raw(marker)])
    assert marker in rig.far_end.arrived()
    assert NEIGHBOR in rig.members(f"moved{family}")
    assert str(lease.ip().payload.src) not in rig.members(f"heard{family}")


def test_a_speaker_that_takes_a_new_address_each_hour_is_shut_at_each(rig: Rig) -> None:
    """IPv6 privacy addresses (RFC 8981): a day of them, and none that was there at the start."""
    sender = rig.sender("kitchen", 6)
    markers = [new_marker() for _ in range(24)]
    kinds = [KINDS[kind] for kind in ("UDP to a high port", "QUIC", "ping", "STUN")]
    for hour, marker in enumerate(markers):
        for kind in kinds:
            (packet,) = kind(sender, marker)
            packet[IPv6].src = f"{GATEWAY.lan6}{0xABC0 + hour:x}:{hour + 1}"
            rig.ports["kitchen"].send([packet])
    seen = rig.far_end.arrived()
    assert [marker for marker in markers if marker in seen] == []


@families
def test_a_speaker_that_lies_about_its_address_is_shut(rig: Rig, family: int) -> None:
    """The neighbor's address, from the kitchen's card."""
    marker = new_marker()
    liar = Sender(rig.ports["kitchen"], _NUMBERS["neighbor"], family, rig.router)
    for kind in ("UDP to a high port", "QUIC", "ping", "TCP picked up in mid-stream"):
        rig.ports["kitchen"].send(KINDS[kind](liar, marker))
    assert marker not in rig.far_end.arrived()


@pytest.fixture(scope="module")
def vlan(rig: Rig) -> None:
    """A VLAN on the same cables."""
    try:
        rig.home.gateway.configure("link add link br-lan name br-lan.20 type vlan id 20")
    except RuntimeError:
        pytest.skip("this kernel has no VLANs (8021q)")
    rig.home.gateway.configure(
        "addr add 192.168.80.1/24 dev br-lan.20",
        "addr add 2001:db8:80::1/64 dev br-lan.20 nodad",
        "link set br-lan.20 up",
    )


@pytest.fixture(scope="module")
def second_lan(rig: Rig) -> None:
    """A LAN of its own, with one cable: to the bedroom."""
    bedroom = rig.home.speakers["bedroom"]
    rig.home.gateway.configure(
        f"link add lan2 type veth peer name eth2 netns {bedroom.path}",
        "addr add 192.168.81.1/24 dev lan2",
        "addr add 2001:db8:81::1/64 dev lan2 nodad",
        "link set lan2 up",
    )
    bedroom.configure("link set eth2 up")


@families
@pytest.mark.parametrize("kind", ["UDP to a high port", "STUN", "QUIC", "ping", "RTP"], ids=str)
def test_a_speaker_in_a_vlan_is_shut_like_any(rig: Rig, vlan: None, kind: str, family: int) -> None:
    """Tagged frames of the same cable; the neighbor's pass."""
    for who, passes in (("neighbor", True), ("kitchen", False)):
        marker = new_marker()
        for packet in KINDS[kind](rig.sender(who, family), marker):
            number = _NUMBERS[who]
            inner = packet[IP] if family == 4 else packet[IPv6]
            inner.src = f"192.168.80.{number}" if family == 4 else f"2001:db8:80::{number}"
            link = Ether(src=rig.ports[who].mac, dst=rig.router)
            rig.ports[who].send([link / Dot1Q(vlan=20) / inner])
        assert (marker in rig.far_end.arrived()) is passes, who


@families
@pytest.mark.parametrize("kind", ["UDP to a high port", "STUN", "QUIC", "ping", "RTP"], ids=str)
def test_a_speaker_that_moves_to_another_interface_is_shut_there_too(
    rig: Rig, second_lan: None, kind: str, family: int
) -> None:
    with (
        closing(Port(rig.home.speakers["bedroom"], "eth2")) as cable,
        closing(Port(rig.home.gateway, "lan2")) as router,
    ):
        for mac, passes in ((NEIGHBOR, True), (KITCHEN, False)):
            marker = new_marker()
            for packet in KINDS[kind](rig.sender("neighbor", family), marker):
                inner = packet[IP] if family == 4 else packet[IPv6]
                inner.src = "192.168.81.9" if family == 4 else "2001:db8:81::9"
                cable.send([Ether(src=mac, dst=router.mac) / inner])
            assert (marker in rig.far_end.arrived()) is passes, mac


def test_a_speaker_known_by_address_is_shut_whoever_brings_its_packets(rig: Rig) -> None:
    addresses = [f"{GATEWAY.lan4}20", f"{GATEWAY.lan6}20"]
    kinds = ("UDP to a high port", "TCP picked up in mid-stream", "ping", "QUIC")
    rig.load(render_table([KITCHEN], Wiring(), addresses=addresses, queue=QueueKind.NONE))
    try:
        for kind in kinds:
            for family in (4, 6):
                marker = new_marker()
                rig.ports["neighbor"].send(KINDS[kind](rig.sender("neighbor", family), marker))
                assert marker not in rig.far_end.arrived(), (kind, family)
    finally:
        rig.load(TABLE)
