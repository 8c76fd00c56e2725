"""`hushgate run` as an owner starts it, and a speaker that speaks whatever the windows say."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from hushgate.adapters.asking import ask
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Mac
from hushgate.core.ruleset import render_removal
from tests.e2e.farend import new_marker
from tests.e2e.gateprocess import PATIENCE, ROOT, until
from tests.home.network import CLOUD_4, CLOUD_6, SPEAKERS, Namespace, Network

KITCHEN = Mac(SPEAKERS["kitchen"])
CONFIG = f"""
schema_version: 1
house: {{zone: Europe/Berlin, windows: []}}
speakers:
  kitchen: {{mac: "{KITCHEN}"}}
"""
"""Windows that are never open."""


class Hushgate:
    """`hushgate run` in a namespace."""

    def __init__(
        self,
        place: Namespace,
        folder: Path,
        *arguments: str,
        keep: bool = False,
        config: str = CONFIG,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it; `keep`: what it leaves in the kernel stays when it is closed."""
        self.place = place
        self._keep = keep
        self.runtime = folder / "run"
        self.state = folder / "state"
        self.log = folder / "hushgate.log"
        path = folder / "hushgate.yaml"
        path.write_text(config)
        places = ("--config", path, "--state-dir", self.state, "--runtime-dir")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                place.command(
                    *(sys.executable, "-m", "hushgate", "run", *map(str, places)),
                    *(str(self.runtime), *arguments),
                ),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
            )
        ready = self.rehearses if "--simulate" in arguments else self.status
        until(ready, "that it is up", 3 * PATIENCE)

    def report(self) -> dict[str, Any]:
        """Return its status."""
        status = self.process.poll()
        assert status is None, f"it ended with {status}: {self.log.read_text()}"
        with suppress(UnavailableError):
            return ask(self.runtime, {"command": "status"})
        return {"protecting": False, "problems": [], "devices": []}

    def status(self) -> dict[str, Any]:
        """Return its status if it protects; empty if not."""
        report = self.report()
        return report if report["protecting"] else {}

    def rehearses(self) -> bool:
        """Whether the failure that is rehearsed has happened; it is never said to protect then."""
        report, log = self.report(), self.log.read_text()
        assert not report["protecting"]
        if "-down: " in log:
            return "it stays away: this" in log
        is_said = any(each.startswith("rehearsing") for each in report["problems"])
        return is_said and self.has_table()

    def child(self, name: str) -> int:
        """Return the process of gate or addon."""
        for pid in self._children():
            if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        raise AssertionError(f"no {name}: {self.log.read_text()}")

    def has_table(self) -> bool:
        words = self.place.command("nft", "list", "set", "inet", "hushgate", "speakers")
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return KITCHEN in done.stdout

    def tell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Give an owner's command."""
        command = (sys.executable, "-m", "hushgate", *words, "--runtime-dir", str(self.runtime))
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    def failures(self) -> Counter[str]:
        """Return how often the fail policy was used, by cause, as the page of metrics says."""
        failures: Counter[str] = Counter()
        for labels, value in self.samples("hushgate_fail_policy_total"):
            failures[labels["cause"]] += int(value)
        return failures

    def samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Return what the page of metrics says of one: labels and value."""
        with (
            self.place.entered(),
            urllib.request.urlopen("http://127.0.0.1:9108/metrics", timeout=PATIENCE) as answer,
        ):
            page = answer.read().decode()
        return [
            (sample.labels, sample.value)
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == name
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of its ledger."""
        words = ("log", "--json", "--state-dir", str(self.state))
        done = subprocess.run(
            [sys.executable, "-m", "hushgate", *words], capture_output=True, cwd=ROOT, check=False
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind.

        The supervisor stands still meanwhile: it starts anew what ends before it does, and a gate
        that comes up after all else is gone would shut the speakers of the next test.
        """
        with suppress(OSError):
            self.process.send_signal(signal.SIGSTOP)
            for pid in self._children():
                os.kill(pid, signal.SIGKILL)
                until(lambda pid=pid: has_ended(pid), "that its parts are gone")
        self.process.kill()
        self.process.wait()
        if not self._keep:
            self.place.run("nft", "-f", "-", stdin=render_removal())

    def _children(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits only for its parent to take note."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


class Speaker:
    """The kitchen, speaking into a shut window."""

    def __init__(self, home: Network, family: int) -> None:
        self._home = home
        self._address = f"{CLOUD_4}70" if family == 4 else f"{CLOUD_6}70"
        self._family = socket.AF_INET if family == 4 else socket.AF_INET6
        self.words: list[bytes] = []
        """Every word that was said."""
        self.quiet = threading.Event()

    def connect(self) -> socket.socket | None:
        with self._home.speakers["kitchen"].entered():
            sock = socket.socket(self._family, socket.SOCK_STREAM)
        sock.settimeout(2.0)
        try:
            sock.connect((self._address, 443))
        except OSError:
            sock.close()
            return None
        return sock

    def keep_speaking(self) -> None:
        """Speak until told to be quiet; connect anew for each sentence, if that is possible."""
        while not self.quiet.is_set():
            self.speak()

    def speak(self) -> None:
        """Say something as an Echo does: 48 kB of pre-roll at once, then two seconds of 32 kB/s."""
        with ExitStack() as stack:
            sock = self.connect()
            if sock is not None:
                stack.enter_context(sock)
            self._say(sock)

    def _say(self, sock: socket.socket | None) -> None:
        for size in (3000, *[40] * 100):
            word = new_marker()
            self.words.append(word)
            try:
                if sock is not None:
                    sock.sendall(word * size)
            except OSError:
                sock = None  # cut, or nobody takes it: the rest is said to nobody
            time.sleep(0.02)


@contextmanager
def speaking(home: Network) -> Iterator[list[Speaker]]:
    """Let the kitchen speak all the time, over IPv4 and IPv6."""
    speakers = [Speaker(home, family) for family in (4, 6)]
    mouths = [threading.Thread(target=speaker.keep_speaking) for speaker in speakers]
    for mouth in mouths:
        mouth.start()
    try:
        yield speakers
    finally:
        for speaker, mouth in zip(speakers, mouths, strict=True):
            speaker.quiet.set()
            mouth.join()
