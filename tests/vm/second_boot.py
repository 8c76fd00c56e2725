"""The boot after; tests/vm/service.sh runs it, in this order, and removes hushgate at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hushgate.adapters.notify import tell_systemd
from tests.vm.router import RULES, Router, commands_of, guards, router, typed


@pytest.fixture(scope="module")
def home() -> Iterator[Router]:
    with router() as home:
        yield home


def test_before_it_runs_both_speakers_are_shut(home: Router) -> None:
    assert typed("systemctl is-active hushgate").strip() != "active"
    assert not home.arrives("TCP", 4)
    assert not home.arrives("TCP", 4, "bedroom")  # found, not named
    tell_systemd("READY=1")


def test_it_guards_and_remembers(home: Router) -> None:
    assert "Galley" in {device["name"] for device in guards()["devices"]}
    assert "override-open" in typed("hushgate log --json")


def test_what_the_document_says_removes_all_of_it(home: Router) -> None:
    for line in commands_of("Remove"):
        print(line, typed(line), sep="\n")
    assert typed("nft list ruleset") == RULES.read_text()
    assert "hushgate" not in typed("systemctl list-unit-files")
    assert not [path for path in Path("/var/lib").glob("**/hushgate") if path.exists()]
    assert not Path("/run/hushgate").exists()
    assert home.arrives("TCP", 4)
