"""`hushgate run` on a kernel that has the queue statement of nftables; `make vm-test` runs it.

In an emulated machine, so one way of sending is tried after the other. What counts is what arrives
at the other side of the router's line.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd
from tests.e2e.owner import Hushgate
from tests.e2e.test_matrix import FRAMES, SETTLE, SILENCE, WAYS, Played, Voice
from tests.home.network import Namespace, Network

CONFIG = """
schema_version: 1
house: {zone: Europe/Berlin, windows: []}
speakers:
  kitchen: {name: Kitchen, vendor: amazon, mac: "fc:65:de:10:00:01"}
gateway: {resolver: 203.0.113.53}
"""
PREROLL = 3000
"""Words that go ahead at once: 48 kB, as an Echo does. Where the machine stands still between two
frames for longer than a small report waits, the first of them may be taken for one."""
CHANGING = ("conntrack_count", "random", "nr_", "dentry-state", "inode-")
"""Parts of names of sysctls that move by themselves."""


class Day(NamedTuple):
    """What became of one start, one opening of the window, and one stop."""

    status: dict[str, Any]
    closed: dict[tuple[str, int], Played]
    opened: dict[tuple[str, int], Played]
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with ExitStack() as stack:
        home = stack.enter_context(closing(Network()))
        home.cloud.run("nft", "-f", "-", stdin=SILENCE)
        stack.enter_context(closing(CloudSide(home.cloud)))
        far_end = stack.enter_context(closing(FarEnd(home.cloud, home.speakers["office"])))
        before = network_of(home.gateway)
        folder = tmp_path_factory.mktemp("whole")
        hushgate = stack.enter_context(closing(Hushgate(home.gateway, folder, config=CONFIG)))
        status = hushgate.report()
        closed = say_all(home, far_end)
        hushgate.tell("allow", "kitchen", "1h")
        time.sleep(SETTLE)
        opened = say_all(home, far_end, attempts=3)
        assert hushgate.stop() == 0
        yield Day(status, closed, opened, before, network_of(home.gateway))


def say_all(home: Network, far_end: FarEnd, attempts: int = 1) -> dict[tuple[str, int], Played]:
    """Say something in every way, one after the other; return what arrived of it at last.

    "Voice allowed" runs out if the gate is not reached for seconds, as it may be on a machine that
    is as slow as this and has other work besides: what is then cut is said again.
    """
    played = {}
    for way, family in itertools.product(WAYS, (4, 6)):
        for _ in range(attempts):
            voice = Voice(home.speakers["kitchen"], family, PREROLL)
            WAYS[way](voice)
            seen = far_end.arrived()
            arrived = sum(marker in seen for marker in voice.markers)
            played[way, family] = Played(FRAMES, arrived)
            if arrived == FRAMES:
                break
    return played


def network_of(place: Namespace) -> dict[str, str]:
    """Return what a stop must leave as it was: rules of nftables and of routing, and sysctls."""
    words = {
        "ruleset": ("nft", "list", "ruleset"),
        "rules": ("ip", "rule"),
        "rules of IPv6": ("ip", "-6", "rule"),
        "routes": ("ip", "route", "show", "table", "all"),
    }
    found = {what: place.run(*command) for what, command in words.items()}
    return found | dict(sysctls(place))


def sysctls(place: Namespace) -> Iterator[tuple[str, str]]:
    """Give those of the network, in a namespace, that do not move by themselves."""
    with place.entered():
        for path in Path("/proc/sys/net").rglob("*"):
            if any(part in path.name for part in CHANGING) or not path.is_file():
                continue
            try:
                yield str(path), path.read_text(encoding="ascii")
            except OSError:
                continue  # written only, or this machine has not got it


families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])
ways = pytest.mark.parametrize("way", WAYS, ids=str)


def test_it_guards_and_hands_first_packets_over_by_the_statement(day: Day) -> None:
    assert day.status["protecting"]
    assert day.status["gate"]["queue"] == "nft"


@families
@ways
def test_outside_the_window_no_speech_arrives(day: Day, way: str, family: int) -> None:
    assert day.closed[way, family] == Played(FRAMES, 0)


@families
@ways
def test_inside_the_window_all_of_it_arrives(day: Day, way: str, family: int) -> None:
    assert day.opened[way, family] == Played(FRAMES, FRAMES)


def test_a_stop_leaves_rules_routes_and_sysctls_as_they_were(day: Day) -> None:
    assert day.after == day.before
