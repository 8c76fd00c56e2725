"""Whatever dies or hangs: no speech leaves, the neighbor loses nothing, and all comes back.

`hushgate run` as an owner starts it, in a home whose windows are shut. What counts is what arrives
at the other side of the gateway's line.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.cloudside import CloudSide, Trickle
from tests.e2e.farend import FarEnd
from tests.e2e.gateprocess import until
from tests.e2e.owner import Hushgate, Speaker, speaking
from tests.home.network import CLOUD_4, Network

pytestmark = pytest.mark.e2e

SOON = 90.0
"""Seconds in which it must be back: five are aimed at and measured by `python -m tests.bench gate`;
a loaded machine gets many times that."""


@contextmanager
def new_scene() -> Iterator[tuple[Network, FarEnd]]:
    home = Network()
    with (
        closing(home),
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, home.speakers["office"])) as far_end,
    ):
        yield home, far_end


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Network, FarEnd]]:
    """A home in which nothing runs."""
    with new_scene() as scene:
        yield scene


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Network, FarEnd, Hushgate]]:
    """A home that is guarded, one failure after the other."""
    with new_scene() as (home, far_end):
        folder = tmp_path_factory.mktemp("guarded")
        with closing(Hushgate(home.gateway, folder)) as hushgate:
            yield home, far_end, hushgate


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
@pytest.mark.parametrize("victims", [("addon",), ("gate",), ("gate", "addon")], ids="+".join)
def test_no_speech_leaves_the_neighbor_loses_nothing_and_it_comes_back(
    guarded: tuple[Network, FarEnd, Hushgate], victims: tuple[str, ...], number: int
) -> None:
    """The speaker speaks all the time, over IPv4 and IPv6: while held, while dead, and after."""
    home, far_end, hushgate = guarded
    failures = hushgate.failures()
    trickle = Trickle(home.neighbor, f"{CLOUD_4}71")
    with speaking(home) as speakers:
        music = [play(speaker) for speaker in speakers]
        time.sleep(1.0)  # both are in the middle of a sentence that is held
        pids = {name: hushgate.child(name) for name in victims}
        for pid in pids.values():
            os.kill(pid, number)
        until(lambda: is_back(hushgate, pids), "both processes anew, and protecting", SOON)
        for stream in (*music, *map(play, speakers)):
            stream.close()
    trickle.stop()
    time.sleep(0.5)
    seen = far_end.arrived()
    failures.update(f"{name}-down" for name in victims)
    until(lambda: hushgate.failures() == failures, "that each failure is counted once")
    for speaker in speakers:
        assert len(speaker.words) > 100
        assert [at for at, word in enumerate(speaker.words) if word in seen] == []
    assert [n for n in range(trickle.sent) if trickle.datagram(n) not in seen] == []


def play(speaker: Speaker) -> socket.socket:
    """Play music on a connection of its own; it must begin within a while."""
    stream = until(speaker.connect, "a connection", SOON)
    stream.sendall(b"music, please\n")
    assert stream.recv(1000), "music plays"
    return stream


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
        speaker.speak()
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
        speaker.speak()
        assert not any(word in far_end.arrived() for word in speaker.words)
