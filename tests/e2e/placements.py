"""Where hushgate can stand in the miniature home: on the router, beside it, or on a cable."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.home.network import GATEWAY, SPEAKERS, Namespace, Network

SPEAKER4, SPEAKER6 = f"{GATEWAY.lan4}11", f"{GATEWAY.lan6}11"
_SIDE4, _SIDE6 = "198.18.0.", "2001:db8:99::"
_CONFIG = """
schema_version: 1
house:
  zone: Europe/Berlin
  windows: []
speakers:
  kitchen:
    name: Kitchen Echo
    vendor: amazon
    mac: {mac}
    addresses: [{addresses}]
gateway:
  resolver: 203.0.113.53
"""
_MASQUERADE = """
table ip side {
  chain nat { type nat hook postrouting priority srcnat; masquerade; }
}
"""


class Placement(NamedTuple):
    """Where hushgate runs, and how its owner tells it about the speaker."""

    place: Namespace
    config: str


@contextmanager
def on_the_router(home: Network) -> Iterator[Placement]:
    """The speakers' own router."""
    yield Placement(home.gateway, _config())


@contextmanager
def as_the_speakers_gateway(home: Network) -> Iterator[Placement]:
    """A side-car on the speaker's own network (the neighbor's PC), which it uses as its gateway.

    Answers to what it passes on go from the router straight to the speaker.
    """
    side = home.neighbor
    side.set_sysctl("net.ipv4.ip_forward", 1)
    side.set_sysctl("net.ipv6.conf.all.forwarding", 1)
    for scope in ("all", "eth0"):
        side.set_sysctl(f"net.ipv4.conf.{scope}.send_redirects", 0)
    home.speakers["kitchen"].configure(
        f"route replace default via {GATEWAY.lan4}20",
        f"route replace default via {GATEWAY.lan6}20",
    )
    yield Placement(side, _config())


@contextmanager
def beside_the_router(home: Network) -> Iterator[Placement]:
    """A side-car: the router sends the speaker's packets through it, and nobody else's.

    It never sees the speaker's hardware address. Over IPv4 it masquerades: the router has decided
    on a flow's translation when the flow passed it the first time.
    """
    router = home.gateway
    with closing(Namespace("side-car")) as side:
        router.configure(
            f"link add side0 type veth peer name eth0 netns {side.path}",
            f"addr add {_SIDE4}1/24 dev side0",
            f"addr add {_SIDE6}1/64 dev side0 nodad",
            "link set side0 up",
            f"route add default via {_SIDE4}2 table 77",
            f"route add default via {_SIDE6}2 table 77",
            f"rule add iif br-lan from {SPEAKER4} table 77",
            f"rule add iif wan0 to {SPEAKER4} table 77",
        )
        for rule in (f"iif br-lan from {SPEAKER6}", f"iif wan0 to {SPEAKER6}"):
            router.run("ip", "-6", "rule", "add", *rule.split(), "table", "77")
        home.cloud.configure(f"route add {_SIDE6}/64 via {GATEWAY.wan6}")
        side.configure(
            f"addr add {_SIDE4}2/24 dev eth0",
            f"addr add {_SIDE6}2/64 dev eth0 nodad",
            "link set eth0 up",
            f"route add default via {_SIDE4}1",
            f"route add default via {_SIDE6}1",
        )
        side.set_sysctl("net.ipv4.ip_forward", 1)
        side.set_sysctl("net.ipv6.conf.all.forwarding", 1)
        for scope in ("all", "eth0"):
            side.set_sysctl(f"net.ipv4.conf.{scope}.send_redirects", 0)
        side.run("nft", "-f", "-", stdin=_MASQUERADE)
        yield Placement(side, _config(f"{SPEAKER4}, {SPEAKER6}"))


@contextmanager
def on_the_cable(home: Network) -> Iterator[Placement]:
    """A bridge between the speaker and its router, with an address of its own for the proxy."""
    router = home.gateway
    with closing(Namespace("bridge")) as bridge:
        router.configure(
            f"link set port11 netns {bridge.path}",
            f"link add port99 type veth peer name out0 netns {bridge.path}",
            "link set port99 master br-lan up",
        )
        bridge.configure(
            "link add br0 type bridge",
            "link set out0 master br0 up",
            "link set port11 master br0 up",
            f"addr add {GATEWAY.lan4}3/24 dev br0",
            f"addr add {GATEWAY.lan6}3/64 dev br0 nodad",
            "link set br0 up",
            f"route add default via {GATEWAY.lan4}1",
            f"route add default via {GATEWAY.lan6}1",
        )
        for name in ("iptables", "ip6tables"):
            bridge.set_sysctl(f"net.bridge.bridge-nf-call-{name}", 1)
        for host in (home.speakers["office"], home.speakers["kitchen"]):
            host.run("ip", "neigh", "flush", "all")  # br-lan has another hardware address now
        yield Placement(bridge, _config())


def _config(addresses: str = "") -> str:
    return _CONFIG.format(mac=SPEAKERS["kitchen"], addresses=addresses)


def write(placement: Placement, folder: Path) -> Path:
    """Write the configuration to a file."""
    file = folder / "hushgate.yaml"
    file.write_text(placement.config, encoding="utf-8")
    return file
