"""Whatever is taken from hushgate, or done to the machine around it: the speakers stay shut.

Rules flushed by another firewall, a full disk, a full connection table, a reboot and an upgrade,
connections that were there before it. The speaker speaks all the time; what counts is what arrives
at the other side of the gateway's line.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.cloudside import CloudSide, Trickle
from tests.e2e.farend import FarEnd, new_marker
from tests.e2e.gateprocess import ROOT, until
from tests.e2e.owner import CONFIG, Hushgate, Speaker, speaking
from tests.home.network import CLOUD_4, CLOUD_6, GATEWAY, Network

pytestmark = pytest.mark.e2e

FULL = 300_000
"""Entries of a connection table that a test can fill in seconds."""


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Network, FarEnd]]:
    home = Network()
    with (
        closing(home),
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, home.speakers["office"])) as far_end,
    ):
        yield home, far_end


def heard(speakers: list[Speaker], seen: bytes) -> list[int]:
    """Return which of the words arrived."""
    return [
        number
        for speaker in speakers
        for number, word in enumerate(list(speaker.words))
        if word in seen
    ]


def test_rules_that_another_firewall_flushes_are_back_and_then_no_word_leaves(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    """What leaves before they are back is published by `python -m tests.bench gate`."""
    home, far_end = scene
    others = home.gateway.run("nft", "list", "ruleset")
    with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
        with speaking(home) as speakers:
            time.sleep(1.0)
            home.gateway.run("nft", "-f", "-", stdin=f"flush ruleset\n{others}")
            until(hushgate.has_table, "the table")
            far_end.arrived()
            said = [len(speaker.words) for speaker in speakers]
            until(lambda: all(len(s.words) > n + 200 for s, n in zip(speakers, said, strict=True)),
                  "that it spoke on")  # fmt: skip
            time.sleep(0.5)
            assert heard(speakers, far_end.arrived()) == []
        status = until(hushgate.status, "its status")
        assert status["gate"]["reasserted"] == 1


def test_with_a_full_disk_no_word_leaves_and_the_owner_is_told(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    home, far_end = scene
    with small_disk(tmp_path / "state") as disk, closing(Hushgate(home.gateway, tmp_path)) as ours:
        filler = disk / "filler"
        fill(filler)
        with speaking(home) as speakers:
            until(lambda: len(speakers[0].words) > 300, "three sentences")
            refused = ours.tell("allow", "kitchen", "10m")
            problem = until(
                lambda: "ledger cannot be written" in ours.tell("status").stdout, "that it is said"
            )
            assert heard(speakers, far_end.arrived()) == []
        assert problem
        assert refused.returncode != 0, "what would be forgotten by a restart is not promised"
        assert "cannot be written" in refused.stderr
        filler.unlink()
        until(ours.status, "that all is well again")
        assert ours.tell("allow", "kitchen", "10m").returncode == 0
        assert until(ours.rows, "the rows that waited")


def test_a_start_with_a_broken_ledger_and_a_taken_port_guards_all_the_same(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    home, far_end = scene
    with home.gateway.entered():
        other = socket.create_server(("127.0.0.1", 9108))
    with other, closing(Hushgate(home.gateway, tmp_path)) as ours:
        assert "/metrics cannot be served" in ours.tell("status").stdout
        for file in ours.state.glob("ledger.sqlite*"):
            file.unlink()
        (ours.state / "ledger.sqlite").write_bytes(b"no ledger" * 1000)
        os.kill(ours.child("addon"), signal.SIGKILL)
        until(
            lambda: "ledger cannot be written" in ours.tell("status").stdout,
            "that it is up again, and says so",
        )
        with speaking(home) as speakers:
            until(lambda: len(speakers[0].words) > 300, "three sentences")
        assert heard(speakers, far_end.arrived()) == []
        other.close()
        until(lambda: "/metrics" not in ours.tell("status").stdout, "that the page is served")
        assert ours.failures()["addon-down"] >= 1
        assert ours.samples("hushgate_problems") == [({}, 1)], "no panel is green"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a file system of one megabyte."""
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    except subprocess.CalledProcessError:
        pytest.skip("no right to mount here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def test_with_a_full_connection_table_no_word_leaves_and_later_all_is_well(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    """The kernel then drops every first packet of anybody; that is its rule and not ours."""
    if shutil.which("conntrack") is None:
        pytest.skip("conntrack is not installed (apt: conntrack)")
    home, far_end = scene
    most = int(home.gateway.run("sysctl", "-n", "net.netfilter.nf_conntrack_max"))
    if most > FULL:
        pytest.skip(f"this kernel tracks {most} connections; filling that takes too long")
    with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
        with speaking(home) as speakers:
            time.sleep(1.0)
            fill_connection_table(home, tmp_path / "entries", most)
            said = len(speakers[0].words)
            until(lambda: len(speakers[0].words) > said + 200, "two more sentences")
            assert heard(speakers, b"".join(far_end.read())) == []
            home.gateway.run("conntrack", "-F")
            speaker = Speaker(home, 4)
            with closing(until(speaker.connect, "a connection")) as stream:
                stream.sendall(b"music, please\n")
                assert stream.recv(1000)
            assert heard(speakers, far_end.arrived()) == []
        until(hushgate.status, "that it protects")


def fill_connection_table(home: Network, path: Path, most: int) -> None:
    """Add connections that the kernel will not give up for new ones, until no more fit."""
    with path.open("w") as file:
        for number in range(most + 1000):
            source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            ends = f"-s {source} -d 10.99.0.1 -r 10.99.0.1 -q {source}"
            file.write(
                f"-I -p udp {ends} --sport 9 --dport 9 --reply-port-src 9 --reply-port-dst 9"
                " -t 600 -u ASSURED,SEEN_REPLY\n"
            )
    words = home.gateway.command("conntrack", "--load-file", str(path))
    subprocess.run(words, capture_output=True, check=False)  # the last ones do not fit
    count = int(home.gateway.run("sysctl", "-n", "net.netfilter.nf_conntrack_count"))
    assert count >= most - 100, f"{count} of {most}"


def test_from_boot_over_a_restart_to_an_upgrade_no_word_leaves(tmp_path: Path) -> None:
    """What deploy/systemd does, in its order, with a speaker that speaks through all of it."""
    home = Network()
    with closing(home), closing(CloudSide(home.cloud)):
        home.gateway.run("ip", "link", "set", "wan0", "down")
        config = tmp_path / "hushgate.yaml"
        config.write_text(CONFIG)
        places = ("--config", str(config), "--state-dir", str(tmp_path / "state"))
        home.gateway.run("env", f"PYTHONPATH={ROOT / 'addon'}", *python("shut", *places))
        home.gateway.configure(
            "link set wan0 up",
            "route replace default via 198.51.100.5",
            f"addr replace {GATEWAY.wan6}/64 dev wan0 nodad",
            f"route replace default via {GATEWAY.wan6[:-1]}2",
        )
        with (
            closing(FarEnd(home.cloud, home.neighbor)) as far_end,
            speaking(home) as speakers,
        ):
            trickle = Trickle(home.neighbor, f"{CLOUD_4}71")
            time.sleep(1.0)
            with closing(Hushgate(home.gateway, tmp_path, "--stay-shut", keep=True)) as hushgate:
                time.sleep(1.0)
                assert hushgate.stop() == 0
            time.sleep(1.0)
            with closing(Hushgate(home.gateway, tmp_path)) as hushgate:
                trickle.stop()
                seen = far_end.arrived()
                assert heard(speakers, seen) == []
                assert [n for n in range(trickle.sent) if trickle.datagram(n) not in seen] == []
                assert hushgate.tell("allow", "kitchen", "10m").returncode == 0
                until(lambda: heard(speakers, far_end.arrived()), "words, once they are allowed")


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "hushgate", *words)


KINDS = list(itertools.product((4, 6), (socket.SOCK_STREAM, socket.SOCK_DGRAM)))
"""TCP and UDP, over IPv4 and IPv6."""


def test_connections_from_before_the_start_carry_no_word_after_it(
    scene: tuple[Network, FarEnd], tmp_path: Path
) -> None:
    home, far_end = scene
    with ExitStack() as stack:
        streams = [stack.enter_context(connect(home, *kind)) for kind in KINDS]
        before = [new_marker() for _ in streams]
        for sock, word in zip(streams, before, strict=True):
            sock.send(word)
        seen = bytearray()

        def have_arrived() -> bool:
            seen.extend(far_end.arrived())
            return all(word in seen for word in before)

        until(have_arrived, "the words from before")
        stack.enter_context(closing(Hushgate(home.gateway, tmp_path)))
        words, ended = [], set()
        for sock, word in itertools.product(streams, [new_marker() for _ in range(100)]):
            words.append(word)
            try:
                sock.send(word * 40)
            except OSError:
                ended.add(sock)
            time.sleep(0.005)
        later = far_end.arrived()
        assert [word for word in words if word in later] == []
        told = {sock for sock in streams if sock.type == socket.SOCK_STREAM}
        assert ended >= told, "the speaker is told, so that it reconnects"


def connect(home: Network, family: int, kind: int) -> socket.socket:
    """Open a flow of the kitchen's to the cloud."""
    with home.speakers["kitchen"].entered():
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind)
    sock.settimeout(60.0)
    sock.connect((f"{CLOUD_4}70" if family == 4 else f"{CLOUD_6}70", 443))
    return sock
