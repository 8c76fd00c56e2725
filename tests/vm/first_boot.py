"""hushgate becomes a service, as docs/install.md says; tests/vm/service.sh runs it, in this order.

What counts is what arrives at the other side of the router's line.
"""

import ctypes
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hushgate.adapters.householdfile import NAME
from hushgate.adapters.notify import tell_systemd
from tests.e2e.gateprocess import until
from tests.e2e.test_matrix import WAYS
from tests.vm.router import (
    FOUND,
    RULES,
    Router,
    commands_of,
    guards,
    processes,
    rights_of,
    router,
    status,
    typed,
    wait_until,
)

NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])
ways = pytest.mark.parametrize("way", WAYS, ids=str)


@pytest.fixture(scope="module")
def home() -> Iterator[Router]:
    with router() as home:
        yield home


def test_without_it_the_speaker_is_heard(home: Router) -> None:
    RULES.write_text(typed("nft list ruleset"))
    assert home.arrives("TCP", 4)
    tell_systemd("READY=1")


def test_the_commands_of_the_document_make_it_guard(home: Router) -> None:
    for line in commands_of("As a service"):
        print(line, typed(line), sep="\n")
    assert guards()["gate"]["queue"] == "nft"
    assert typed("systemctl is-active hushgate-shut hushgate").split() == ["active", "active"]
    print("hushgate: modules", *re.findall(r"^nf\S+", typed("lsmod"), re.MULTILINE))


def test_systemd_finds_nothing_wrong_with_the_units(home: Router) -> None:
    assert typed("systemd-analyze verify /etc/systemd/system/hushgate*.service") == ""


def test_its_parts_have_the_rights_that_are_said(home: Router) -> None:
    capabilities = {"run": NET_ADMIN | NET_RAW, "gate": NET_ADMIN, "addon": 0}
    for name, process in processes().items():
        rights = rights_of(process)
        assert int(rights["CapEff"], 16) == int(rights["CapPrm"], 16) == capabilities[name], name
        assert rights["NoNewPrivs"] == "1"
        assert rights["Seccomp"] == "2"  # filtered
        assert "0" not in rights["Uid"].split()


@families
@ways
def test_outside_the_window_no_word_arrives(home: Router, way: str, family: int) -> None:
    assert not home.arrives(way, family)


@families
@ways
def test_inside_the_window_words_arrive(home: Router, way: str, family: int) -> None:
    if status()["devices"][0]["voice"] != "allowed":
        typed("hushgate allow kitchen 1h")
        wait_until(lambda now: now["devices"][0]["voice"] == "allowed", "the open window")
    until(lambda: home.arrives(way, family), "a word", 300.0)


def test_a_clock_that_was_set_is_believed_when_ntp_vouches_for_it(home: Router) -> None:
    typed("hushgate resume kitchen")
    wait_until(lambda now: now["devices"][0]["voice"] == "block", "the closed window")
    typed("date --set '+1 hour'")
    wait_until(lambda now: any("clock" in each for each in now["problems"]), "the distrust")
    vouch_for_the_clock()
    guards()


def vouch_for_the_clock() -> None:
    """Tell the kernel what a client of NTP tells it: the clock follows a better one."""
    timex = ctypes.create_string_buffer(256)
    ctypes.c_uint.from_buffer(timex).value = 0x0010 | 0x0004 | 0x0008  # ADJ_STATUS and both errors
    assert ctypes.CDLL(None).adjtimex(timex) >= 0


@pytest.mark.parametrize("part", ["gate", "addon", "run"])
def test_a_part_that_is_killed_comes_back_and_no_word_arrives(home: Router, part: str) -> None:
    killed = processes()[part]
    os.kill(killed, signal.SIGKILL)
    assert not home.arrives("TCP", 4)
    until(lambda: part in parts() and parts()[part] != killed, "another process", 300.0)
    guards()
    assert not home.arrives("a call by RTP", 4)


def parts() -> dict[str, int]:
    """Return its processes; none while it is being started."""
    try:
        return processes()
    except (OSError, StopIteration):
        return {}


def test_a_reload_reads_the_configuration_anew(home: Router) -> None:
    before = processes()
    file = Path("/etc/hushgate/hushgate.yaml")
    file.write_text(file.read_text().replace("name: Kitchen,", "name: Galley,"))
    typed("systemctl reload hushgate")
    wait_until(lambda now: now["devices"][0]["name"] == "Galley", "the new name")
    assert processes() == before


def test_a_stop_leaves_the_speaker_shut_and_a_start_guards_it(home: Router) -> None:
    typed("systemctl stop hushgate")
    assert status().get("protecting") is False
    assert not home.arrives("TCP", 6)
    remember_a_found_speaker()
    typed("systemctl start hushgate")
    assert guards()


def remember_a_found_speaker() -> None:
    """Write what it would have written, had it found one."""
    file = Path("/var/lib/hushgate", NAME)
    household = json.loads(file.read_text())
    household["found"] = [{"device": FOUND, "vendor": "amazon", "model": None, "confidence": 0.9}]
    file.write_text(json.dumps(household))


def test_a_speaker_that_was_found_is_guarded_too(home: Router) -> None:
    wait_until(lambda now: len(now["devices"]) == 2, "the speaker that was found")
    assert not home.arrives("TCP", 4, "bedroom")
