"""What is found on a gateway made for the purpose."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
from scapy.layers.inet6 import ICMPv6ND_RA, IPv6
from scapy.layers.l2 import Ether

from hushgate.adapters import nft
from hushgate.adapters.surroundings import look_around
from hushgate.core.diagnosis import Chain, Surroundings
from hushgate.core.ruleset import render_table
from hushgate.core.wiring import QueueKind, Wiring
from tests.e2e.farend import Port
from tests.home.network import GATEWAY, SPEAKERS, Network

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def home() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def found_on(home: Network) -> Surroundings:
    with home.gateway.entered():
        return look_around({}, patience=0.3)


def test_a_gateway_is_described_as_it_is(home: Network) -> None:
    found = found_on(home)
    assert (found.forwarding4, found.forwarding6) == (True, True)
    assert (found.uplink, found.table_loads, found.guarded) == ("wan0", None, False)
    assert set(found.bridges["br-lan"]) == {"port11", "port12", "port13", "port14", "port20"}
    assert found.neighbors[f"{GATEWAY.lan4}11"] == (SPEAKERS["kitchen"], "br-lan")
    assert found.routers == ()


def test_looking_around_changes_no_rule(home: Network) -> None:
    before = home.gateway.run("nft", "list", "ruleset")
    found_on(home)
    assert home.gateway.run("nft", "list", "ruleset") == before


def test_tables_of_others_that_come_first_are_found(home: Network) -> None:
    home.gateway.run(
        *("nft", "-f", "-"),
        stdin="""
        table inet other {
          chain early { type nat hook prerouting priority -110; udp dport 53 redirect to :5353; }
          chain raw { type filter hook prerouting priority -300; udp dport 9 notrack; }
        }
        table inet harmless { chain c { type filter hook forward priority -300; accept; }; }
        """,
    )
    try:
        chains = found_on(home).chains
    finally:
        home.gateway.run("nft", "delete", "table", "inet", "other")
        home.gateway.run("nft", "delete", "table", "inet", "harmless")
    early = Chain("inet other", "early", "prerouting", -110, redirects=True, untracks=False)
    raw = Chain("inet other", "raw", "prerouting", -300, redirects=True, untracks=True)
    assert {early, raw} <= set(chains)
    assert not any(chain.table == "inet harmless" for chain in chains)


def test_our_own_table_is_ours_and_whom_it_heard_is_read(home: Network) -> None:
    with home.gateway.entered():
        nft.apply(render_table([], Wiring(), queue=QueueKind.NONE))
        nft.apply("add element inet hushgate heard4 { 192.168.77.11 }\n")
        try:
            found = look_around({}, patience=0.1)
        finally:
            nft.remove()
    assert found.guarded
    assert not any(chain.table == "inet hushgate" for chain in found.chains)
    assert found.heard == {"192.168.77.11"}


def test_a_second_router_in_the_lan_is_found(home: Network) -> None:
    port = Port(home.neighbor, "eth0")
    over = threading.Event()
    offer = (
        Ether(src=port.mac, dst="33:33:00:00:00:01")
        / IPv6(src="fe80::bad", dst="ff02::1", hlim=255)
        / ICMPv6ND_RA(routerlifetime=1800)
    )

    def advertise() -> None:
        while not over.wait(0.05):
            port.send([offer])

    thread = threading.Thread(target=advertise)
    thread.start()
    with contextlib.closing(port):
        routers = found_on(home).routers
        over.set()
        thread.join()
    assert routers == (("br-lan", "fe80::bad"),)
