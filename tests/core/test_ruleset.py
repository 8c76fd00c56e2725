"""The nftables document: golden as a whole, and small facts about its commands."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.model import Mac
from hushgate.core.ruleset import (
    common_bits,
    render_ended,
    render_heard,
    render_open,
    render_removal,
    render_speakers,
    render_table,
)
from hushgate.core.udpflows import FlowId
from hushgate.core.wiring import QueueKind, Wiring

GOLDEN = Path(__file__).parent.parent / "golden"
KITCHEN, BEDROOM = Mac("fc:65:de:10:00:01"), Mac("4c:17:44:10:00:02")


@pytest.mark.parametrize("queue", QueueKind)
def test_the_whole_document_is_as_reviewed(
    golden: Callable[[Path, str], None], queue: QueueKind
) -> None:
    document = render_table([KITCHEN, BEDROOM], Wiring(), queue=queue)
    golden(GOLDEN / f"ruleset-{queue}.nft", document)


def test_a_table_without_speakers_takes_nobody_for_one() -> None:
    document = render_table([], Wiring())
    assert "elements" not in document
    assert "jump maybe_speaker" not in document


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


def test_speakers_are_replaced_as_a_whole_with_how_they_are_told_apart() -> None:
    commands = render_speakers([KITCHEN, BEDROOM]).splitlines()
    assert commands[:3] == [
        "flush set inet hushgate speakers",
        "add element inet hushgate speakers { 4c:17:44:10:00:02, fc:65:de:10:00:01 }",
        "flush chain inet hushgate forward",
    ]
    (rule,) = commands[3:]
    assert rule.startswith(
        "add rule inet hushgate forward @ll,64,32 & 0x65fffffc == 0x44100000 jump maybe_speaker"
    )


def test_a_replaced_rule_is_that_of_a_table_loaded_anew() -> None:
    addresses = ["192.168.1.9", "fd00::9"]
    document = render_table([KITCHEN, BEDROOM], Wiring(), addresses=addresses)
    commands = render_speakers([KITCHEN, BEDROOM], addresses).splitlines()
    rules = [line.removeprefix("add rule inet hushgate forward ") for line in commands[3:]]
    assert len(rules) == 3
    assert "\n".join(f"\t\t{rule}" for rule in rules) in document


def test_no_speakers_leave_an_empty_set_and_no_rule() -> None:
    assert render_speakers([]).splitlines() == [
        "flush set inet hushgate speakers",
        "flush chain inet hushgate forward",
    ]


@given(macs=st.lists(st.integers(0, (1 << 48) - 1), min_size=1, max_size=12))
def test_no_speaker_fails_the_first_comparison(macs: list[int]) -> None:
    mask, value = common_bits([Mac(mac.to_bytes(6).hex(":")) for mac in macs])
    assert all(mac & mask == value for mac in macs)


@given(mac=st.integers(0, (1 << 48) - 1), bit=st.integers(0, 31))
def test_one_speaker_is_told_from_everybody_whose_last_four_bytes_differ(
    mac: int, bit: int
) -> None:
    mask, value = common_bits([Mac(mac.to_bytes(6).hex(":"))])
    assert (mac ^ 1 << bit) & mask != value


def test_speakers_that_have_nothing_in_common_are_looked_up_at_once() -> None:
    opposite = [Mac("00:00:00:00:00:00"), Mac("00:00:ff:ff:ff:ff")]
    document = render_table(opposite, Wiring())
    assert "@ll" not in document
    assert "\t\tjump maybe_speaker" in document


def test_voice_allowed_ends_by_itself_and_never_at_once() -> None:
    assert render_open({KITCHEN: 4.6, "192.168.1.9": 0.2, "fd00::9": 9}).splitlines() == [
        "flush set inet hushgate open",
        "add element inet hushgate open { fc:65:de:10:00:01 timeout 4s }",
        "flush set inet hushgate open4",
        "add element inet hushgate open4 { 192.168.1.9 timeout 1s }",
        "flush set inet hushgate open6",
        "add element inet hushgate open6 { fd00::9 timeout 9s }",
        "flush set inet hushgate short_way",
        "add element inet hushgate short_way { fc:65:de:10:00:01 timeout 4s }",
    ]


def test_a_speaker_with_an_ended_flow_takes_the_long_way_where_it_is_looked_for() -> None:
    flow = FlowId("passed", KITCHEN, "192.168.1.9", "203.0.113.5", 4000, 443)
    assert render_ended([flow]).splitlines() == [
        "add element inet hushgate ended4"
        " { fc:65:de:10:00:01 . 192.168.1.9 . 203.0.113.5 . 4000 . 443 }",
        "add element inet hushgate short_way { fc:65:de:10:00:01 }",
        "delete element inet hushgate short_way { fc:65:de:10:00:01 }",
    ]
    later = render_open({KITCHEN: 5, BEDROOM: 5}, {KITCHEN})
    assert "short_way { 4c:17:44:10:00:02 timeout 5s }" in later


def test_an_address_that_is_noted_again_gets_a_new_end() -> None:
    assert render_heard(["fd00::9", "192.168.1.9"]).splitlines() == [
        "add element inet hushgate heard4 { 192.168.1.9 }",
        "delete element inet hushgate heard4 { 192.168.1.9 }",
        "add element inet hushgate heard4 { 192.168.1.9 }",
        "add element inet hushgate heard6 { fd00::9 }",
        "delete element inet hushgate heard6 { fd00::9 }",
        "add element inet hushgate heard6 { fd00::9 }",
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
