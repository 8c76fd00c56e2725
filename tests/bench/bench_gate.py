"""The packet plane: what its table costs everybody else, and what its queue costs a speaker.

Packets of 64 bytes as fast as one core sends them, through the gateway of the miniature home, with
and without the table, in turns. They are counted at the other side of its line by the kernel.
"""

import json
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.ruleset import QueueKind
from tests.bench.report import Result, alone, compare
from tests.e2e.farend import Port
from tests.e2e.gateprocess import GateProcess
from tests.home.network import CLOUD_4, GATEWAY, SPEAKERS, Network

ROUNDS = 7
PACKETS = 40_000
FLOWS = 2_000
KITCHEN = Mac(SPEAKERS["kitchen"])
RTP = b"\x80\x6f\x00\x01" + bytes(32)


def measure() -> dict[str, Result]:
    """Measure all of it in one home."""
    home = Network()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _neighbor(home) | _speaker(home, Path(folder))
    finally:
        home.close()


def _neighbor(home: Network) -> dict[str, Result]:
    """Time the neighbor's packets with the table and without."""
    with_table, without = [], []
    frames = _frames(home)
    with closing(Port(home.neighbor, "eth0")) as port, tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            without.append(_rate(home, port, frames))
            with closing(GateProcess(home.gateway, Path(folder))) as gate:
                gate.connect()
                gate.tell(Snapshot(1, tuple(map(Mac, SPEAKERS.values()))))
                with_table.append(_rate(home, port, frames))
                gate.stop()
    return {"gate.neighbor_packets": compare(with_table, without, "packets/s")}


def _frames(home: Network) -> list[bytes]:
    with (
        closing(Port(home.gateway, "br-lan")) as router,
        closing(Port(home.neighbor, "eth0")) as us,
    ):
        packet = (
            Ether(src=us.mac, dst=router.mac)
            / IP(src=f"{GATEWAY.lan4}20", dst=f"{CLOUD_4}90")
            / UDP(sport=9999, dport=9)
            / Raw(bytes(22))
        )
        return [bytes(packet)] * PACKETS


def _rate(home: Network, port: Port, frames: list[bytes]) -> float:
    _answer_once(home)
    before, start = _arrived(home), time.perf_counter()
    port.send(frames)
    return (_arrived(home) - before) / (time.perf_counter() - start)


def _answer_once(home: Network) -> None:
    """Have the cloud answer, so that the packets belong to a connection."""
    with home.neighbor.entered():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind(("", 9999))
    with home.cloud.entered():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((f"{CLOUD_4}90", 9))
    with closing(client), closing(server):
        client.sendto(b"?", (f"{CLOUD_4}90", 9))
        _, address = server.recvfrom(100)
        server.sendto(b"!", address)
        client.recv(100)


def _arrived(home: Network) -> int:
    (link,) = json.loads(home.cloud.run("ip", "-json", "-stats", "link", "show", "wan4"))
    return int(link["stats64"]["rx"]["packets"])


def _speaker(home: Network, folder: Path) -> dict[str, Result]:
    """Time the way of a speaker's first packets through the queue, and of the ones that follow."""
    with closing(GateProcess(home.gateway, folder)) as gate:
        gate.connect()
        state = gate.tell(_open(1))
        if state.queue is QueueKind.NONE:
            return {}
        first, second = [], []
        with home.cloud.entered():
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("0.0.0.0", 47_100))
        with closing(server):
            for number in range(FLOWS):
                if number % 200 == 0:
                    gate.renew(_open(1))
                with home.speakers["kitchen"].entered():
                    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                with closing(client):
                    client.connect((f"{CLOUD_4}91", 47_100))
                    first.append(_way(client, server))
                    second.append(_way(client, server))
    return {
        f"gate.{name}_packet_{label}": alone([measure_of(values) * 1e3], "ms")
        for name, values in (("first", first), ("later", second))
        for label, measure_of in _MEASURES.items()
    }


def _percentile_99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]


_MEASURES: dict[str, Callable[[list[float]], float]] = {
    "p50": statistics.median,
    "p99": _percentile_99,
}


def _open(revision: int) -> Snapshot:
    return Snapshot(revision, (KITCHEN,), {KITCHEN: 600.0})


def _way(client: socket.socket, server: socket.socket) -> float:
    start = time.perf_counter()
    client.send(RTP)
    server.recv(100)
    return time.perf_counter() - start
