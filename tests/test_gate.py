"""The gate as a process: what is in the kernel while it lives, is stopped, or dies."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import dns.message
import pytest

from hushgate.core.facts import Present, Repeated
from hushgate.core.link import SOCKET_NAME, GateState, Snapshot, decode_snapshot
from hushgate.core.model import Mac
from hushgate.core.wiring import QueueKind, Wiring
from hushgate.gate import SNAPSHOT_NAME
from tests.e2e.gateprocess import ROOT, GateProcess, until
from tests.home.network import Namespace
from tests.wire.frames import PHONE, PHONE_IP, SPEAKER_IP, arp, frame, udp

pytestmark = pytest.mark.e2e

MAC, OTHER = Mac("fc:65:de:10:00:01"), Mac("4c:17:44:10:00:02")
BEAT = 6
"""Seconds between questions: the shortest that are not taken for one."""
OPEN = Snapshot(revision=1, speakers=(MAC,), open={MAC: 600.0, "192.168.1.9": 600.0})


@pytest.fixture
def place() -> Iterator[Namespace]:
    place = Namespace("gate")
    yield place
    place.close()


def start(place: Namespace, folder: Path, *arguments: str) -> GateProcess:
    gate = GateProcess(place, folder, *arguments)
    gate.connect()
    gate.wait_for_table()
    return gate


@pytest.fixture
def gate(place: Namespace, tmp_path: Path) -> Iterator[GateProcess]:
    with closing(start(place, tmp_path)) as gate:
        yield gate


def members(gate: GateProcess, name: str) -> str:
    return gate.place.run("nft", "list", "set", "inet", "hushgate", name)


def test_a_snapshot_is_in_force_when_the_gate_says_so(gate: GateProcess) -> None:
    state = gate.tell(Snapshot(revision=7, speakers=(MAC, OTHER)))
    assert state.pid == gate.process.pid
    assert OTHER in members(gate, "speakers")
    gate.tell(Snapshot(revision=8, speakers=(MAC,)))
    assert OTHER not in members(gate, "speakers")


def test_voice_is_allowed_for_seconds_at_a_time(gate: GateProcess) -> None:
    gate.tell(OPEN)
    assert f"{MAC} timeout 5s" in members(gate, "open")
    assert "192.168.1.9 timeout 5s" in members(gate, "open4")
    until(lambda: MAC not in members(gate, "open"), "the end of it, since nobody renewed it")


def test_a_changed_port_or_address_loads_the_whole_table(gate: GateProcess) -> None:
    gate.tell(OPEN)
    wiring = Wiring(proxy_port=9443)
    state = gate.tell(Snapshot(2, (MAC,), {MAC: 60.0}, wiring, addresses=("192.168.1.9",)))
    assert state.reasserted == 0
    table = gate.place.run("nft", "list", "table", "inet", "hushgate")
    assert "redirect to :9443" in table
    assert "ip saddr @speakers4 goto" in table
    assert f"{MAC} timeout 5s" in table


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param("flush ruleset", id="every rule flushed, as by a firewall that is reloaded"),
        pytest.param("delete table inet hushgate", id="the table deleted"),
        pytest.param("flush chain inet hushgate from_speaker", id="a chain emptied"),
        pytest.param("insert rule inet hushgate from_speaker accept", id="a rule put in front"),
    ],
)
def test_what_others_do_to_the_table_is_undone_and_counted(gate: GateProcess, harm: str) -> None:
    gate.tell(OPEN)
    gate.report(lambda state: state.counters, "its first look at the table")
    before = rules(gate)
    gate.place.run("nft", "-f", "-", stdin=harm)
    assert gate.report(lambda state: state.reasserted, "that it was undone").reasserted == 1
    assert rules(gate) == before
    assert MAC in members(gate, "speakers")


def test_on_a_bridge_the_switch_that_leads_packets_here_is_kept_on(
    place: Namespace, tmp_path: Path
) -> None:
    place.set_sysctl("net.bridge.bridge-nf-call-iptables", 1)
    with closing(start(place, tmp_path)) as gate:
        gate.tell(OPEN)
        place.set_sysctl("net.bridge.bridge-nf-call-iptables", 0)
        assert gate.report(lambda state: state.reasserted, "that it was undone")
        assert place.run("sysctl", "-n", "net.bridge.bridge-nf-call-iptables").strip() == "1"


def test_on_a_router_that_switch_is_none_of_its_business(place: Namespace, tmp_path: Path) -> None:
    place.set_sysctl("net.ipv4.ip_forward", 1)
    place.set_sysctl("net.bridge.bridge-nf-call-iptables", 1)
    with closing(start(place, tmp_path)) as gate:
        gate.tell(OPEN)
        place.set_sysctl("net.bridge.bridge-nf-call-iptables", 0)
        place.run("nft", "flush", "ruleset")
        gate.report(lambda state: state.reasserted, "that it looked")
        assert place.run("sysctl", "-n", "net.bridge.bridge-nf-call-iptables").strip() == "0"


def rules(gate: GateProcess) -> str:
    return gate.place.run("nft", "-s", "-t", "list", "table", "inet", "hushgate")


def test_counts_survive_a_table_that_was_loaded_anew(gate: GateProcess) -> None:
    gate.tell(OPEN)
    gate.place.run(
        "nft",
        "-f",
        "-",
        stdin=f"""
        add element inet hushgate sent {{ {MAC} counter packets 2 bytes 900 }}""",
    )
    gate.report(lambda state: state.sent.get(MAC) == 900, "the bytes")
    gate.place.run("nft", "flush", "ruleset")
    assert gate.report(lambda state: state.reasserted, "the table is back").sent == {MAC: 900}


def test_a_speakers_address_under_another_hardware_address_is_an_alarm(gate: GateProcess) -> None:
    gate.tell(OPEN)
    gate.place.run("nft", "add element inet hushgate moved4 { 02:00:00:00:00:07 . 192.168.1.9 }")
    state = gate.report(lambda state: state.moved, "who uses it")
    assert any("02:00:00:00:00:07 uses 192.168.1.9" in problem for problem in state.problems)


def test_the_queue_is_heard_and_its_number_can_change(gate: GateProcess) -> None:
    if gate.tell(OPEN).queue is QueueKind.NONE:
        pytest.skip("this kernel hands no packets over")
    until(lambda: "4853" in queues(gate), "the queue")
    gate.tell(Snapshot(2, (MAC,), {}, Wiring(queue_number=99)))
    until(lambda: "99" in queues(gate) and "4853" not in queues(gate), "the other queue")


def queues(gate: GateProcess) -> list[str]:
    path = Path(f"/proc/{gate.process.pid}/net/netfilter/nfnetlink_queue")
    return [line.split()[0] for line in path.read_text().splitlines()]


def test_an_owners_stop_leaves_the_network_as_it_was(place: Namespace, tmp_path: Path) -> None:
    place.run("nft", "add", "table", "inet", "mine")
    before = network_of(place)
    with closing(start(place, tmp_path)) as gate:
        gate.tell(OPEN)
        assert network_of(place) != before
        assert gate.stop() == 0
    assert network_of(place) == before
    assert not (tmp_path / SOCKET_NAME).exists()


def network_of(place: Namespace) -> tuple[str, ...]:
    """Everything that hushgate may touch in a network."""
    sysctls = place.run("sysctl", "-a", "--pattern", r"^net\.(ipv4|ipv6|netfilter|bridge)")
    settings = [line for line in sysctls.splitlines() if "count" not in line]
    return (
        place.run("nft", "list", "ruleset"),
        place.run("ip", "rule"),
        place.run("ip", "-6", "rule"),
        place.run("ip", "route", "show", "table", "all"),
        "\n".join(settings),
    )


def test_told_to_stay_shut_it_leaves_the_table_when_stopped(
    place: Namespace, tmp_path: Path
) -> None:
    with closing(start(place, tmp_path, "--stay-shut")) as gate:
        assert gate.stop() == 0
        assert gate.has_table()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_dead_or_hung_it_leaves_the_speakers_shut(gate: GateProcess, number: int) -> None:
    gate.tell(OPEN)
    gate.kill(signal.Signals(number))
    until(lambda: MAC not in members(gate, "open"), "the end of what was allowed")
    assert MAC in members(gate, "speakers")


def test_started_anew_it_shuts_whom_it_guarded_and_opens_nobody(
    place: Namespace, tmp_path: Path
) -> None:
    with closing(start(place, tmp_path)) as gate:
        gate.tell(OPEN)
        gate.kill()
        gate.process.wait()
    place.run("nft", "flush", "ruleset")
    with closing(start(place, tmp_path)) as gate:
        assert MAC in members(gate, "speakers")
        assert MAC not in members(gate, "open")


def test_a_snapshot_on_disk_that_was_cut_is_passed_over(place: Namespace, tmp_path: Path) -> None:
    (tmp_path / SNAPSHOT_NAME).write_text('{"revision": 1, "spea')
    with closing(start(place, tmp_path)) as gate:
        assert MAC not in members(gate, "speakers")


def test_an_addon_that_talks_nonsense_is_hung_up_on(gate: GateProcess) -> None:
    gate._link.sendall(b"nonsense\n")  # type: ignore[union-attr]
    until(lambda: gate._link.recv(1 << 16) == b"", "its end")  # type: ignore[union-attr]
    gate.connect()
    assert gate.tell(OPEN).revision == 1


def test_an_addon_that_comes_anew_may_count_its_policies_anew(gate: GateProcess) -> None:
    gate.tell(Snapshot(revision=1, speakers=(MAC,)))
    gate.connect()
    gate.tell(Snapshot(revision=1, speakers=(MAC, OTHER)))
    kept = gate.folder / SNAPSHOT_NAME
    until(lambda: OTHER in decode_snapshot(kept.read_bytes()).speakers, "it in the gate's file")


def test_an_addon_that_comes_anew_is_told_of_the_lan_again(
    place: Namespace, tmp_path: Path
) -> None:
    place.configure("link add lan type veth peer name far", "link set lan up", "link set far up")
    phone = Present(PHONE, PHONE_IP)
    with closing(start(place, tmp_path)) as gate:
        with place.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as cable:
            cable.bind(("far", 0))
            gate.tell(OPEN)
            cable.send(arp(PHONE, PHONE_IP))
        gate.report(lambda state: phone in state.facts, "the phone")
        gate.connect()
        gate.report(lambda state: phone in state.facts, "the phone to the new addon")


def test_a_name_that_is_asked_like_a_clock_is_told(place: Namespace, tmp_path: Path) -> None:
    place.configure("link add lan type veth peer name far", "link set lan up", "link set far up")
    name = "prod.amcs-tachyon.com"
    question = dns.message.make_query(f"{name}.", "A").to_wire()
    asked = frame(MAC, OTHER, udp((SPEAKER_IP, 5000), ("192.168.1.1", 53), question))
    stop = threading.Event()

    def ask_like_a_clock(cable: socket.socket) -> None:
        began = time.monotonic()
        for beat in itertools.count(1):
            cable.send(asked)
            if stop.wait(began + beat * BEAT - time.monotonic()):
                return

    def period(state: GateState) -> Repeated | None:
        return next((fact for fact in state.facts if isinstance(fact, Repeated)), None)

    with closing(start(place, tmp_path)) as gate:
        with place.entered():
            cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with cable, ThreadPoolExecutor(1) as device:
            cable.bind(("far", 0))
            gate.tell(OPEN)
            device.submit(ask_like_a_clock, cable)
            try:
                state = gate.report(period, "a period")
            finally:
                stop.set()
        assert period(state) == Repeated(MAC, name, BEAT)


def test_a_second_gate_is_refused_and_told_who_the_first_is(
    gate: GateProcess, tmp_path: Path
) -> None:
    words = (sys.executable, "-m", "hushgate", "gate", "--runtime-dir", str(tmp_path / "second"))
    second = subprocess.run(
        gate.place.command(*words), capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert second.returncode == 1
    assert f"process {gate.process.pid}" in second.stderr
    assert gate.has_table()


def test_it_keeps_the_right_to_change_the_network_and_nothing_more(gate: GateProcess) -> None:
    status = Path(f"/proc/{gate.process.pid}/status").read_text()
    for name in ("CapPrm", "CapEff", "CapBnd"):
        assert f"{name}:\t{1 << 12:016x}" in status
    assert "NoNewPrivs:\t1" in status


def test_it_imports_neither_the_proxy_nor_the_web() -> None:
    code = (
        "import sys, hushgate.gate;"
        "print([m for m in ('mitmproxy','starlette','pydantic','yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
