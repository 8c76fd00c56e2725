"""Memory of the processes: at rest, with a thousand idle connections, after 10,000 bursts."""

import contextlib
import socket
import tempfile
import time
from pathlib import Path

from tests.bench.bench_stream import cloud, home, open_connection, start_hushgate
from tests.bench.report import Result, alone

CONNECTIONS = 1000
BURSTS = 10_000
KEEPALIVE = b"\x17\x03\x03\x00\x29" + bytes(41)
PAUSE = 1.2
"""Seconds between two uploads of a connection that make two bursts of them."""


def measure() -> dict[str, Result]:
    """Start hushgate, connect, and send keep-alives."""
    with home() as network, cloud(network), tempfile.TemporaryDirectory() as folder:
        running = start_hushgate(network, Path(folder))
        try:
            gate, addon = sorted(_children(running.pid), key=_is_addon)
            time.sleep(3.0)
            idle = _memory(addon)
            with contextlib.ExitStack() as stack:
                sockets = [
                    stack.enter_context(open_connection(network.neighbor, b"i"))
                    for _ in range(CONNECTIONS)
                ]
                time.sleep(3.0)
                connected = _memory(addon)
                _send_bursts(sockets, BURSTS // 10)
                warm = _memory(addon)
                _send_bursts(sockets, BURSTS)
                after = _memory(addon)
            return {
                "memory addon at rest": alone([idle], "MB"),
                "memory addon per 1,000 idle connections": alone([connected - idle], "MB"),
                "memory addon more after 10,000 bursts": alone([after - warm], "MB"),
                "memory gate": alone([_memory(gate)], "MB"),
                "memory supervisor": alone([_memory(running.pid)], "MB"),
            }
        finally:
            running.terminate()
            running.wait(20)


def _send_bursts(sockets: list[socket.socket], count: int) -> None:
    for _ in range(count // len(sockets)):
        for sock in sockets:
            sock.sendall(KEEPALIVE)
        time.sleep(PAUSE)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]


def _is_addon(pid: int) -> bool:
    return b"addon" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def _memory(pid: int) -> float:
    """Resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
