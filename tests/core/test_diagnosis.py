"""From facts about a machine to findings, one row a finding; a healthy gateway has none."""

from dataclasses import replace

import pytest

from hushgate.core.diagnosis import Chain, Surroundings, Weight, diagnose
from hushgate.core.model import Mac
from hushgate.core.wiring import QueueKind

KITCHEN = Mac("fc:65:de:10:00:01")
HEALTHY = Surroundings(
    table_loads=None,
    queue=QueueKind.NFT,
    guarded=True,
    uplink="wan0",
    chains=(
        Chain("ip nat", "PREROUTING", "prerouting", -100, redirects=True, untracks=False),
        Chain("ip nat", "POSTROUTING", "postrouting", -200, redirects=True, untracks=False),
    ),
    bridges={"br-lan": ("lan1", "lan2")},
    speakers={KITCHEN: "Kitchen Echo"},
    neighbors={"192.168.1.9": (KITCHEN, "br-lan"), "fe80::9": (KITCHEN, "br-lan")},
    heard=frozenset({"192.168.1.9"}),
)
BRIDGING = replace(HEALTHY, forwarding4=False, bridges={"br0": ("eth0", "eth1")}, uplink="br0")


def test_a_healthy_gateway_has_no_findings() -> None:
    assert diagnose(HEALTHY) == []


@pytest.mark.parametrize(
    ("found", "weight", "words"),
    [
        pytest.param(
            replace(HEALTHY, table_loads="no such expression"),
            Weight.BAD,
            "does not take hushgate's table: no such expression",
            id="the kernel does not take the table",
        ),
        pytest.param(
            replace(HEALTHY, guarded=False), Weight.BAD, "nobody is guarded", id="it does not run"
        ),
        pytest.param(
            replace(HEALTHY, queue=QueueKind.NONE), Weight.WARNING, "NFQUEUE", id="no queue"
        ),
        pytest.param(
            replace(HEALTHY, flowtables=("inet fw4 ft",)),
            Weight.BAD,
            "flow offload is on (flowtable inet fw4 ft)",
            id="flow offload",
        ),
        pytest.param(
            replace(
                HEALTHY,
                chains=(Chain("inet adblock", "dns", "prerouting", -110, True, False),),
            ),
            Weight.BAD,
            "table inet adblock leads packets elsewhere in chain dns (priority -110)",
            id="another table redirects first",
        ),
        pytest.param(
            replace(HEALTHY, chains=(Chain("ip raw", "PRE", "prerouting", -300, False, True),)),
            Weight.BAD,
            "keeps connections from being tracked",
            id="another table untracks",
        ),
        pytest.param(
            replace(HEALTHY, forwarding4=False), Weight.BAD, "does not forward IPv4", id="no IPv4"
        ),
        pytest.param(
            replace(HEALTHY, forwarding6=False),
            Weight.WARNING,
            "does not forward IPv6",
            id="no IPv6",
        ),
        pytest.param(
            replace(BRIDGING, bridge_calls={"bridge-nf-call-ip6tables": False}),
            Weight.BAD,
            "br0 joins the speakers to the way out, and bridge-nf-call-ip6tables is 0",
            id="a bridge whose packets pass by",
        ),
        pytest.param(
            BRIDGING, Weight.BAD, "the kernel lacks br_netfilter", id="a bridge without the module"
        ),
        pytest.param(
            replace(HEALTHY, routers=(("br-lan", "fe80::bad"),)),
            Weight.BAD,
            "another router offers IPv6 on br-lan (fe80::bad)",
            id="a second router",
        ),
        pytest.param(
            replace(HEALTHY, neighbors={}),
            Weight.WARNING,
            "Kitchen Echo (fc:65:de:10:00:01) is not seen",
            id="a speaker that is not there",
        ),
        pytest.param(
            replace(HEALTHY, heard=frozenset({"192.168.1.77"})),
            Weight.BAD,
            "in ten minutes nothing of it passed here",
            id="a speaker that goes another way",
        ),
        pytest.param(
            replace(HEALTHY, uplink="br-lan", send_redirects=True),
            Weight.BAD,
            "tells it of the shorter way past itself",
            id="a side-car that sends its speakers past itself",
        ),
        pytest.param(
            replace(HEALTHY, clock_synchronized=False),
            Weight.WARNING,
            "clock is not synchronized",
            id="the clock",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_way_out(
    found: Surroundings, weight: Weight, words: str
) -> None:
    (finding,) = diagnose(found)
    assert finding.weight is weight
    assert words in finding.what
    assert finding.way_out


def test_a_bridge_whose_packets_meet_netfilter_is_fine() -> None:
    calls = {"bridge-nf-call-iptables": True, "bridge-nf-call-ip6tables": True}
    assert diagnose(replace(BRIDGING, bridge_calls=calls)) == []


def test_a_speaker_of_which_only_a_link_local_address_is_known_is_not_suspected() -> None:
    found = replace(HEALTHY, neighbors={"fe80::9": (KITCHEN, "br-lan")}, heard=frozenset())
    assert diagnose(found) == []


def test_bad_findings_come_first() -> None:
    found = replace(HEALTHY, clock_synchronized=False, flowtables=("inet fw4 ft",), neighbors={})
    assert [finding.weight for finding in diagnose(found)] == [
        Weight.BAD,
        Weight.WARNING,
        Weight.WARNING,
    ]
