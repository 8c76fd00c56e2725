"""The packet plane: what its table costs everybody else, and what its queue costs a speaker.

With and without the table, in turns, through the gateway of the miniature home:

- a TCP stream of the neighbor;
- the neighbor's packets as fast as one core sends them, of 1,500 and of 64 bytes, and of a neighbor
  whose hardware address ends as a speaker's does, which takes a look-up to tell;
- packets of a speaker whose media flow the gate has let by: two that come to each small one that
  goes, as QUIC acknowledges (RFC 9000 section 13.2.2), and large ones that go, which is the worst.

The time of a packet is that of its sender too, since one core does all of it; on a busy machine the
quartile of the fast ones is steadier than the mean, so that is what a round counts.

How many strangers need that look-up depends on how many speakers there are, whose addresses have
the less in common the more they are; that is counted over made-up homes.

Then the way of a speaker's first packet through the queue, what its flood costs the neighbor
(gate_flood.py), what an answer of DNS takes beside dnsmasq (gate_dns.py), how long until a flushed
table is back, until `hushgate run` protects, and until each part that dies or hangs is back, and
both at once. TCP through the proxy, beside Squid and HAProxy, is `python -m tests.bench stream`.
"""

import json
import os
import random
import re
import signal
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.ruleset import common_bits, render_open, render_removal, render_table
from hushgate.core.wiring import DEFAULT_WIRING, QueueKind
from tests.bench.gate_dns import measure_dns
from tests.bench.gate_flood import measure_flood
from tests.bench.report import Result, alone, compare
from tests.e2e.farend import Port
from tests.e2e.gateprocess import GateProcess
from tests.e2e.owner import Hushgate
from tests.home.network import CLOUD_4, GATEWAY, NEIGHBOR, SPEAKERS, Namespace, Network

ROUNDS = 15
STARTS = 3
BURSTS, BURST = 30, 500
STREAM = 1 << 29
FLOWS = 2_000
HOMES = 20_000
KITCHEN = Mac(SPEAKERS["kitchen"])
ALIKE = f"02:00:{KITCHEN[6:]}"
"""An address of nobody that ends as the kitchen's."""
RTP = b"\x80\x6f\x00\x01" + bytes(32)


def measure() -> dict[str, Result]:
    """Measure all of it in one home."""
    home = Network()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return (
                _strangers()
                | _neighbor(home)
                | _streams(home)
                | _speaker(home, Path(folder))
                | measure_flood(home, Path(folder))
                | measure_dns(home, Path(folder))
                | _recovery(home, Path(folder))
            )
    finally:
        home.close()


def _strangers() -> dict[str, Result]:
    """Count, over made-up homes, the strangers that the first comparison takes for speakers."""
    dice = random.Random(5)
    results = {}
    for speakers in range(1, 7):
        alike = 0
        for _ in range(HOMES):
            *macs, stranger = (dice.randbytes(6).hex(":") for _ in range(speakers + 1))
            mask, value = common_bits([Mac(mac) for mac in macs])
            alike += common_bits([Mac(stranger)])[1] & mask == value
        results[f"gate.strangers_looked_up_beside_{speakers}"] = alone([alike / HOMES], "of 1")
    return results


def _neighbor(home: Network) -> dict[str, Result]:
    """Count the neighbor's packets with the table and without."""
    results = {}
    with closing(Port(home.neighbor, "eth0")) as port:
        for name, size, mac in (
            ("1500", 1500, NEIGHBOR),
            ("64", 64, NEIGHBOR),
            ("64_alike", 64, ALIKE),
        ):
            burst = [(port, _frame(home, size, source=mac))] * BURST
            rates = _in_turns(home, lambda burst=burst: _rate(home, 20, burst))
            results[f"gate.neighbor_packets_{name}"] = compare(*rates, "packets/s")
    return results


def _in_turns(
    home: Network, measure_once: Callable[[], float], voice: str = ""
) -> tuple[list[float], list[float]]:
    """Measure with the table and without it, again and again."""
    speakers = map(Mac, SPEAKERS.values())
    table = render_table(speakers, DEFAULT_WIRING, queue=QueueKind.XT)
    # The gate's part is played by a rule that says yes: what is measured is the way after that.
    table = re.sub("# xt target.*", "goto judged", table) + voice
    with_table, without = [], []
    for _ in range(ROUNDS):
        for document, rates in ((render_removal(), without), (table, with_table)):
            home.gateway.run("nft", "-f", "-", stdin=document)
            rates.append(measure_once())
    home.gateway.run("nft", "-f", "-", stdin=render_removal())
    return with_table, without


