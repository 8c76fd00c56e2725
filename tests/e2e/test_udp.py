"""A speaker's UDP with a real gate: calls and QUIC inside the window, at its edges, and outside.

What counts is what arrives at the other side of the gateway's line, over IPv4 and IPv6.
"""

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.tablesets import MAX_FLOWS
from hushgate.core.udpflows import Sort, UdpFlow
from hushgate.core.wiring import QueueKind
from tests.e2e.cloudside import Trickle
from tests.e2e.farend import FarEnd, Port, new_marker
from tests.e2e.gateprocess import PATIENCE, GateProcess, until
from tests.home.network import CLOUD_4, CLOUD_6, GATEWAY, SPEAKERS, Network
from tests.wire.hellos import chrome_hello
from tests.wire.initials import aioquic_datagrams, crypto, initial

pytestmark = pytest.mark.e2e

KITCHEN = Mac(SPEAKERS["kitchen"])
MUSIC, VOICE = "redirector.googlevideo.com", "www.google.com"
ROLES = {".googlevideo.com": "media", "www.google.com": "voice"}
STUN = b"\x00\x01\x00\x10\x21\x12\xa4\x42" + bytes(12)
RTP = b"\x80\x6f\x00\x01" + bytes(8)
# Nobody listens in the cloud; that it says so must not be taken for a refusal by the gateway.
_SILENCE = """
table inet silence {
  chain out {
    type filter hook output priority filter;
    icmp type destination-unreachable drop
    icmpv6 type destination-unreachable drop
  }
}
"""
LOST = float(os.environ.get("HUSHGATE_PATIENCE", "0.5"))
"""Seconds until a datagram counts as lost; an emulated machine takes longer to pass one on."""
families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])


class Stage:
    """A home with a gate, and the kitchen's sockets."""

    def __init__(self, home: Network, gate: GateProcess) -> None:
        self.home = home
        self.gate = gate
        self.far_end = FarEnd(home.cloud, home.speakers["office"])
        self._snapshot = Snapshot(0, ())
        home.cloud.run("nft", "-f", "-", stdin=_SILENCE)

    def window(self, *, open: bool) -> None:
        """Open or shut the kitchen's window, and wait until that is in force."""
        left = {KITCHEN: 600.0} if open else {}
        self._snapshot = Snapshot(self._snapshot.revision + 1, (KITCHEN,), left, roles=ROLES)
        self.gate.tell(self._snapshot)

    def nft(self, *commands: str) -> str:
        """Give the gateway's kernel a command behind the gate's back."""
        return self.home.gateway.run("nft", *commands)

    def client(self, family: int, port: int) -> socket.socket:
        """Return a socket of the kitchen's, connected to the cloud."""
        with self.home.speakers["kitchen"].entered():
            sock = socket.socket(
                socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM
            )
        sock.settimeout(PATIENCE)
        sock.connect((f"{CLOUD_4}60" if family == 4 else f"{CLOUD_6}60", port))
        return sock

    def arrives(self, sock: socket.socket, prefix: bytes = b"", patience: float = PATIENCE) -> bool:
        """Send a datagram; return whether it reached the cloud: the gate may be slow to run."""
        marker = new_marker()
        self.gate.renew(self._snapshot)
        try:
            sock.send(prefix + marker)
        except OSError:  # that an earlier datagram was refused; this one has not been sent
            sock.send(prefix + marker)
        deadline = time.monotonic() + patience
        seen = self.far_end.arrived()
        while marker not in seen and time.monotonic() < deadline:
            self.gate.renew(self._snapshot)
            seen += self.far_end.arrived()
        return marker in seen

    def is_lost(self, sock: socket.socket, prefix: bytes = b"") -> bool:
        """Send a datagram; return whether nothing of it is seen in the cloud."""
        return not self.arrives(sock, prefix, LOST)

    def is_refused(self, sock: socket.socket) -> bool:
        """Whether the client is told."""
        try:
            sock.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

    def close(self) -> None:
        self.far_end.close()


