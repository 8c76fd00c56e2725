"""The kernel's nftables through nft: documents go in whole or not at all, and counts come out."""

import os
import subprocess
from pathlib import Path

import pytest

from hushgate.adapters import nft
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Mac
from hushgate.core.ruleset import render_table
from hushgate.core.udpflows import Count, FlowId
from hushgate.core.wiring import QueueKind, Wiring
from tests.adapters.namespaces import inside

pytestmark = pytest.mark.e2e

MAC = Mac("fc:65:de:10:00:01")
TABLE = render_table([MAC], Wiring(), queue=QueueKind.NONE)


def test_a_table_comes_and_goes() -> None:
    with inside("nft"):
        assert nft.read_table() is None
        assert not nft.remove()
        nft.apply(TABLE)
        assert nft.is_present()
        assert "chain from_speaker" in nft.list_table()
        assert nft.remove()
        assert nft.list_table() == ""


def test_a_document_with_a_mistake_changes_nothing_and_says_where() -> None:
    with inside("nft"):
        nft.apply(TABLE)
        with pytest.raises(UnavailableError, match="flush set inet hushgate from_nobody"):
            nft.apply("flush set inet hushgate speakers\nflush set inet hushgate from_nobody\n")
        assert MAC in nft.list_table()


def test_what_the_kernel_counted_is_read() -> None:
    flow = f"{MAC} . 192.168.1.9 . 203.0.113.5 . 4000 . 3478"
    flow6 = f"{MAC} . fd00::9 . 2001:db8::5 . 4000 . 443"
    with inside("nft"):
        nft.apply(TABLE)
        nft.apply(
            f"add element inet hushgate calls4 {{ {flow} counter packets 3 bytes 180 }}\n"
            f"add element inet hushgate passed6 {{ {flow6} counter packets 7 bytes 700 }}\n"
            f"add element inet hushgate sent {{ {MAC} counter packets 7 bytes 700 }}\n"
            "add element inet hushgate moved4 { 02:00:00:00:00:01 . 192.168.1.9 }\n"
            f"add element inet hushgate ended6 {{ {flow6} }}\n"
        )
        reading = nft.read_table()
    assert reading is not None
    assert reading.flows == {
        FlowId("calls", MAC, "192.168.1.9", "203.0.113.5", 4000, 3478): Count(3, 180),
        FlowId("passed", MAC, "fd00::9", "2001:db8::5", 4000, 443): Count(7, 700),
    }
    assert reading.sent == {MAC: 700}
    assert reading.moved == (("02:00:00:00:00:01", "192.168.1.9"),)
    assert reading.counters["quic_refused"] == 0
    assert reading.speakers == {MAC}
    assert reading.ended == {MAC}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("add rule inet hushgate from_speaker accept", id="a rule more"),
        pytest.param("flush chain inet hushgate from_speaker", id="a chain emptied"),
        pytest.param("add chain inet hushgate mine", id="a chain more"),
        pytest.param(TABLE, id="the table loaded anew"),
    ],
)
def test_a_change_by_others_shows_in_the_shape(change: str) -> None:
    with inside("nft"):
        nft.apply(TABLE)
        before, same = nft.read_table(), nft.read_table()
        assert before is not None
        assert same is not None
        assert before.shape == same.shape
        nft.apply(change)
        after = nft.read_table()
        assert after is not None
        assert after.shape != before.shape


def test_a_kernel_without_the_queue_statement_is_told_apart() -> None:
    with inside("nft"):
        kind = nft.probe_queue()
        if kind is QueueKind.NFT:
            nft.apply(render_table([MAC], Wiring(), queue=kind))
        else:
            with pytest.raises(UnavailableError):
                nft.apply(render_table([MAC], Wiring(), queue=QueueKind.NFT))
        assert not nft.is_present() or kind is QueueKind.NFT


def test_only_a_kernel_can_refuse_the_probe_not_the_grammar() -> None:
    """A mistake in the document would pass for a kernel without the statement everywhere."""
    words = ["nft", "-c", "-f", "-"]
    with inside("nft"):
        done = subprocess.run(
            words, input=nft.QUEUE_PROBE, capture_output=True, text=True, check=False
        )
    assert "syntax error" not in done.stderr
    assert (done.returncode == 0) is (nft.probe_queue() is QueueKind.NFT)


def test_nft_that_is_not_there_is_said_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="apt install nftables"):
        nft.is_present()
