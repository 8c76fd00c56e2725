"""What a million names cost, and decisions while they load: `tests.bench lists`.

The peers are dnsmasq and unbound with the same names, where they are installed. Each figure comes
from a process of its own; times are of the processor where other work could disturb them.
"""

import multiprocessing
import os
import random
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hushgate.adapters.listfiles import read_blocks
from hushgate.adapters.listkeeper import beside_decisions, give_way
from hushgate.adapters.publicsuffix import public_suffixes
from hushgate.core.listreading import read_list
from hushgate.core.lists import BlockList, ListSet, Scope
from hushgate.core.model import DeviceId
from tests.bench.report import Result, alone, compare
from tests.ports import serving

NAMES = 1_000_000
DEVICE = DeviceId("kitchen")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SHAPES = {
    "domains": "{}",
    "hosts": "0.0.0.0 {}",
    "adblock": "||{}^",
    "dnsmasq": "address=/{}/",
    "rpz": "{} CNAME .",
}
_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+){2}")


class Cost(NamedTuple):
    """What one list, or one server, costs."""

    seconds: float
    megabytes: float
    microseconds: float = 0.0
    """Per look-up."""


class Late(NamedTuple):
    """How many milliseconds decisions are late."""

    most: float
    """99 % of them are not later."""
    last: float
    """None is later."""


def measure() -> dict[str, Result]:
    """Load the names in every format, and into the peers."""
    names = make_names(NAMES)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = {form: folder / form for form in SHAPES}
        for form, shape in SHAPES.items():
            files[form].write_text("".join(f"{shape.format(name)}\n" for name in names))
        ours = {form: _alone(measure_loading, path) for form, path in files.items()}
        late = _alone(measure_waiting, files["domains"])
        peers = {
            program: measure_server(program, config, folder)
            for program, config in server_configs(names).items()
            if shutil.which(program)
        }
    return tabulate(ours, late, peers)


def tabulate(
    ours: dict[str, Cost], late: dict[str, Late], peers: dict[str, Cost]
) -> dict[str, Result]:
    """The figures by name; exact names are compared with the peers' suffixes, their only form."""
    results = {}
    for form, cost in ours.items():
        results[f"lists: a million names, {form}"] = alone([cost.seconds], "s")
        results[f"lists: memory of them, {form}"] = alone([cost.megabytes], "MB")
        results[f"lists: look-up in them, {form}"] = alone([cost.microseconds], "us")
    for program, cost in peers.items():
        mine = ours["adblock"]
        results[f"lists: loading against {program}"] = compare([mine.seconds], [cost.seconds], "s")
        results[f"lists: memory against {program}"] = compare(
            [mine.megabytes], [cost.megabytes], "MB"
        )
    for state, lateness in late.items():
        results[f"lists: 99 % of decisions late by, {state}"] = alone([lateness.most], "ms")
        results[f"lists: the latest decision late by, {state}"] = alone([lateness.last], "ms")
    return results


def make_names(count: int) -> list[str]:
    """Random names, 21 characters on average, as many as a list of that size has."""
    chance = random.Random(1)
    names: set[str] = set()
    while len(names) < count:
        host = "".join(chance.choices(LETTERS, k=chance.randint(5, 14)))
        site = "".join(chance.choices(LETTERS[:26], k=chance.randint(4, 10)))
        names.add(f"{host}.{site}.{chance.choice(('com', 'net', 'org'))}")
    return sorted(names)


def rss(pid: int | str = "self") -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def load(path: Path, pause: Callable[[int], None] = lambda size: None) -> ListSet:
    """The list as the gateway loads it."""
    blocks = read_blocks(path)
    reading = read_list(blocks, path.name, suffixes=public_suffixes(), progress=pause)
    assert reading.refused is None, reading.refused
    return ListSet([BlockList(path.stem, reading.rules, Scope(everyone=True), lambda entry: None)])


def measure_loading(path: Path) -> Cost:
    """Time and memory to load one file, and time to ask it."""
    public_suffixes()
    memory, start = rss(), time.process_time()
    lists = load(path)
    seconds = time.process_time() - start
    return Cost(seconds, rss() - memory, look_up(lists, path))


def look_up(lists: ListSet, path: Path) -> float:
    """Microseconds per look-up, half of the names listed and half not."""
    with path.open() as file:
        listed = [_NAME.findall(next(file))[-1] for _ in range(10_000)]
    others = [f"x.{name[::-1]}" for name in listed]
    assert all(lists.match(DEVICE, name) for name in listed)
    assert not any(lists.match(DEVICE, name) for name in others)
    probes = [*listed, *others]
    random.Random(2).shuffle(probes)
    best = min(_look_all_up(lists, probes) for _ in range(7))
    return best / len(probes) * 1e6


def _look_all_up(lists: ListSet, probes: list[str]) -> float:
    start = time.process_time()
    for name in probes:
        lists.match(DEVICE, name)
    return time.process_time() - start


def measure_waiting(path: Path) -> dict[str, Late]:
    """How late decisions are while a new version is loaded and the old one freed."""
    lists, old = load(path), load(path)
    new: list[ListSet] = []

    def load_aside() -> None:
        new.append(load(path, give_way))
        old.clear()

    rest = _lateness(lists, threading.Thread(target=time.sleep, args=(3,)))
    with beside_decisions():
        loading = _lateness(lists, threading.Thread(target=load_aside))
    return {"at rest": rest, "loading": loading}


def _lateness(lists: ListSet, meanwhile: threading.Thread) -> Late:
    """Time decisions, one every millisecond."""
    late: list[float] = []
    meanwhile.start()
    while meanwhile.is_alive():
        start = time.perf_counter()
        time.sleep(0.001)
        lists.match(DEVICE, "voice.example.com")
        late.append((time.perf_counter() - start - 0.001) * 1e3)
    late.sort()
    return Late(late[len(late) * 99 // 100], late[-1])


def server_configs(names: list[str]) -> dict[str, str]:
    """The same names as the configuration of each peer."""
    dnsmasq = (
        "port=PORT\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\n"
        "pid-file=\nuser=\ngroup=\naddress=/test/\n"
    )
    unbound = (
        'server:\ninterface: 127.0.0.1\nport: PORT\nchroot: ""\nusername: ""\npidfile: ""\n'
        "do-daemonize: no\nuse-syslog: no\nlocal-zone: test static\n"
    )
    return {
        "dnsmasq": dnsmasq + "".join(f"local=/{name}/\n" for name in names),
        "unbound": unbound + "".join(f'local-zone: "{name}." always_nxdomain\n' for name in names),
    }


def measure_server(program: str, config: str, folder: Path) -> Cost:
    """Time until a DNS server answers, and its memory then."""
    path = folder / f"{program}.conf"
    arguments = {
        "dnsmasq": ["dnsmasq", "--keep-in-foreground", f"--conf-file={path}"],
        "unbound": ["unbound", "-d", "-c", str(path)],
    }[program]

    def command(port: int) -> list[str]:
        path.write_text(config.replace("PORT", str(port)))
        return arguments

    with serving(command, _answers, folder / f"{program}.log") as server:
        return Cost(processor_seconds(server.pid), rss(server.pid))


def processor_seconds(pid: int) -> float:
    """Time of the processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answers(port: int) -> bool:
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\4host\4test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.05)
        client.connect(("127.0.0.1", port))
        try:
            client.send(question)
            return bool(client.recv(512))
        except OSError:
            return False


def _alone[T](work: Callable[[Path], T], path: Path) -> T:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (path,))
