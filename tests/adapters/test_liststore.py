"""The lists on disk: changes, the way back, and what is in force."""

import contextlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushgate.adapters.listrows import Source
from hushgate.adapters.liststore import OWN, SHIPPED, ListStore
from hushgate.adapters.shipped import shipped_lists
from hushgate.core.errors import ConfigError, UnavailableError
from hushgate.core.lists import Scope
from hushgate.core.model import DeviceId

KITCHEN = DeviceId("kitchen")
CHECKED = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path)


def put(store: ListStore, name: str, text: str) -> Source:
    path = store.new_file()
    path.write_text(text)
    source = Source(name, f"/lists/{name}", copy=store.keep_copy(path), checked=CHECKED)
    with store.change(f"add {name}") as change:
        change.state = change.state.with_source(source)
    return source


def test_a_fresh_store_has_nothing_and_nothing_to_undo(store: ListStore) -> None:
    assert not store.state().sources
    assert store.undo() is None
    assert store.history() == []
    assert store.load(store.state()).lists.match(KITCHEN, "a.example") is None


def test_a_list_in_the_store_is_in_force_with_its_lines(store: ListStore) -> None:
    put(store, "one", "# c\n0.0.0.0 a.example\n")
    lists = store.load(store.state()).lists
    assert str(lists.match(KITCHEN, "a.example")) == "one:2"
    assert [each.fetched for each in lists.lists] == [CHECKED]


def test_a_copy_that_is_lost_later_takes_only_the_line_from_a_match(store: ListStore) -> None:
    source = put(store, "one", "a.example\n")
    lists = store.load(store.state()).lists
    (store.folder / "copies" / str(source.copy)).unlink()
    assert str(lists.match(KITCHEN, "a.example")) == "one"


def test_every_change_can_be_undone_one_after_the_other(store: ListStore) -> None:
    first = put(store, "one", "a.example\n")
    second = put(store, "one", "b.example\n")
    with store.change("edit your own list") as change:
        change.state = change.state.with_own("! mine\r\n||c.example^")
    with store.change("remove one") as change:
        change.state = change.state.without("one")
    assert [store.undo() for _ in range(4)] == [
        "remove one",
        "edit your own list",
        "add one",
        "add one",
    ]
    assert store.state().sources == {}
    assert first.copy != second.copy


def test_undoing_an_update_brings_the_old_version_back(store: ListStore) -> None:
    put(store, "one", "a.example\n")
    put(store, "one", "b.example\n")
    store.undo()
    lists = store.load(store.state()).lists
    assert lists.match(KITCHEN, "a.example") is not None
    assert lists.match(KITCHEN, "b.example") is None


def test_the_owners_list_is_kept_byte_by_byte(store: ListStore) -> None:
    text = b"! B\r\n\n  ||b.example^  # why\r\n! A\xff\n||a.example^"
    with store.change("edit") as change:
        change.state = change.state.with_own(text.decode("utf-8", "surrogateescape"))
    assert store.own_path().read_bytes() == text
    with store.change("empty") as change:
        change.state = change.state.with_own("")
    store.undo()
    assert store.own_path().read_bytes() == text
    match = store.load(store.state()).lists.match(KITCHEN, "a.example")
    assert match is not None
    assert (match.list_id, match.line) == (OWN, 5)


def test_a_change_that_fails_changes_nothing(store: ListStore) -> None:
    put(store, "one", "a.example\n")
    with contextlib.suppress(UnavailableError), store.change("remove one") as change:
        change.state = change.state.without("one")
        raise UnavailableError("on second thoughts")
    assert list(store.state().sources) == ["one"]
    assert store.history() == ["add one"]


def test_bookkeeping_is_nothing_to_undo(store: ListStore) -> None:
    source = put(store, "one", "a.example\n")
    with store.change(None) as change:
        change.state = change.state.with_source(replace(source, problem="cannot be reached"))
    assert store.state().sources["one"].problem == "cannot be reached"
    assert store.history() == ["add one"]


