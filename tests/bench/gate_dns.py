"""What an answer of DNS takes: for a speaker through the gateway, and for its neighbor.

The neighbor asks the resolver directly, and dnsmasq on the gateway, which forwards to it: the same
work as ours. A question of each in turn, each from a socket of its own, as devices do.
"""

import contextlib
import random
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dns.message

from tests.bench.report import Result, alone, compare
from tests.e2e.gateprocess import until
from tests.e2e.owner import CONFIG, Hushgate
from tests.home.network import CLOUD_4, GATEWAY, Namespace, Network

ROUNDS, QUESTIONS = 5, 40
NAMES = 20
"""Outside a window a speaker may ask 240 questions and 2 kB of new names at once: ask fewer."""
RESOLVER = f"{CLOUD_4}53"


def measure_dns(home: Network, folder: Path) -> dict[str, Result]:
    """Time answers three ways; without dnsmasq nobody answers, so nothing is measured."""
    if shutil.which("dnsmasq") is None:
        print("   dnsmasq is not installed (apt: dnsmasq-base): answers of DNS are left out")
        return {}
    config = f"{CONFIG}gateway: {{resolver: {RESOLVER}}}\n"
    with (
        _dnsmasq(home.cloud, f"--address=/#/{CLOUD_4}60"),
        _dnsmasq(home.gateway, f"--server={RESOLVER}"),
        closing(Hushgate(home.gateway, folder, config=config)),
    ):
        ways: dict[str, Callable[[bytes], float]] = {
            "direct": lambda question: _ask(home.neighbor, RESOLVER, question),
            "dnsmasq": lambda question: _ask(home.neighbor, f"{GATEWAY.lan4}1", question),
            "ours": lambda question: _ask(home.speakers["kitchen"], RESOLVER, question),
        }
        rounds = [_one_round(ways) for _ in range(ROUNDS)]
    direct, dnsmasq, ours = ([each[name] for each in rounds] for name in ways)
    return {
        "gate.dns_answer_p50": compare(ours, dnsmasq, "ms"),
        "gate.dns_added_p50": alone(
            [one - other for one, other in zip(ours, direct, strict=True)], "ms"
        ),
        "gate.dns_added_p50_by_dnsmasq": alone(
            [one - other for one, other in zip(dnsmasq, direct, strict=True)], "ms"
        ),
    }


def _one_round(ways: dict[str, Callable[[bytes], float]]) -> dict[str, float]:
    """Return the median of each way, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(QUESTIONS):
        # In every order: whoever comes second finds the resolver warm.
        for name in random.sample(list(ways), k=len(ways)):
            query = dns.message.make_query(f"music{number % NAMES}.example.com", "A")
            times[name].append(ways[name](query.to_wire()) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def _ask(place: Namespace, server: str, question: bytes) -> float:
    with place.entered():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.settimeout(5.0)
        sock.connect((server, 53))
        start = time.perf_counter()
        sock.send(question)
        answer = sock.recv(1232)
        elapsed = time.perf_counter() - start
    if not int.from_bytes(answer[6:8]):
        raise RuntimeError("an answer without an address; the time means nothing")
    return elapsed


@contextlib.contextmanager
def _dnsmasq(place: Namespace, *options: str) -> Iterator[None]:
    """Run one that keeps no answers."""
    process = subprocess.Popen(
        place.command(
            *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"),
            *("--no-hosts", "--cache-size=0", "--user=root", "--pid-file=", *options),
        ),
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(place), "dnsmasq")
        yield
    finally:
        process.terminate()
        process.wait()


def _listens(place: Namespace) -> bool:
    return ":53 " in place.run("ss", "--udp", "--listening", "--numeric")