@pytest.fixture(scope="module")
def stage(home: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("gate")
    with closing(GateProcess(home.gateway, folder)) as gate:
        gate.connect()
        gate.wait_for_table()
        with closing(Stage(home, gate)) as stage:
            stage.window(open=False)
            if gate.state is None or gate.state.queue is QueueKind.NONE:
                pytest.skip("this kernel hands no packets over")
            yield stage


@families
@pytest.mark.parametrize("prefix", [STUN, RTP], ids=["STUN", "SRTP without STUN"])
def test_a_call_leaves_inside_the_window_only_and_its_refusal_is_recorded(
    stage: Stage, family: int, prefix: bytes
) -> None:
    stage.window(open=True)
    with closing(stage.client(family, 50_000)) as call:
        port = call.getsockname()[1]
        assert all(stage.arrives(call, prefix) for _ in range(10))
        stage.window(open=False)
        assert all(stage.is_lost(call, prefix) for _ in range(3))
        refused = told_of(stage, port, passed=False)
        assert (refused.sort, refused.mac, refused.server_port) == (Sort.CALL, KITCHEN, 50_000)


def test_a_call_that_was_allowed_is_recorded_at_its_end_with_its_bytes(stage: Stage) -> None:
    stage.window(open=True)
    with closing(stage.client(4, 50_000)) as call:
        port = call.getsockname()[1]
        assert all(stage.arrives(call, RTP) for _ in range(20))
    passed = told_of(stage, port, passed=True)
    assert (passed.sort, passed.packets) == (Sort.CALL, 20)
    assert passed.size >= 20 * (len(RTP) + 16)


def told_of(stage: Stage, port: int, *, passed: bool) -> UdpFlow:
    """Wait for the gate's row on a flow."""
    condition = lambda flow: flow.client_port == port and flow.passed is passed  # noqa: E731
    if not any(condition(flow) for flow in stage.gate.flows):
        stage.gate.report(lambda state: any(map(condition, state.flows)), f"port {port}")
    (row,) = filter(condition, stage.gate.flows)
    assert isinstance(row, UdpFlow)
    return row


@families
def test_quic_to_known_media_passes_inside_the_window_and_is_cut_at_its_edge(
    stage: Stage, family: int
) -> None:
    stage.window(open=True)
    with closing(stage.client(family, 443)) as music:
        for datagram in aioquic_datagrams(MUSIC):
            music.send(datagram)
        assert all(stage.arrives(music, b"\x40") for _ in range(5))
        stage.window(open=False)
        assert stage.is_lost(music, b"\x40")
        assert stage.is_refused(music)


@families
def test_a_media_hello_in_two_datagrams_passes_in_either_order(stage: Stage, family: int) -> None:
    stage.window(open=True)
    hello = chrome_hello(MUSIC)
    for order in ((0, 900), (900, 0)):
        with closing(stage.client(family, 443)) as music:
            for number, at in enumerate(order):
                music.send(initial(crypto(at, hello[at : at + 900]), number=number))
            assert stage.arrives(music, b"\x40")


@families
@pytest.mark.parametrize(
    "name", [VOICE, "unheard.example", None], ids=["voice", "unknown", "nameless"]
)
def test_other_quic_is_refused_inside_the_window_too_so_that_it_takes_tcp(
    stage: Stage, family: int, name: str | None
) -> None:
    stage.window(open=True)
    with closing(stage.client(family, 443)) as client:
        for datagram in aioquic_datagrams(name):
            client.send(datagram)
        assert stage.is_refused(client)
        assert stage.is_lost(client, b"\x40")


@families
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"\x40", id="a connection that moved to another port"),
        pytest.param(b"\xd0\0\0\0\1", id="0-RTT without its Initial"),
        pytest.param(STUN, id="WebRTC: STUN"),
        pytest.param(b"\x16\xfe\xfd" + bytes(10), id="WebRTC: DTLS"),
        pytest.param(RTP, id="RTP"),
    ],
)
def test_what_shows_no_known_media_leaves_by_port_443_neither_inside_the_window_nor_outside(
    stage: Stage, family: int, first: bytes
) -> None:
    """Also while a connection to known media, from the same card, passes."""
    stage.window(open=True)
    with closing(stage.client(family, 443)) as music, closing(stage.client(family, 443)) as moved:
        for datagram in aioquic_datagrams(MUSIC):
            music.send(datagram)
        assert stage.arrives(music, b"\x40")
        assert stage.is_lost(moved, first)
        stage.window(open=False)
        assert stage.is_lost(moved, first)


@families
def test_media_that_uploads_like_speech_is_ended_and_recorded(stage: Stage, family: int) -> None:
    """It passed unread, by the name in its hello; then somebody speaks through it."""
    stage.window(open=True)
    with closing(stage.client(family, 443)) as music:
        port = music.getsockname()[1]
        for datagram in aioquic_datagrams(MUSIC):
            music.send(datagram)
        assert stage.arrives(music, b"\x40")
        for _ in range(100):
            music.send(b"\x40" + bytes(300))
        row = told_of(stage, port, passed=True)
        assert (row.sort, row.name) == (Sort.SPOKE, MUSIC)
        assert stage.is_lost(music, b"\x40")


def test_bytes_that_left_are_counted_by_speaker(stage: Stage) -> None:
    stage.window(open=True)
    state = stage.gate.report(lambda state: state.counters, "its counters")
    before = state.sent.get(KITCHEN, 0)
    with closing(stage.client(4, 50_001)) as call:
        assert all(stage.arrives(call, RTP + bytes(1000)) for _ in range(10))
    stage.gate.report(
        lambda state: state.sent.get(KITCHEN, 0) - before >= 10 * 1000, "that they are counted"
    )


