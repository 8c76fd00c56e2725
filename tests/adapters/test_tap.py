"""Which interfaces face the home; the tap itself is tried in tests/e2e."""

from typing import Any

import pytest

from hushgate.adapters.tap import home_interfaces


def link(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"ifindex": number, "ifname": name, "link_type": "ether", **more}


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
    ],
)
def test_interfaces_of_the_home(links: list[dict[str, Any]], chosen: list[int]) -> None:
    assert home_interfaces(links, OUT, []) == chosen
