"""Whatever dies or hangs: no speech leaves, the neighbor loses nothing, and all comes back.

`hushgate run` as an owner starts it, in a home whose windows are shut. What counts is what arrives
at the other side of the gateway's line.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hushgate.core.model import Mac
from hushgate.core.ruleset import render_removal
from tests.e2e.cloudside import CloudSide, Trickle
from tests.e2e.farend import FarEnd, new_marker
from tests.e2e.gateprocess import PATIENCE, ROOT, until
from tests.home.network import CLOUD_4, CLOUD_6, SPEAKERS, Namespace, Network

pytestmark = pytest.mark.e2e

KITCHEN = Mac(SPEAKERS["kitchen"])
CONFIG = f"""
schema_version: 1
house: {{zone: Europe/Berlin, windows: []}}
speakers:
  kitchen: {{mac: "{KITCHEN}"}}
"""
SOON = 15.0
"""Seconds in which it must be back: five are aimed at, a loaded machine gets three times that."""


class Hushgate:
    """`hushgate run` in a namespace."""

    def __init__(self, place: Namespace, folder: Path, *arguments: str) -> None:
        self.place = place
        self.runtime = folder / "run"
        self.log = folder / "hushgate.log"
        config = folder / "hushgate.yaml"
        config.write_text(CONFIG)
        places = ("--config", config, "--state-dir", folder / "state", "--runtime-dir")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                place.command(
                    *(sys.executable, "-m", "hushgate", "run", *map(str, places)),
                    *(str(self.runtime), *arguments),
                ),
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        until(self.status, "that it protects")

    def status(self) -> dict[str, object]:
        """Return its status if it protects; empty if not."""
        assert self.process.poll() is None, self.log.read_text()
        words = ("status", "--json", "--runtime-dir", str(self.runtime))
        done = subprocess.run(
            [sys.executable, "-m", "hushgate", *words], capture_output=True, cwd=ROOT, check=False
        )
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def child(self, name: str) -> int:
        """Return the process of gate or addon."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return int(pid)
        raise AssertionError(f"no {name}: {self.log.read_text()}")

    def has_table(self) -> bool:
        words = self.place.command("nft", "list", "set", "inet", "hushgate", "speakers")
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return KITCHEN in done.stdout

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind: the children end when their supervisor is gone."""
        with suppress(ProcessLookupError, AssertionError, OSError):
            for name in ("gate", "addon"):
                os.kill(self.child(name), signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.place.run("nft", "-f", "-", stdin=render_removal())


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
            sock = self.connect()
            self.speak(sock)
            if sock is not None:
                sock.close()

    def speak(self, sock: socket.socket | None) -> None:
        """Say something as an Echo does: 48 kB of pre-roll at once, then two seconds of 32 kB/s."""
        for size in (3000, *[40] * 100):
            word = new_marker()
            self.words.append(word)
            if sock is not None:
                with suppress(OSError):
                    sock.sendall(word * size)
            time.sleep(0.02)


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Network, FarEnd]]:
    home = Network()
    with (
        closing(home),
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, home.speakers["office"])) as far_end,
    ):
        yield home, far_end


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
@pytest.mark.parametrize("victims", [("addon",), ("gate",), ("gate", "addon")], ids="+".join)
def test_no_speech_leaves_the_neighbor_loses_nothing_and_it_comes_back(
    scene: tuple[Network, FarEnd], tmp_path: Path, victims: tuple[str, ...], number: int
) -> None:
    """The speaker speaks all the time, over IPv4 and IPv6: while held, while dead, and after."""
    home, far_end = scene
    with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
        speakers = [Speaker(home, family) for family in (4, 6)]
        trickle = Trickle(home.neighbor, f"{CLOUD_4}71")
        music = [until(speaker.connect, "a connection") for speaker in speakers]
        for stream in music:
            stream.sendall(b"music, please\n")
            assert stream.recv(1000)
        mouths = [threading.Thread(target=speaker.keep_speaking) for speaker in speakers]
        for mouth in mouths:
            mouth.start()
        time.sleep(1.0)  # both are in the middle of a sentence that is held
        pids = {name: hushgate.child(name) for name in victims}
        for pid in pids.values():
            os.kill(pid, number)
        until(lambda: is_back(hushgate, pids), "both processes anew, and protecting", SOON)
        for stream in music:
            stream.close()
        for speaker in speakers:
            with closing(until(speaker.connect, "a connection", SOON)) as stream:
                stream.sendall(b"music, please\n")
                assert stream.recv(1000), "music plays again"
        for speaker, mouth in zip(speakers, mouths, strict=True):
            speaker.quiet.set()
            mouth.join()
        trickle.stop()
        time.sleep(0.5)
        seen = far_end.arrived()
    for speaker in speakers:
        assert len(speaker.words) > 100
        assert [at for at, word in enumerate(speaker.words) if word in seen] == []
    assert [n for n in range(trickle.sent) if trickle.datagram(n) not in seen] == []


def is_back(hushgate: Hushgate, before: dict[str, int]) -> bool:
    """Whether the processes that died are there anew, and the whole protects."""
    try:
        anew = all(hushgate.child(name) != pid for name, pid in before.items())
    except (AssertionError, OSError):
        return False
    return anew and bool(hushgate.status())


def test_a_killed_supervisor_leaves_the_speakers_shut(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    home, far_end = scene
    with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
        speaker = Speaker(home, 4)
        gate, addon = hushgate.child("gate"), hushgate.child("addon")
        hushgate.process.kill()
        hushgate.process.wait()
        for pid in (gate, addon):
            until(lambda pid=pid: not Path(f"/proc/{pid}/root").exists(), "the end of both")
        assert hushgate.has_table()
        speaker.speak(speaker.connect())
        assert not any(word in far_end.arrived() for word in speaker.words)


def test_a_stop_leaves_the_network_as_it_was_and_stay_shut_leaves_it_shut(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    home, far_end = scene
    before = home.gateway.run("nft", "list", "ruleset")
    with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
        assert hushgate.stop() == 0
    assert home.gateway.run("nft", "list", "ruleset") == before
    with closing(Hushgate(home.gateway, tmp_path, "--stay-shut")) as hushgate:
        assert hushgate.stop() == 0
        assert hushgate.has_table()
        speaker = Speaker(home, 6)
        speaker.speak(speaker.connect())
        assert not any(word in far_end.arrived() for word in speaker.words)
