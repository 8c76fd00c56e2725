"""The one rule that nft cannot write: its bytes as reviewed, and the kernel's opinion of them."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from hushgate.adapters import nft
from hushgate.adapters.xtqueue import add_queue_rule, encode_queue_rule
from hushgate.core.errors import UnavailableError
from hushgate.core.ruleset import TABLE, render_table
from hushgate.core.wiring import QueueKind, Wiring
from tests.adapters.namespaces import inside

GOLDEN = Path(__file__).parent.parent / "golden" / "xtqueue.txt"


def test_the_messages_are_as_reviewed(golden: Callable[[Path, str], None]) -> None:
    data = encode_queue_rule("hushgate", "ask", 4853)
    rows = [data[at : at + 16].hex(" ") for at in range(0, len(data), 16)]
    golden(GOLDEN, "\n".join(rows) + "\n")


def test_a_transaction_is_three_messages_that_fill_it() -> None:
    data, at, kinds = encode_queue_rule("hushgate", "ask", 1), 0, []
    while at < len(data):
        size, kind = struct.unpack_from("=IH", data, at)
        kinds.append(kind)
        at += size
    assert (at, kinds) == (len(data), [16, 10 << 8 | 6, 17])


@pytest.mark.e2e
def test_the_kernel_takes_the_rule_into_our_table() -> None:
    with inside("xt") as place:
        nft.apply(render_table([], Wiring(), queue=QueueKind.XT))
        add_queue_rule(TABLE, "ask", 4853)
        assert "queue" in place.run("nft", "list", "chain", "inet", TABLE, "ask")


@pytest.mark.e2e
def test_a_chain_that_is_not_there_is_an_error_and_not_a_silence() -> None:
    with inside("xt"), pytest.raises(UnavailableError, match="No such file"):
        add_queue_rule(TABLE, "ask", 4853)