def test_a_flow_for_which_there_is_no_row_passes_all_the_same_and_is_counted(stage: Stage) -> None:
    row = f"{KITCHEN} . 192.168.77.99 . 203.0.113.9 . {{}} . 9 timeout 1h"
    rows = map(row.format, range(MAX_FLOWS))
    counter = ("list", "counter", "inet", "hushgate", "udp_passed")
    stage.window(open=True)
    stage.nft("flush set inet hushgate passed4")
    stage.nft(f"add element inet hushgate passed4 {{ {', '.join(rows)} }}")
    (before,) = re.findall(r"packets (\d+)", stage.nft(*counter))
    with closing(stage.client(4, 50_002)) as call:
        port = call.getsockname()[1]
        assert all(stage.arrives(call, RTP) for _ in range(5))
    assert f"packets {int(before) + 5} " in stage.nft(*counter)
    assert KITCHEN in stage.nft("list set inet hushgate sent")
    assert f" . {port} . 50002" not in stage.nft("list set inet hushgate passed4")
    stage.nft("flush set inet hushgate passed4")


@families
def test_a_speaker_that_only_streams_stays_known_at_its_address(stage: Stage, family: int) -> None:
    """Decided flows are not noted by the kernel; the gate does it for them."""
    stage.window(open=True)
    with closing(stage.client(family, 443)) as music:
        for datagram in aioquic_datagrams(MUSIC):
            music.send(datagram)
        assert stage.arrives(music, b"\x40")
        address = music.getsockname()[0]
        stage.nft(f"flush set inet hushgate heard{family}")

        def is_known() -> bool:
            assert stage.arrives(music, b"\x40")
            return address in stage.nft(f"list set inet hushgate heard{family}")

        until(is_known, "that the address is noted again")


@families
def test_an_error_about_a_decided_flow_carries_nothing_out(stage: Stage, family: int) -> None:
    """To the kernel it belongs to the flow, whose mark it has (RFC 792, RFC 4443)."""
    stage.window(open=True)
    with (
        closing(stage.client(family, 50_004)) as call,
        closing(Port(stage.home.speakers["kitchen"], "eth0")) as kitchen,
    ):
        assert all(stage.arrives(call, RTP) for _ in range(2))
        port, marker = call.getsockname()[1], new_marker()
        lan, cloud = (
            (f"{GATEWAY.lan4}11", f"{CLOUD_4}60")
            if family == 4
            else (f"{GATEWAY.lan6}11", f"{CLOUD_6}60")
        )
        ip = IP if family == 4 else IPv6
        error = ICMP(type=3, code=3) if family == 4 else ICMPv6DestUnreach(code=4)
        quoted = ip(src=cloud, dst=lan) / UDP(sport=50_004, dport=port) / Raw(marker)
        link = Ether(src=KITCHEN, dst=router_of(stage.home))
        kitchen.send([link / ip(src=lan, dst=cloud) / error / quoted])
        assert marker not in stage.far_end.arrived()


@families
def test_the_neighbors_quic_and_calls_never_meet_the_gate(stage: Stage, family: int) -> None:
    before = stage.nft("list counters table inet hushgate")
    with stage.home.neighbor.entered():
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    with closing(sock):
        for port, prefix in ((443, b"\xc0\0\0\0\1"), (3478, STUN), (50_000, RTP)):
            sock.connect((f"{CLOUD_4}60" if family == 4 else f"{CLOUD_6}60", port))
            assert stage.arrives(sock, prefix)
    assert "counter asked" in before
    assert stage.nft("list counters table inet hushgate") == before


def test_a_flood_from_a_speaker_costs_the_neighbor_nothing_and_the_gate_lives(
    stage: Stage,
) -> None:
    """50,000 first packets of as many flows, as fast as they go; some are dropped, and counted."""
    stage.window(open=True)
    trickle = Trickle(stage.home.neighbor, f"{CLOUD_4}71")
    before = memory_of(stage.gate.process.pid)
    frame = bytes(
        Ether(src=KITCHEN, dst=router_of(stage.home))
        / IP(src=f"{GATEWAY.lan4}11", dst=f"{CLOUD_4}61")
        / UDP(sport=1, dport=9, chksum=0)
        / Raw(bytes(200))
    )
    seen = b""
    with closing(Port(stage.home.speakers["kitchen"], "eth0")) as kitchen:
        for port in range(10_000, 60_000):
            kitchen.send([frame[:34] + port.to_bytes(2) + frame[36:]])
            if port % 5_000 == 0:
                seen += b"".join(stage.far_end.read())
    trickle.stop()
    seen += stage.far_end.arrived()
    assert [n for n in range(trickle.sent) if trickle.datagram(n) not in seen] == []
    stage.gate.report(lambda state: state.counters, "that it lives")
    stage.window(open=True)
    with closing(stage.client(4, 50_007)) as call:
        until(lambda: stage.arrives(call, RTP, LOST), "a call, once the queue has room")
    assert memory_of(stage.gate.process.pid) - before < 30_000


def router_of(home: Network) -> str:
    with closing(Port(home.gateway, "br-lan")) as port:
        return port.mac


def memory_of(pid: int) -> int:
    """Return the memory of a process in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))
