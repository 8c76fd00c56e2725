"""Our table, kept as it was left; what it counted survives it."""

import pytest

from hushgate.adapters import nft
from hushgate.adapters.table import KernelTable
from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.udpflows import FlowId
from hushgate.core.wiring import QueueKind
from tests.adapters.namespaces import inside

pytestmark = pytest.mark.e2e

MAC = Mac("fc:65:de:10:00:01")
SNAPSHOT = Snapshot(revision=1, speakers=(MAC,))
SENT = f"add element inet hushgate sent {{ {MAC} counter packets 1 bytes 100 }}\n"


def test_a_step_changes_elements_and_keeps_what_was_counted() -> None:
    with inside("table"):
        table = KernelTable()
        table.load(SNAPSHOT, {})
        nft.apply(SENT)
        table.update(SNAPSHOT, Snapshot(2, ()), {})
        assert table.look(Snapshot(2, ()), {}) is not None
        assert table.totals()[1] == {MAC: 100}
        assert table.reasserted == 0


def test_what_passed_is_counted_by_its_row_and_without_a_row_by_its_speaker() -> None:
    flow = f"{MAC} . 192.168.1.9 . 203.0.113.5 . 4000 . 443"
    row = f"add element inet hushgate passed4 {{ {flow} counter packets 7 bytes 700 }}\n"
    with inside("table"):
        table = KernelTable()
        table.load(SNAPSHOT, {})
        nft.apply(SENT + row)
        for _ in range(2):
            assert table.look(SNAPSHOT, {}) is not None
        counters, sent = table.totals()
        assert (counters["udp_passed"], sent) == (7, {MAC: 800})
        table.load(SNAPSHOT, {})
        nft.apply(row)
        table.look(SNAPSHOT, {})
        counters, sent = table.totals()
        assert (counters["udp_passed"], sent) == (14, {MAC: 1500})


def test_a_speaker_with_an_ended_flow_takes_the_long_way_until_that_is_forgotten() -> None:
    flow = FlowId("passed", MAC, "192.168.1.9", "203.0.113.5", 4000, 443)
    with inside("table") as place:

        def takes_the_short_way() -> bool:
            return MAC in place.run("nft", "list", "set", "inet", "hushgate", "short_way")

        table = KernelTable()
        table.load(SNAPSHOT, {MAC: 60.0})
        assert takes_the_short_way()
        table.end([flow])
        assert not takes_the_short_way()
        table.update(SNAPSHOT, SNAPSHOT, {MAC: 60.0})
        assert not takes_the_short_way()
        table.look(SNAPSHOT, {MAC: 60.0})
        table.update(SNAPSHOT, SNAPSHOT, {MAC: 60.0})
        assert not takes_the_short_way()
        nft.apply("flush set inet hushgate ended4\n")
        table.look(SNAPSHOT, {MAC: 60.0})
        table.update(SNAPSHOT, SNAPSHOT, {MAC: 60.0})
        assert takes_the_short_way()


def test_a_speaker_that_others_took_out_of_the_table_is_put_back() -> None:
    with inside("table") as place:
        table = KernelTable()
        table.load(SNAPSHOT, {})
        assert table.look(SNAPSHOT, {}) is not None
        nft.apply("flush set inet hushgate speakers\n")
        assert table.look(SNAPSHOT, {}) is None
        assert table.reasserted == 1
        assert MAC in place.run("nft", "list", "set", "inet", "hushgate", "speakers")


def test_a_new_speaker_is_no_change_by_others() -> None:
    more = Snapshot(2, (MAC, Mac("4c:17:44:10:00:02")))
    with inside("table") as place:
        table = KernelTable()
        table.load(SNAPSHOT, {})
        assert table.look(SNAPSHOT, {}) is not None
        table.update(SNAPSHOT, more, {})
        assert table.look(more, {}) is not None
        assert table.reasserted == 0
        changed = place.run("nft", "list", "chain", "inet", "hushgate", "forward")
        table.load(more, {})
        assert place.run("nft", "list", "chain", "inet", "hushgate", "forward") == changed


def test_a_table_that_is_gone_at_a_step_is_put_back_with_what_is_open() -> None:
    with inside("table") as place:
        table = KernelTable()
        table.load(SNAPSHOT, {})
        nft.remove()
        table.update(SNAPSHOT, SNAPSHOT, {MAC: 5.0})
        assert table.reasserted == 1
        assert MAC in place.run("nft", "list", "set", "inet", "hushgate", "open")


def test_what_tables_before_had_counted_is_added_up() -> None:
    with inside("table"):
        table = KernelTable()
        table.load(SNAPSHOT, {})
        for _ in range(3):
            nft.apply(SENT)
            table.look(SNAPSHOT, {})
            nft.remove()
            assert table.look(SNAPSHOT, {}) is None
        assert table.totals()[1] == {MAC: 300}
        assert table.reasserted == 3


def test_a_kernel_whose_queue_cannot_be_had_gets_the_table_without() -> None:
    with inside("table"):
        table = KernelTable()
        if table.queue is QueueKind.NONE:
            pytest.skip("this kernel hands no packets over")
        table.queue = QueueKind.NONE
        table.load(SNAPSHOT, {})
        assert "chain ask {" not in nft.list_table()
