"""`hushgate gate` as a process, and its link as the addon uses it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hushgate.core.link import SOCKET_NAME, GateState, Snapshot, decode_state, encode
from tests.home.network import Namespace

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up; a loaded machine is slow, an emulated one slower."""


def until[T](ask: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """Ask again and again until there is an answer that counts."""
    deadline = time.monotonic() + patience
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s in vain: {what}")
        time.sleep(0.02)
    return answer


class GateProcess:
    """A gate in a namespace; the test is its addon."""

    def __init__(self, place: Namespace, folder: Path, *arguments: str) -> None:
        self.place = place
        self.folder = folder
        self.log = folder / "gate.log"
        self.state: GateState | None = None
        """Its last word."""
        self.flows: list[object] = []
        """Every flow it told of."""
        self._link: socket.socket | None = None
        self._buffer = b""
        words = (sys.executable, "-m", "hushgate", "gate", "--runtime-dir", str(folder))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                place.command(*words, *arguments), stdout=log, stderr=log, cwd=ROOT
            )

    def connect(self) -> None:
        """Become its addon."""

        def connected() -> socket.socket | None:
            assert self.process.poll() is None, self.log.read_text()
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with contextlib.suppress(OSError):
                link.connect(str(self.folder / SOCKET_NAME))
                return link
            link.close()
            return None

        self.hang_up()
        self._link, self._buffer = until(connected, "the gate's socket"), b""

    def tell(self, snapshot: Snapshot) -> GateState:
        """Send a snapshot; return the first report that has it in force."""
        self.renew(snapshot)
        return self.report(lambda state: state.revision == snapshot.revision, "the new revision")

    def renew(self, snapshot: Snapshot) -> None:
        """Send a snapshot again, as the addon does all the time until it is gone."""
        if self._link is not None:
            self._link.sendall(encode(snapshot))

    def report(self, condition: Callable[[GateState], object], what: str) -> GateState:
        """Return the first report from now on for which something holds."""
        assert self._link is not None
        self._link.settimeout(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            line, separator, rest = self._buffer.partition(b"\n")
            if not separator:
                data = self._link.recv(1 << 16)
                assert data, f"the gate hung up: {self.log.read_text()}"
                self._buffer += data
                continue
            self._buffer = rest
            self.state = decode_state(line)
            self.flows.extend(self.state.flows)
            if condition(self.state):
                return self.state
        raise AssertionError(f"the gate did not report {what}; its last word: {self.state}")

    def wait_for_table(self) -> None:
        """Wait until the table is in the kernel."""
        until(self.has_table, "the table")

    def has_table(self) -> bool:
        """Whether the table is in the kernel."""
        words = self.place.command("nft", "list", "table", "inet", "hushgate")
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def hang_up(self) -> None:
        """Be an addon that is gone."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal."""
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        """Stop it as its owner would; return its exit status."""
        self.hang_up()
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind."""
        self.hang_up()
        self.process.kill()
        self.process.wait()
