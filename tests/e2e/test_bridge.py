"""hushgate on a bridge between the speakers and their router: what it needs, and what it stops.

Packets on a bridge meet the table only where bridge-nf-call-* and bridge-nf-filter-* are 1; the
doctor says so where they are not.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from scapy.layers.inet import UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet, Raw

from hushgate.adapters.bridgecalls import BRIDGE_CALLS
from hushgate.core.link import Snapshot
from hushgate.core.ruleset import render_open, render_table
from hushgate.core.wiring import QueueKind, Wiring
from tests.e2e.farend import Port, new_marker
from tests.e2e.gateprocess import PATIENCE, GateProcess, until
from tests.e2e.test_packets import KINDS, KITCHEN, NEIGHBOR_TOO_NOT, Kind, Sender
from tests.home.network import Namespace

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("one_processor")]

OTHER = "02:00:00:00:00:07"
TABLE = render_table([KITCHEN], Wiring(), queue=QueueKind.NONE)
families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])


class Bridge:
    """Speakers on one side, the router on the other, the table between them."""

    def __init__(self, stack: ExitStack) -> None:
        self.middle, self.inside, self.outside = (
            stack.enter_context(closing(Namespace(name))) for name in ("middle", "in", "out")
        )
        self.middle.configure(
            "link add br0 type bridge",
            f"link add p1 type veth peer name eth0 netns {self.inside.path}",
            f"link add p2 type veth peer name eth0 netns {self.outside.path}",
            *(f"link set {name} master br0 up" for name in ("p1", "p2")),
            "link set br0 up",
        )
        for side in (self.inside, self.outside):
            side.configure("link set eth0 up")
        self.set_calls(1)
        self.middle.run("nft", "-f", "-", stdin=TABLE)
        self.port = stack.enter_context(closing(Port(self.inside, "eth0")))
        self.far_end = stack.enter_context(closing(Port(self.outside, "eth0")))

    def set_calls(self, value: int) -> None:
        """Have bridged packets meet the table, or not."""
        for name in BRIDGE_CALLS:
            self.middle.set_sysctl(f"net.bridge.{name}", value)

    def arrives(self, kind: Kind, mac: str, family: int) -> bool:
        """Send packets of a kind from a hardware address; return whether they came through."""
        marker, fence = new_marker(), new_marker()
        self.send(kind, mac, family, marker * 3)
        seen, deadline = b"", time.monotonic() + PATIENCE
        while fence not in seen and time.monotonic() < deadline:
            self.send(KINDS["RTP"], OTHER, 4, fence)
            time.sleep(0.002)
            seen += b"".join(self.far_end.read())
        assert fence in seen, "the test itself is broken"
        return marker in seen

    def send(self, kind: Kind, mac: str, family: int, content: bytes) -> None:
        number = 11 if mac == KITCHEN else 20
        frames = kind(Sender(self.port, number, family, self.far_end.mac), content)
        for frame in frames:
            frame.src = mac
        self.port.send(frames)


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with ExitStack() as stack:
        yield Bridge(stack)


@families
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "fragment" not in kind], ids=str)
def test_across_a_bridge_nothing_of_a_speaker_arrives(
    bridge: Bridge, kind: str, family: int
) -> None:
    if kind not in NEIGHBOR_TOO_NOT:
        assert bridge.arrives(KINDS[kind], OTHER, family), "the test itself is broken"
    assert not bridge.arrives(KINDS[kind], KITCHEN, family)


@families
def test_across_a_bridge_a_call_arrives_inside_the_window(bridge: Bridge, family: int) -> None:
    bridge.middle.run("nft", "-f", "-", stdin=render_open({KITCHEN: 60.0}))
    assert bridge.arrives(KINDS["STUN"], KITCHEN, family)
    bridge.middle.run("nft", "-f", "-", stdin=render_open({}))


@families
def test_across_a_bridge_nobody_outside_calls_a_speaker(bridge: Bridge, family: int) -> None:
    """A call to somebody else comes through, behind it the end of what there is to see."""
    assert not bridge.arrives(KINDS["UDP to a high port"], KITCHEN, family)  # now it is known
    bridge.port.read()
    marker, fence = new_marker(), new_marker()
    for number, content in ((11, marker), (20, fence)):
        ours = Sender(bridge.port, number, family, bridge.far_end.mac).ip()
        call = Ether(src=bridge.far_end.mac, dst=KITCHEN) / ours.payload.copy()
        call.payload.src, call.payload.dst = ours.payload.dst, ours.payload.src
        bridge.far_end.send([call / UDP(sport=9, dport=50000 + number) / Raw(content)])
    seen, deadline = b"", time.monotonic() + 10.0
    while fence not in seen and time.monotonic() < deadline:
        time.sleep(0.002)
        seen += b"".join(bridge.port.read())
    assert fence in seen
    assert marker not in seen


def test_without_the_sysctl_packets_pass_by(bridge: Bridge) -> None:
    """The trap that the doctor looks for."""
    bridge.set_calls(0)
    try:
        assert bridge.arrives(KINDS["STUN"], KITCHEN, 4)
    finally:
        bridge.set_calls(1)


def test_switched_off_in_mid_run_it_is_switched_on_again(bridge: Bridge, tmp_path: Path) -> None:
    """By whoever thinks that containers need it so; the gate looks every two seconds."""
    with closing(GateProcess(bridge.middle, tmp_path)) as gate:
        gate.connect()
        gate.wait_for_table()
        gate.tell(Snapshot(1, (KITCHEN,)))
        bridge.set_calls(0)
        until(
            lambda: not any(bridge.arrives(KINDS["STUN"], KITCHEN, family) for family in (4, 6)),
            "that bridged packets meet the table again",
        )
        gate.report(lambda state: state.reasserted, "that it had to put something back")


@families
@pytest.mark.parametrize("tag", ["VLAN", "PPPoE"])
def test_what_a_speaker_sends_behind_a_tag_meets_the_table_too(
    bridge: Bridge, tag: str, family: int
) -> None:
    def tagged(sender: Sender, payload: bytes) -> list[Packet]:
        (frame,) = KINDS["UDP to a high port"](sender, payload)
        inner = frame.payload
        if tag == "VLAN":
            return [Ether(dst=frame.dst) / Dot1Q(vlan=20) / inner]
        protocol = PPP(proto=0x0021 if family == 4 else 0x0057)
        return [Ether(dst=frame.dst) / PPPoE(sessionid=1) / protocol / inner]

    assert bridge.arrives(tagged, OTHER, family)
    assert not bridge.arrives(tagged, KITCHEN, family)
