"""The kernel says when anybody changes nftables here."""

import select
from contextlib import closing

import pytest

from hushgate.adapters import nftwatch
from tests.adapters.namespaces import inside

pytestmark = pytest.mark.e2e


def test_a_change_wakes_and_is_drained() -> None:
    with inside("watch") as place, closing(nftwatch.watch_changes()) as watch:
        assert select.select([watch], [], [], 0.0)[0] == []
        for change in ("add table inet x", "flush ruleset"):
            place.run("nft", change)
            assert select.select([watch], [], [], 5.0)[0] == [watch]
            nftwatch.drain(watch)
            assert select.select([watch], [], [], 0.0)[0] == []
