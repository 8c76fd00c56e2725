"""Counters and sets of the table; the whole document is golden in test_ruleset.py."""

import re

from hushgate.core.tablesets import FLOW_KEYS, MAX_FLOWS, render_sets

SETS = render_sets(["fc:65:de:10:00:01"], ["192.168.1.9"], [])


def blocks() -> dict[str, str]:
    """Name to content of each set."""
    return dict(re.findall(r"^\tset (\w+) \{\n(.*?)^\t\}", SETS, re.MULTILINE | re.DOTALL))


def test_sets_say_what_they_are_for_and_of_what_they_are() -> None:
    assert all("comment" in block and "typeof" in block for block in blocks().values())


def test_speakers_are_in_their_sets_and_nothing_else_has_elements() -> None:
    filled = {name for name, block in blocks().items() if "elements" in block}
    assert filled == {"speakers", "speakers4"}


def test_sets_that_packets_fill_are_bounded() -> None:
    filled_by_packets = [block for block in blocks().values() if "dynamic" in block]
    assert len(filled_by_packets) > 10
    assert all("size" in block for block in filled_by_packets)


def test_flows_have_rows_over_both_families() -> None:
    for name in ("calls", "refused", "passed", "ended"):
        for version, key in FLOW_KEYS.items():
            block = blocks()[f"{name}{version}"]
            assert f"typeof {key}\n" in block
            assert f"size {MAX_FLOWS}\n" in block
