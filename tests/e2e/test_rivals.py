"""Another way out appears in the LAN while the gate runs: it says so, and nothing is green."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from tests.e2e.farend import Port
from tests.e2e.gateprocess import GateProcess
from tests.home.network import GATEWAY, NEIGHBOR, SPEAKERS, Network

pytestmark = pytest.mark.e2e

EVERYBODY, ALL_NODES = "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"
OTHER = f"{GATEWAY.lan4}99"


@pytest.fixture
def gate(home: Network, tmp_path: Path) -> Iterator[GateProcess]:
    with closing(GateProcess(home.gateway, tmp_path)) as gate:
        gate.connect()
        gate.wait_for_table()
        gate.tell(Snapshot(1, (Mac(SPEAKERS["kitchen"]),)))
        yield gate


def advertisement() -> Packet:
    link = Ether(src=NEIGHBOR, dst=ALL_NODES)
    return link / IPv6(src="fe80::99", dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800)


def lease() -> Packet:
    link = Ether(src=NEIGHBOR, dst=EVERYBODY) / IP(src=OTHER, dst="255.255.255.255")
    options = [("message-type", "offer"), ("router", OTHER), "end"]
    message = BOOTP(op=2, yiaddr=f"{GATEWAY.lan4}50") / DHCP(options=options)
    return link / UDP(sport=67, dport=68) / message


def theft() -> Packet:
    """The gateway's own address, from another card."""
    return Ether(src=NEIGHBOR, dst=EVERYBODY) / ARP(op=2, hwsrc=NEIGHBOR, psrc=f"{GATEWAY.lan4}1")


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        pytest.param(advertisement(), "router for IPv6 (fe80::99)", id="a second router for IPv6"),
        pytest.param(lease(), f"another router ({OTHER})", id="a second DHCP server"),
        pytest.param(theft(), f"this gateway's address ({GATEWAY.lan4}1)", id="our own address"),
    ],
)
def test_another_way_out_is_a_problem_as_soon_as_it_is_heard(
    home: Network, gate: GateProcess, packet: Packet, words: str
) -> None:
    assert gate.report(lambda state: True, "anything").problems == ()
    with closing(Port(home.neighbor, "eth0")) as neighbor:
        neighbor.send([packet])
    state = gate.report(lambda state: state.problems, "a problem")
    assert any(words in problem and NEIGHBOR in problem for problem in state.problems)


def test_a_router_that_the_owner_wants_is_no_problem(home: Network, gate: GateProcess) -> None:
    gate.tell(Snapshot(2, (Mac(SPEAKERS["kitchen"]),), routers=(Mac(NEIGHBOR),)))
    gate.report(lambda state: state.revision == 2, "the new snapshot")
    with closing(Port(home.neighbor, "eth0")) as neighbor:
        neighbor.send([advertisement(), theft()])
    state = gate.report(lambda state: state.problems, "a problem")
    assert all("this gateway's address" in problem for problem in state.problems)
