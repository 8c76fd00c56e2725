"""Our table, kept as it was left; what it counted survives it."""

import pytest

from hushgate.adapters import nft
from hushgate.adapters.table import KernelTable
from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
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
