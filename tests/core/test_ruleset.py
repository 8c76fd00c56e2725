"""The nftables document: golden as a whole, and small facts about its commands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hushgate.core.model import Mac
from hushgate.core.ruleset import render_open, render_removal, render_speakers, render_table
from hushgate.core.wiring import QueueKind, Wiring

GOLDEN = Path(__file__).parent.parent / "golden"
KITCHEN, BEDROOM = Mac("fc:65:de:10:00:01"), Mac("4c:17:44:10:00:02")


@pytest.mark.parametrize("queue", QueueKind)
def test_the_whole_document_is_as_reviewed(
    golden: Callable[[Path, str], None], queue: QueueKind
) -> None:
    document = render_table([KITCHEN, BEDROOM], Wiring(), queue=queue)
    golden(GOLDEN / f"ruleset-{queue}.nft", document)


def test_table_without_speakers_has_an_empty_set_and_the_same_rules() -> None:
    document = render_table([], Wiring())
    assert "elements" not in document
    assert "goto from_speaker" in document


def test_every_rule_says_what_it_is_for() -> None:
    rules = [
        line
        for line in render_table([KITCHEN], Wiring()).splitlines()
        if any(
            f"{word} " in line
            for word in ("accept", "drop", "redirect", "reject", "return", "goto")
        )
        and "policy accept" not in line
    ]
    assert len(rules) > 10
    assert [rule for rule in rules if "comment" not in rule] == []


def test_speakers_are_replaced_as_a_whole() -> None:
    assert render_speakers([KITCHEN, BEDROOM]) == (
        "flush set inet hushgate speakers\n"
        "add element inet hushgate speakers { 4c:17:44:10:00:02, fc:65:de:10:00:01 }\n"
    )


def test_no_speakers_leave_an_empty_set() -> None:
    assert render_speakers([]) == "flush set inet hushgate speakers\n"


def test_voice_allowed_ends_by_itself_and_never_at_once() -> None:
    assert render_open({KITCHEN: 4.6, "192.168.1.9": 0.2, "fd00::9": 9}).splitlines() == [
        "flush set inet hushgate open",
        "add element inet hushgate open { fc:65:de:10:00:01 timeout 4s }",
        "flush set inet hushgate open4",
        "add element inet hushgate open4 { 192.168.1.9 timeout 1s }",
        "flush set inet hushgate open6",
        "add element inet hushgate open6 { fd00::9 timeout 9s }",
    ]


def test_only_speakers_are_matched_since_a_line_without_ethernet_matches_no_hardware_address() -> (
    None
):
    assert "ether saddr !=" not in render_table([KITCHEN], Wiring())


def test_speakers_known_by_address_cost_a_lookup_only_where_there_are_any() -> None:
    assert "saddr @speakers4" not in render_table([KITCHEN], Wiring())
    document = render_table([KITCHEN], Wiring(), addresses=["fd00::9", "192.168.1.9"])
    assert document.count("ip saddr @speakers4 goto") == 2
    assert document.count("ip6 saddr @speakers6 goto") == 2


def test_removal_works_whether_the_table_is_there_or_not() -> None:
    assert render_removal() == "table inet hushgate\ndelete table inet hushgate\n"


@pytest.mark.parametrize("kind", [QueueKind.NFT, QueueKind.XT])
def test_only_the_jump_to_the_queue_differs_between_kernels(kind: QueueKind) -> None:
    lines = render_table([KITCHEN], Wiring(), queue=kind).splitlines()
    others = [line for line in lines if "4853" not in line]
    assert len(others) == len(lines) - 1
