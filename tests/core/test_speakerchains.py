"""What becomes of a speaker's packets; the whole document is golden in test_ruleset.py."""

import re

import pytest

from hushgate.core.speakerchains import render_chains
from hushgate.core.wiring import QueueKind, Wiring


def chains(queue: QueueKind, wiring: Wiring | None = None) -> dict[str, list[str]]:
    """Name to rules of each chain."""
    document = render_chains(wiring or Wiring(), queue)
    found = re.findall(r"^\tchain (\w+) \{\n(.*?)^\t\}", document, re.MULTILINE | re.DOTALL)
    return {name: body.strip().splitlines() for name, body in found}


@pytest.mark.parametrize("queue", QueueKind)
def test_a_speaker_s_packet_never_falls_out_of_a_chain(queue: QueueKind) -> None:
    """What falls out is accepted; "count" alone is come back from, "ask" hands over."""
    for name, rules in chains(queue).items():
        if name not in ("count", "ask"):
            assert re.search(r"\t?(goto \w+|accept|drop|reject with [\w -]+) comment", rules[-1])


@pytest.mark.parametrize("queue", QueueKind)
def test_every_chain_that_is_gone_to_is_there(queue: QueueKind) -> None:
    found = chains(queue)
    named = {
        target
        for rules in found.values()
        for rule in rules
        for target in re.findall(r"(?:goto|jump) (\w+)", rule)
    }
    assert named - found.keys() == set()


def test_where_nobody_can_judge_no_flow_is_decided_and_none_takes_the_short_way() -> None:
    assert "mark" not in render_chains(Wiring(), QueueKind.NONE)
    assert len(chains(QueueKind.NONE)["maybe_speaker"]) == 1


def test_the_marks_are_those_of_the_wiring() -> None:
    short, _ = chains(QueueKind.NFT, Wiring(mark_bits=0x0C000000))["maybe_speaker"]
    assert "ct mark & 0x08000000 == 0x08000000 meta mark & 0x0c000000 == 0" in short


def test_a_flow_without_a_row_passes_all_the_same_and_is_counted() -> None:
    assert [rule.split(" comment")[0].strip() for rule in chains(QueueKind.NFT)["pass"]] == [
        "jump count",
        "update @sent { ether saddr } counter name udp_passed accept",
        "counter name udp_passed accept",
    ]
