"""`hushgate run --simulate CAUSE`: the table of docs/gate.md, row by row, at the far end."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from hushgate.core.settings import Cause
from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd, new_marker
from tests.e2e.gateprocess import until
from tests.e2e.owner import Hushgate, Speaker
from tests.home.network import CLOUD_4, Network
from tests.wire.initials import aioquic_datagrams

pytestmark = pytest.mark.e2e

HELLO = aioquic_datagrams("redirector.googlevideo.com")[0]
RTP = b"\x80\x6f\x00\x01" + bytes(8)


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Network, FarEnd]]:
    home = Network()
    with (
        closing(home),
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, home.speakers["office"])) as far_end,
    ):
        yield home, far_end


class Kitchen:
    """A speaker that tries everything a speaker does."""

    def __init__(self, home: Network, far_end: FarEnd, sockets: ExitStack) -> None:
        self._home = home
        self._far_end = far_end
        self._sockets = sockets
        self.arrived: set[str] = set()
        """What has reached the cloud so far."""

    def try_all(self) -> set[str]:
        """Speak over TCP, call, and ask for media over QUIC, each once more."""
        speech, call = new_marker(), new_marker()
        if (sock := Speaker(self._home, 4).connect()) is not None:
            self._sockets.enter_context(sock)
            with suppress(OSError):
                sock.sendall(speech * 3000)
        for payload, port in ((RTP + call, 50_000), (HELLO, 443)):
            with self._home.speakers["kitchen"].entered():
                sock = self._sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.sendto(payload, (f"{CLOUD_4}60", port))
        time.sleep(0.3)
        seen = self._far_end.arrived()
        for what, mark in (("speech", speech), ("call", call), ("quic", HELLO)):
            if mark in seen:
                self.arrived.add(what)
        return self.arrived


def plays_music(home: Network) -> bool:
    """Whether a connection that sends next to nothing is answered."""
    if (sock := Speaker(home, 4).connect()) is None:
        return False
    with closing(sock), suppress(OSError):
        sock.sendall(b"music, please\n")
        return bool(sock.recv(1000))
    return False


@pytest.mark.parametrize(
    ("cause", "music", "allowed", "is_counted"),
    [
        pytest.param(Cause.ADDON_DOWN, False, set(), False, id="addon-down: nothing passes"),
        pytest.param(
            Cause.GATE_DOWN, True, {"speech"}, False, id="gate-down: what the addon carries passes"
        ),
        pytest.param(
            Cause.QUEUE_FULL, True, {"speech"}, True, id="queue-full: no call and no QUIC"
        ),
        pytest.param(Cause.UNDECODABLE, True, {"speech", "call"}, True, id="undecodable: no QUIC"),
        pytest.param(
            Cause.CLOCK_UNTRUSTED, True, set(), True, id="clock-untrusted: shut, but for music"
        ),
        pytest.param(
            Cause.MEMORY,
            False,
            {"speech", "call", "quic"},
            True,
            id="memory: what would wait is ended, what need not passes",
        ),
    ],
)
def test_a_rehearsed_failure_is_seen_at_the_far_end(
    scene: tuple[Network, FarEnd],
    tmp_path: Path,
    cause: Cause,
    music: bool,
    allowed: set[str],
    is_counted: bool,
) -> None:
    """Music outside the window, then everything while the owner allows voice."""
    home, far_end = scene
    before = home.gateway.run("nft", "list", "ruleset")
    with closing(Hushgate(home.gateway, tmp_path, "--simulate", cause)) as hushgate:
        with ExitStack() as sockets:
            assert plays_music(home) is music
            kitchen = Kitchen(home, far_end, sockets)
            kitchen.try_all()
            assert kitchen.arrived == set(), "outside the window nothing of it ever leaves"
            is_told = hushgate.tell("allow", "kitchen", "10m").returncode == 0
            assert is_told is (cause is not Cause.ADDON_DOWN)
            until(lambda: kitchen.try_all() >= allowed, "what passes")
            for _ in range(3):
                kitchen.try_all()
            assert kitchen.arrived == allowed
        if cause is not Cause.ADDON_DOWN:
            until(lambda: bool(hushgate.failures()[cause]) is is_counted, "the count")
        assert not hushgate.status(), "it is never said to protect"
        assert hushgate.stop() == 0
    assert home.gateway.run("nft", "list", "ruleset") == before
