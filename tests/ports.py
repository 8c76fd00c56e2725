"""Ports for programs that are told a number and open it themselves.

Between asking for a free port and the program's opening it, the port belongs to nobody. One that
the kernel would also give to any other socket may be gone by then, so these lie outside the range
the kernel chooses from, are free for UDP and TCP alike, and are never given twice. A program that
finds its port taken all the same is started again on another.
"""

import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_ATTEMPTS = 5
_PATIENCE = 60.0
_RANGE = range(20_000, 30_000)


class Server(NamedTuple):
    """A program that answers."""

    port: int
    pid: int


def free_port(address: str = "127.0.0.1") -> int:
    """Give a port that is free for UDP and TCP on an address."""
    for port in _candidates:
        if _is_free(address, port):
            return port
    raise RuntimeError(f"no port of {_RANGE} is free on {address}")


@contextmanager
def serving(
    command: Callable[[int], list[str]], answers: Callable[[int], bool], log: Path
) -> Iterator[Server]:
    """Run a server on a port of its own; what it says goes into the log."""
    process, port = _started(command, answers, log)
    try:
        yield Server(port, process.pid)
    finally:
        _end(process)


def says_taken(log: Path) -> bool:
    """Whether a program complained that its address is taken."""
    return "address already in use" in log.read_text(errors="replace").lower()


def _started(
    command: Callable[[int], list[str]], answers: Callable[[int], bool], log: Path
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(_ATTEMPTS):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(command(port), stdout=output, stderr=output)
        try:
            if _comes_up(process, lambda port=port: answers(port)):
                return process, port
        except BaseException:
            _end(process)
            raise
        if not says_taken(log):
            break
    raise RuntimeError(f"{command(port)[0]} does not start: {log.read_text(errors='replace')}")


def _comes_up(process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> bool:
    """Wait until a server answers; False once it has ended."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        answered = answers()
        if process.poll() is not None:
            return False
        if answered:
            return True
        time.sleep(0.02)
    raise TimeoutError(f"{process.args!r} runs and does not answer within {_PATIENCE} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as probe:
                probe.bind((address, port))
    except OSError:
        return False
    return True


def _in_random_order() -> Iterator[int]:
    """Give each port outside the kernel's own range once; several runs seldom meet."""
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    apart = [port for port in _RANGE if not low <= port <= high] or list(_RANGE)
    yield from random.sample(apart, len(apart))


_candidates = _in_random_order()
