"""A running gateway's lists follow the store."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hushgate.adapters.listkeeper import ListKeeper
from hushgate.adapters.listrows import Source
from hushgate.adapters.liststore import ListStore
from hushgate.adapters.listupdate import House
from hushgate.core.catalogue import Catalogue
from hushgate.core.lists import ListSet, Scope
from hushgate.core.model import DeviceId

KITCHEN = DeviceId("kitchen")


class Engine:
    """Stands where the gateway's engine holds its reference."""

    def __init__(self) -> None:
        self.lists = ListSet()
        self.swaps = 0
        self.failed: list[str] = []
        self.told = asyncio.Event()
        self.swapped = asyncio.Event()

    def put(self, lists: ListSet) -> None:
        self.lists = lists
        self.swaps += 1
        self.swapped.set()

    def fail(self, name: str) -> None:
        self.failed.append(name)
        self.told.set()

    def blocks(self, name: str) -> bool:
        return self.lists.match(KITCHEN, name) is not None


def edit(store: ListStore, text: str) -> None:
    with store.change("edit") as change:
        change.state = change.state.with_own(text)


async def test_a_change_on_disk_is_put_in_force_once(tmp_path: Path) -> None:
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    edit(store, "||a.example^\n")
    await keeper.refresh()
    await keeper.refresh()
    assert engine.blocks("a.example")
    assert engine.swaps == 1
    before = engine.lists
    edit(store, "||b.example^\n")
    await keeper.refresh()
    assert engine.blocks("b.example")
    assert before.match(KITCHEN, "a.example") is None  # its memory is free again
    assert sys.getswitchinterval() == pytest.approx(0.005)


async def test_bookkeeping_does_not_load_anything_again(tmp_path: Path) -> None:
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    edit(store, "||a.example^\n")
    await keeper.refresh()
    with store.change(None) as change:
        source = Source("one", "https://a.example/", scope=Scope())
        change.state = change.state.with_source(source)
    await keeper.refresh()
    with store.change(None) as change:
        change.state = change.state.with_source(replace(source, problem="cannot be reached"))
    await keeper.refresh()
    assert engine.swaps == 2


async def test_the_lists_of_the_configuration_are_for_its_devices(tmp_path: Path) -> None:
    path = tmp_path / "trackers.txt"
    path.write_text("a.example\n")
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    keeper.house = House(Catalogue())
    keeper.configured = {"trackers": str(path)}
    keeper.devices = {"trackers": frozenset({KITCHEN})}
    task = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(60):
            while not engine.blocks("a.example"):
                engine.swapped.clear()
                await engine.swapped.wait()
    finally:
        task.cancel()
    assert engine.lists.match(DeviceId("bedroom"), "a.example") is None


async def test_a_fetch_of_which_nothing_usable_comes_is_told(tmp_path: Path) -> None:
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    keeper.house = House(Catalogue())
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><title>Log in</title>")
    keeper.configured = {"gone": str(tmp_path / "gone.txt"), "page": str(page)}
    keeper.devices = {"gone": frozenset({KITCHEN}), "page": frozenset({KITCHEN})}
    task = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(60):
            while len(engine.failed) < 2:
                engine.told.clear()
                await engine.told.wait()
    finally:
        task.cancel()
    assert sorted(engine.failed) == ["gone", "page"]


async def test_lists_that_cannot_be_read_leave_the_old_ones_in_force(tmp_path: Path) -> None:
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    edit(store, "||a.example^\n")
    await keeper.refresh()
    index = store.folder / "lists.json"
    good = index.read_text()
    index.write_text("broken")
    await keeper.refresh()
    assert engine.blocks("a.example")
    assert "lists.json" in keeper.problems["lists"]
    index.write_text(good)
    await keeper.refresh()
    assert keeper.problems == {}


async def test_one_list_that_cannot_be_loaded_is_a_problem(tmp_path: Path) -> None:
    store, engine = ListStore(tmp_path), Engine()
    keeper = ListKeeper(store, engine.put, engine.fail)
    with store.change("add") as change:
        change.state = change.state.with_source(Source("one", "https://a.example/", copy="lost"))
    await keeper.refresh()
    assert set(keeper.problems) == {"one"}
