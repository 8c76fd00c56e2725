"""A million names: time to load, memory, time to look up; and how long a decision waits meanwhile.

Run it: ``python tests/bench/bench_lists.py [NAMES]``. dnsmasq and unbound are measured on the same
names where they are installed. Each figure comes from a process of its own.
"""

import multiprocessing
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hushgate.adapters.listfiles import read_blocks
from hushgate.adapters.listkeeper import beside_decisions, give_way
from hushgate.adapters.publicsuffix import public_suffixes
from hushgate.core.listreading import read_list
from hushgate.core.lists import BlockList, ListSet, Scope
from hushgate.core.model import DeviceId

DEVICE = DeviceId("kitchen")
_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+){2}")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SHAPES = {
    "domains": "{}",
    "hosts": "0.0.0.0 {}",
    "adblock": "||{}^",
    "dnsmasq": "address=/{}/",
    "rpz": "{} CNAME .",
}


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


def measure_loading(path: Path) -> str:
    """Time and memory to load one file."""
    public_suffixes()
    memory, start, work = rss(), time.perf_counter(), time.process_time()
    lists = load(path)
    seconds, work = time.perf_counter() - start, time.process_time() - work
    return (
        f"load {seconds:5.2f} s ({work:.2f} s of the processor)"
        f"   memory +{rss() - memory:5.1f} MB   {look_up(lists, path)}"
    )


def look_up(lists: ListSet, path: Path) -> str:
    """Microseconds of the processor per look-up, half of the names listed and half not."""
    with path.open() as file:
        listed = [_NAME.findall(next(file))[-1] for _ in range(10_000)]
    others = [f"x.{name[::-1]}" for name in listed]
    assert all(lists.match(DEVICE, name) for name in listed)
    assert not any(lists.match(DEVICE, name) for name in others)
    probes = [*listed, *others]
    random.Random(2).shuffle(probes)
    best = min(_look_all_up(lists, probes) for _ in range(7))
    return f"look-up {best / len(probes) * 1e6:4.2f} us"


def _look_all_up(lists: ListSet, probes: list[str]) -> float:
    start = time.process_time()
    for name in probes:
        lists.match(DEVICE, name)
    return time.process_time() - start


def measure_waiting(path: Path) -> str:
    """How late a decision is, at rest and while a new version is loaded and the old one freed."""
    lists, old = load(path), load(path)
    new: list[ListSet] = []

    def load_aside() -> None:
        new.append(load(path, give_way))
        old.clear()

    rest = _lateness(lists, threading.Thread(target=time.sleep, args=(3,)))
    with beside_decisions():
        busy = _lateness(lists, threading.Thread(target=load_aside))
    return f"a decision every ms is late by: at rest {rest}; while loading and freeing {busy}"


def _lateness(lists: ListSet, meanwhile: threading.Thread) -> str:
    late: list[float] = []
    meanwhile.start()
    while meanwhile.is_alive():
        start = time.perf_counter()
        time.sleep(0.001)
        lists.match(DEVICE, "voice.example.com")
        late.append((time.perf_counter() - start - 0.001) * 1e3)
    late.sort()
    median, most = late[len(late) // 2], late[len(late) * 99 // 100]
    return f"median {median:.2f}, 99 % {most:.2f}, longest {late[-1]:.2f} ms"


def measure_program(program: str, config: str, folder: Path) -> str:
    """Time until a DNS server answers, and its memory then."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = folder / f"{program}.conf"
    path.write_text(config.replace("PORT", str(port)))
    arguments = {
        "dnsmasq": ["dnsmasq", "--keep-in-foreground", f"--conf-file={path}"],
        "unbound": ["unbound", "-d", "-c", str(path)],
    }[program]
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - start > 120:
                return "does not start"
        return f"load {time.perf_counter() - start:5.2f} s   memory {rss(process.pid):6.1f} MB"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\4host\4test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.05)
        client.connect(("127.0.0.1", port))
        try:
            client.send(question)
            return bool(client.recv(512))
        except OSError:
            time.sleep(0.01)
            return False


def _alone(measure: Callable[[Path], str], path: Path) -> str:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (path,))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    names = make_names(count)
    print(f"{count:,} names, {sum(map(len, names)) / count:.1f} characters on average")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for form, shape in SHAPES.items():
            path = folder / form
            path.write_text("".join(f"{shape.format(name)}\n" for name in names))
            print(f"hushgate {form:<8} {_alone(measure_loading, path)}")
        print(_alone(measure_waiting, folder / "domains"))
        print_others(names, folder)


def print_others(names: list[str], folder: Path) -> None:
    """The same names in other programs."""
    listen = "port=PORT\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\n"
    listen += "pid-file=\nuser=\ngroup=\naddress=/test/\n"
    local = "".join(f"local=/{name}/\n" for name in names)
    zones = "".join(f'local-zone: "{name}." always_nxdomain\n' for name in names)
    server = 'server:\ninterface: 127.0.0.1\nport: PORT\nchroot: ""\nusername: ""\npidfile: ""\n'
    server += "do-daemonize: no\nuse-syslog: no\nlocal-zone: test static\n"
    runs = (
        ("dnsmasq", "local=/name/", listen + local),
        ("dnsmasq", "addn-hosts", f"{listen}addn-hosts={folder / 'hosts'}\n"),
        ("unbound", "local-zone", server + zones),
    )
    for program, how, config in runs:
        if shutil.which(program) is None:
            print(f"{program} is not installed")
        else:
            print(f"{program} {how:<12} {measure_program(program, config, folder)}")


if __name__ == "__main__":
    main()
