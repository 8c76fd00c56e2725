"""Who this gateway is, from what the ip program says."""

import pytest

from hushgate.adapters.whereabouts import place_of, read_place

CARD = "02:00:00:00:00:02"
ADDRESSES = [
    {"address": CARD, "addr_info": [{"local": "192.168.1.2"}, {"local": "fe80::2"}, {}]},
    {},
]
NEIGHBORS = [
    {"dst": "192.168.1.1", "lladdr": "02:00:00:00:00:fe"},
    {"dst": "192.168.1.9", "lladdr": "aa:bb:cc:00:00:03"},
    {"dst": "192.0.2.1"},
]


@pytest.mark.parametrize(
    ("routes", "upstream"),
    [
        pytest.param([], set(), id="no way out"),
        pytest.param([{"dev": "ppp0"}], set(), id="a line without a router"),
        pytest.param(
            [{"gateway": "192.168.1.1"}, {"gateway": "fe80::1"}],
            {"192.168.1.1", "02:00:00:00:00:fe", "fe80::1"},
            id="IPv4 and IPv6",
        ),
        pytest.param(
            [{"nexthops": [{"gateway": "192.0.2.1"}, {"via": {"host": "192.168.1.1"}}]}],
            {"192.0.2.1", "192.168.1.1", "02:00:00:00:00:fe"},
            id="two lines",
        ),
    ],
)
def test_the_routers_that_it_goes_through(
    routes: list[dict[str, object]], upstream: set[str]
) -> None:
    place = place_of(ADDRESSES, routes, NEIGHBORS, routes_here=True)
    assert set(place.own) == {CARD, "192.168.1.2", "fe80::2"}
    assert set(place.upstream) == upstream


def test_this_machine_has_an_address() -> None:
    place = read_place()
    assert place is not None
    assert "127.0.0.1" in place.own