def _streams(home: Network) -> dict[str, Result]:
    """Time streams: the neighbor's over TCP, and media of a speaker inside a window over UDP."""
    results = {
        "gate.neighbor_tcp_stream": compare(*_in_turns(home, lambda: _download(home)), "MB/s")
    }
    voice = render_open({KITCHEN: 600})
    with ExitStack() as stack:
        port = stack.enter_context(closing(Port(home.speakers["kitchen"], "eth0")))
        cloud = stack.enter_context(closing(Port(home.cloud, "wan4")))
        wan = stack.enter_context(closing(Port(home.gateway, "wan0")))
        up = (port, _frame(home, 1500, source=KITCHEN, last=11))
        acknowledgement = (port, _frame(home, 64, source=KITCHEN, last=11))
        down = (
            cloud,
            bytes(
                Ether(src=cloud.mac, dst=wan.mac)
                / IP(src=f"{CLOUD_4}90", dst=GATEWAY.wan4)
                / UDP(sport=9, dport=9011)
                / Raw(bytes(1500 - 28))
            ),
        )
        for name, burst in (
            ("media_flow", [down, down, acknowledgement] * (BURST // 3)),
            ("media_upload", [up] * BURST),
        ):
            rates = _in_turns(home, lambda burst=burst: _rate(home, 11, burst), voice)
            results[f"gate.speaker_{name}"] = compare(*rates, "packets/s")
    return results


def _download(home: Network) -> float:
    """Return the speed of one TCP stream from the cloud to the neighbor."""
    with home.cloud.entered():
        listener = socket.create_server((f"{CLOUD_4}92", 0))
    with home.neighbor.entered():
        client = socket.socket()
    with closing(listener), closing(client):
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        sender = threading.Thread(target=_send_all, args=(server,))
        start, left, buffer = time.perf_counter(), STREAM, bytearray(1 << 18)
        sender.start()
        while left > 0:
            left -= client.recv_into(buffer)
        elapsed = time.perf_counter() - start
        sender.join()
    return STREAM / elapsed / 1e6


def _send_all(sock: socket.socket) -> None:
    with closing(sock):
        block = bytes(1 << 18)
        for _ in range(STREAM // len(block)):
            sock.sendall(block)


def _frame(home: Network, size: int, source: str = NEIGHBOR, last: int = 20) -> bytes:
    with closing(Port(home.gateway, "br-lan")) as router:
        packet = (
            Ether(src=source, dst=router.mac)
            / IP(src=f"{GATEWAY.lan4}{last}", dst=f"{CLOUD_4}90")
            / UDP(sport=9000 + last, dport=9)
            / Raw(bytes(size - 28 - (14 if size < 100 else 0)))
        )
        return bytes(packet)


def _rate(home: Network, last: int, burst: list[tuple[Port, bytes]]) -> float:
    """Return packets a second, at the pace of the faster quarter of short bursts."""
    sender = home.neighbor if last == 20 else home.speakers["kitchen"]
    _answer_once(sender, 9000 + last, home.cloud)
    before = _arrived(home, sender)
    times = []
    for _ in range(BURSTS):
        start = time.perf_counter()
        for port, frame in burst:
            port.send((frame,))
        times.append(time.perf_counter() - start)
    if _arrived(home, sender) - before < BURSTS * len(burst):
        raise RuntimeError("packets were lost on the way; the rate means nothing")
    return len(burst) / statistics.quantiles(times, n=4)[0]


def _answer_once(sender: Namespace, port: int, cloud: Namespace) -> None:
    """Have the cloud answer, so that the packets belong to a connection."""
    with sender.entered():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind(("", port))
    with cloud.entered():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((f"{CLOUD_4}90", 9))
    with closing(client), closing(server):
        client.sendto(b"?", (f"{CLOUD_4}90", 9))
        _, address = server.recvfrom(100)
        server.sendto(b"!", address)
        client.recv(100)


def _arrived(home: Network, sender: Namespace) -> int:
    """Return the packets that came to either end."""
    return sum(
        int(link["stats64"]["rx"]["packets"])
        for place, name in ((home.cloud, "wan4"), (sender, "eth0"))
        for link in json.loads(place.run("ip", "-json", "-stats", "link", "show", name))
    )


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


def _recovery(home: Network, folder: Path) -> dict[str, Result]:
    """Time what an owner waits for: the start, and the way back of what was taken away."""
    seconds: dict[str, list[float]] = {}
    for _, parts in product(range(STARTS), (("gate",), ("addon",), ("gate", "addon"))):
        start = time.perf_counter()
        with closing(Hushgate(home.gateway, folder)) as hushgate:
            seconds.setdefault("start_to_protecting", []).append(time.perf_counter() - start)
            time.sleep(3.0)  # it has looked at its table
            home.gateway.run("nft", "delete", "table", "inet", "hushgate")
            seconds.setdefault("flushed_table_back", []).append(_until(hushgate.has_table))
            for number in (signal.SIGKILL, signal.SIGSTOP):
                before = {name: hushgate.child(name) for name in parts}
                for pid in before.values():
                    os.kill(pid, number)
                key = f"{'_and_'.join(parts)}_back_after_{number.name.lower()}"
                seconds.setdefault(key, []).append(
                    _until(lambda before=before: _is_anew(hushgate, before))
                )
    return {f"gate.{name}": alone(values, "s") for name, values in seconds.items()}


def _is_anew(hushgate: Hushgate, before: dict[str, int]) -> bool:
    try:
        is_anew = all(hushgate.child(name) != pid for name, pid in before.items())
        return is_anew and bool(hushgate.status())
    except (AssertionError, OSError):  # it is being started
        return False


def _until(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    while not ask():
        time.sleep(0.01)
    return time.perf_counter() - start


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
