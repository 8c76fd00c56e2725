"""Which interfaces face the home; the tap itself is tried in tests/e2e."""

from typing import Any

import pytest

from hushgate.adapters.tap import home_interfaces


def link(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"ifindex": number, "ifname": name, "link_type": "ether", **more}


def vlan(number: int, name: str, below: str) -> dict[str, Any]:
    return link(number, name, link=below, linkinfo={"info_kind": "vlan"})


LOOPBACK = {"ifindex": 1, "ifname": "lo", "link_type": "loopback"}
OUT = [{"dst": "default", "dev": "wan"}]


@pytest.mark.parametrize(
    ("links", "chosen"),
    [
        pytest.param([LOOPBACK, link(2, "wan"), link(3, "lan")], [3], id="two legs"),
        pytest.param([LOOPBACK, link(2, "wan")], [2], id="one leg, which is both"),
        pytest.param(
            [link(2, "wan"), link(3, "br"), link(4, "a", master="br"), link(5, "b", master="br")],
            [4, 5],
            id="the ports of a bridge",
        ),
        pytest.param(
            [link(2, "wan"), link(3, "in", master="wan"), link(4, "out", master="wan")],
            [3, 4],
            id="a bridge that is also the way out",
        ),
        pytest.param([LOOPBACK], [], id="nothing but itself"),
        pytest.param(
            [link(2, "wan"), link(3, "lan"), link(4, "guests"), link(5, "tun", link_type="none")],
            [3, 4],
            id="several LANs",
        ),
        pytest.param(
            [link(2, "eth0"), vlan(3, "lan", "eth0"), vlan(4, "wan", "eth0")],
            [3],
            id="one cable for home and Internet, told apart by VLANs",
        ),
        pytest.param(
            [link(2, "sw"), link(3, "p1", master="sw"), vlan(4, "lan", "sw"), vlan(5, "wan", "sw")],
            [4],
            id="a switch with the Internet on one of its ports",
        ),
    ],
)
def test_interfaces_of_the_home(links: list[dict[str, Any]], chosen: list[int]) -> None:
    assert home_interfaces(links, OUT, []) == chosen


def test_every_one_of_several_ways_out_is_left_out() -> None:
    hops = [{"gateway": "192.0.2.1", "dev": "dsl"}, {"gateway": "198.51.100.1", "dev": "lte"}]
    links = [link(2, "dsl"), link(3, "lte"), link(4, "lan")]
    assert home_interfaces(links, [{"dst": "default", "nexthops": hops}], []) == [4]