def test_history_and_copies_are_bounded(store: ListStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hushgate.adapters.liststore._HISTORY", 3)
    monkeypatch.setattr("hushgate.adapters.liststore._STALE", 0)
    for number in range(8):
        put(store, "one", f"host{number}.example\n")
    assert len(store.history()) == 3
    assert len(list((store.folder / "copies").iterdir())) == 4


def test_a_copy_that_another_process_is_about_to_use_is_left_alone(store: ListStore) -> None:
    fetched = store.new_file()
    fetched.write_text("a.example\n")
    copy = store.keep_copy(fetched)
    put(store, "other", "b.example\n")
    assert (store.folder / "copies" / copy).exists()


def test_a_damaged_step_keeps_every_copy_and_stops_no_change(
    store: ListStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hushgate.adapters.liststore._STALE", 0.0)
    first = put(store, "one", "a.example\n")
    next((store.folder / "history").iterdir()).write_text("damaged")
    put(store, "one", "b.example\n")
    assert store.load(store.state()).lists.match(KITCHEN, "b.example")
    assert (store.folder / "copies" / str(first.copy)).exists()


def test_the_revision_changes_with_every_change(store: ListStore) -> None:
    seen = {store.revision()}
    put(store, "one", "a.example\n")
    seen.add(store.revision())
    with store.change("edit") as change:
        change.state = change.state.with_own("||a.example^\n")
    seen.add(store.revision())
    assert len(seen) == 3


def test_a_list_that_cannot_be_loaded_is_a_problem_and_the_others_work(store: ListStore) -> None:
    lost = put(store, "lost", "a.example\n")
    put(store, "good", "b.example\n")
    put(store, "page", "<html>")
    (store.folder / "copies" / str(lost.copy)).unlink()
    with store.change("add never") as change:
        change.state = change.state.with_source(Source("never", "https://a.example/"))
    in_force = store.load(store.state())
    assert in_force.lists.match(KITCHEN, "b.example") is not None
    assert set(in_force.problems) == {"lost", "page", "never"}
    assert in_force.problems["never"] == "was never fetched"


def test_a_list_that_is_off_is_not_even_read(store: ListStore) -> None:
    source = put(store, "page", "<html>")
    state = store.state().with_source(replace(source, scope=Scope()))
    assert store.load(state).problems == {}


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"lists": [{}], "own": ""}'])
def test_a_broken_index_is_said_never_taken_for_no_lists(store: ListStore, text: str) -> None:
    put(store, "one", "a.example\n")
    (store.folder / "lists.json").write_text(text)
    with pytest.raises(ConfigError, match=r"lists\.json"):
        store.state()


def test_two_writers_take_turns(store: ListStore, tmp_path: Path) -> None:
    put(store, "one", "a.example\n")
    other = ListStore(tmp_path)
    put(other, "two", "b.example\n")
    assert set(store.state().sources) == {"one", "two"}
    assert json.loads((store.folder / "lists.json").read_bytes())["own"] == ""


def test_shipped_lists_are_read_where_they_are(store: ListStore) -> None:
    for name, path in shipped_lists().items():
        assert store.path_of(Source(name, SHIPPED + name)) == path
    assert store.path_of(Source("x", f"{SHIPPED}x")) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_changes_belongs_to_the_owner_of_the_state(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    store = ListStore(tmp_path)
    put(store, "one", "a.example\n")
    with store.change("edit") as change:
        change.state = change.state.with_own("||a.example^\n")
    assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {12345}


def test_a_folder_that_cannot_be_changed_is_said(store: ListStore) -> None:
    put(store, "one", "a.example\n")
    (store.folder / "lock").unlink()
    (store.folder / "lock").mkdir()
    with pytest.raises(UnavailableError, match="cannot be changed"):
        store.undo()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("in the way")
    with pytest.raises(UnavailableError, match="cannot be made"):
        put(ListStore(tmp_path), "one", "a.example\n")
