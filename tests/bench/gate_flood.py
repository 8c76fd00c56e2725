"""What the neighbor notices of a speaker that floods the gate's queue.

The flood is a process of its own: first packets that nobody can read, each of another flow, so that
every one of them asks the gate. The neighbor's packets go to the cloud and back meanwhile; one in a
millisecond, in a process that waits for nobody's turn, since in a home they are other machines.
"""

import contextlib
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.wiring import QueueKind
from tests.bench.report import Result, alone, compare
from tests.e2e.farend import Port
from tests.e2e.gateprocess import ROOT, GateProcess
from tests.home.network import CLOUD_4, GATEWAY, SPEAKERS, Network

ROUNDS, ROUND_TRIPS = 6, 500
FLOOD = 50_000
"""Packets a second."""
AT_ONCE = 500
"""Most packets between two looks at the time."""
SOURCE_PORT_AT = 34
"""In a frame: behind the headers of Ethernet and IPv4."""
KITCHEN = Mac(SPEAKERS["kitchen"])
OPEN = Snapshot(1, (KITCHEN,), {KITCHEN: 600.0})


def measure_flood(home: Network, folder: Path) -> dict[str, Result]:
    """Time the neighbor's round trips with the flood and without, in turns."""
    with closing(GateProcess(home.gateway, folder)) as gate, _line(home) as (client, server):
        gate.connect()
        if gate.tell(OPEN).queue is QueueKind.NONE:
            return {}
        flooded, idle, rates = [], [], []
        for _ in range(ROUNDS):
            idle.append(_round_trips(client, server))
            gate.renew(OPEN)
            flood = _start_flood(home)
            flooded.append(_round_trips(client, server))
            rates.append(_end_flood(flood))
        gate.report(lambda state: state.counters.get("judged_undecodable"), "that it judged")
    return {
        "gate.neighbor_p99_under_flood": compare(flooded, idle, "ms"),
        "gate.flood": alone(rates, "packets/s"),
    }


@contextlib.contextmanager
def _line(home: Network) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give both ends of a flow of the neighbor's."""
    with home.cloud.entered():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((f"{CLOUD_4}93", 9))
    with home.neighbor.entered():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.connect((f"{CLOUD_4}93", 9))
    with server, client:
        for sock in (server, client):
            sock.settimeout(5.0)
        client.send(b"?")
        server.connect(server.recvfrom(100)[1])
        yield client, server


def _round_trips(client: socket.socket, server: socket.socket) -> float:
    """Return the 99th percentile of a packet's way to the cloud and back, in milliseconds."""
    times = []
    with _first_in_turn():
        for _ in range(ROUND_TRIPS):
            time.sleep(0.001)
            start = time.perf_counter()
            client.send(b"?")
            server.recv(100)
            server.send(b"!")
            client.recv(100)
            times.append((time.perf_counter() - start) * 1e3)
    return statistics.quantiles(times, n=100)[-1]


@contextlib.contextmanager
def _first_in_turn() -> Iterator[None]:
    """Let this process go before those of the gateway, if that is permitted."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _start_flood(home: Network) -> subprocess.Popen[str]:
    with closing(Port(home.gateway, "br-lan")) as router:
        frame = bytes(
            Ether(src=KITCHEN, dst=router.mac)
            / IP(src=f"{GATEWAY.lan4}11", dst=f"{CLOUD_4}94")
            / UDP(dport=443, chksum=0)
            / Raw(bytes(200))
        )
    flood = subprocess.Popen(
        home.speakers["kitchen"].command(
            *(sys.executable, "-m", "tests.bench.gate_flood", frame.hex())
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert flood.stdout is not None
    flood.stdout.readline()  # it has begun
    return flood


def _end_flood(flood: subprocess.Popen[str]) -> float:
    """Stop it; return its packets a second."""
    return float(flood.communicate()[0])


def send_flood(frame: bytes) -> None:
    """Send a frame from one port after the other until the standard input ends."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind(("eth0", 0))
        head, tail = frame[:SOURCE_PORT_AT], frame[SOURCE_PORT_AT + 2 :]
        start, sent = time.perf_counter(), 0
        print("begun", flush=True)
        while not select.select([sys.stdin], [], [], 0.001)[0]:
            due = int((time.perf_counter() - start) * FLOOD)
            for _ in range(min(due - sent, AT_ONCE)):
                sock.send(head + (10_000 + sent % 50_000).to_bytes(2) + tail)
                sent += 1
        print(sent / (time.perf_counter() - start))


if __name__ == "__main__":
    send_flood(bytes.fromhex(sys.argv[1]))
