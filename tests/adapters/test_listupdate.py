"""New versions of lists, and the version that stays."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hushgate.adapters.fetch import Limits
from hushgate.adapters.listrows import Source
from hushgate.adapters.liststore import SHIPPED, ListStore
from hushgate.adapters.listupdate import House, Outcome, Update, due, fetch_update, save_updates
from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role
from hushgate.core.lists import Scope
from hushgate.core.model import DeviceId
from tests.adapters.listserver import ListServer, answer, list_server
from tests.adapters.test_fetch import MISBEHAVIOR

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KITCHEN = DeviceId("kitchen")
VOICE = Endpoint("acme", "voice", "", Role.VOICE, Confidence.A, (), ("voice.acme.example",))
HOUSE = House(Catalogue([VOICE]))
GOOD = b"".join(b"host%d.example\n" % number for number in range(100))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def server() -> Iterator[ListServer]:
    with list_server() as state:
        yield state


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path)


def update(store: ListStore, source: Source, *, accept: bool = False) -> Update:
    limits = Limits(size=1 << 20, seconds=1.0, silence=0.3)
    result = fetch_update(store, source, HOUSE, NOW, accept=accept, limits=limits)
    save_updates(store, [result])
    return result


def in_force(store: ListStore, name: str) -> bool:
    match = store.load(store.state()).lists.match(KITCHEN, name)
    return match is not None and not match.allow


def test_a_new_version_is_in_force_and_can_be_undone(server: ListServer, store: ListStore) -> None:
    source = Source("one", server.serve("/list", answer(GOOD, ETag='"1"')))
    result = update(store, source)
    assert (result.outcome, result.source.entries) == (Outcome.UPDATED, 100)
    assert in_force(store, "host7.example")
    assert store.undo() == "update one"
    assert not in_force(store, "host7.example")


def test_an_unchanged_list_stays_and_its_problem_is_over(
    server: ListServer, store: ListStore
) -> None:
    source = update(store, Source("one", server.serve("/list", answer(GOOD)))).source
    server.serve("/list", answer(b"", 304))
    result = update(store, replace(source, problem="cannot be reached"))
    assert result.outcome is Outcome.UNCHANGED
    assert store.state().sources["one"].problem is None
    assert in_force(store, "host7.example")


@pytest.mark.parametrize(("behavior", "reason"), MISBEHAVIOR)
def test_whatever_a_server_does_the_version_in_force_stays(
    server: ListServer, store: ListStore, behavior: object, reason: str
) -> None:
    source = update(store, Source("one", server.serve("/bad", answer(GOOD)))).source
    server.serve("/bad", behavior)  # type: ignore[arg-type]
    result = update(store, source)
    assert result.outcome is Outcome.FAILED
    assert result.source.problem
    assert in_force(store, "host7.example")
    assert len(list((store.folder / "copies").iterdir())) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"<!DOCTYPE html><title>Sign in</title>", "HTML", id="an HTML page"),
        pytest.param(b"", "holds no entry", id="nothing"),
        pytest.param(b"# nothing left\n", "holds no entry", id="an emptied list"),
        pytest.param(GOOD + b"\0", "NUL", id="a NUL byte"),
        pytest.param(b"com\nco.uk\n", "none of its 2 lines", id="nothing but public suffixes"),
        pytest.param(b"host1.example\n", "shrank from 100 to 1", id="almost nothing left"),
        pytest.param(
            b"".join(b"more%d.example\n" % number for number in range(1000)),
            "grew from 100 to 1,000",
            id="ten times as much",
        ),
    ],
)
def test_what_is_not_to_be_believed_is_refused_and_the_version_in_force_stays(
    server: ListServer, store: ListStore, body: bytes, reason: str
) -> None:
    source = update(store, Source("one", server.serve("/list", answer(GOOD)))).source
    server.serve("/list", answer(body))
    result = update(store, source)
    assert result.outcome is Outcome.REFUSED
    assert reason in (store.state().sources["one"].problem or "")
    assert result.may_be_accepted is ("100" in reason)
    assert in_force(store, "host7.example")


def test_a_tenfold_change_can_be_accepted(server: ListServer, store: ListStore) -> None:
    source = update(store, Source("one", server.serve("/list", answer(GOOD)))).source
    server.serve("/list", answer(b"host1.example\n"))
    assert update(store, source, accept=True).outcome is Outcome.UPDATED
    assert not in_force(store, "host7.example")


def test_a_version_that_would_take_the_voice_away_waits_for_consent(
    server: ListServer, store: ListStore
) -> None:
    source = update(store, Source("one", server.serve("/list", answer(GOOD)))).source
    server.serve("/list", answer(GOOD + b"voice.acme.example\n"))
    result = update(store, source)
    assert result.outcome is Outcome.COLLIDES
    assert result.may_be_accepted
    assert [each.key for each in result.collisions] == ["acme/voice"]
    assert result.source.problem == "would take away: voice (acme/voice)"
    assert not in_force(store, "voice.acme.example")

    source = update(store, result.source, accept=True).source
    assert source.accepted == {"acme/voice"}
    assert in_force(store, "voice.acme.example")
    server.serve("/list", answer(GOOD + b"voice.acme.example\nnew.example\n"))
    assert update(store, source).outcome is Outcome.UPDATED


def test_for_whom_a_list_is_does_not_change_with_an_update(
    server: ListServer, store: ListStore
) -> None:
    source = update(store, Source("one", server.serve("/list", answer(GOOD)))).source
    with store.change("disable one") as change:
        change.state = change.state.with_source(replace(source, scope=Scope()))
    server.serve("/list", answer(GOOD + b"new.example\n"))
    update(store, source)
    assert store.state().sources["one"].scope.is_off


def test_a_shipped_list_that_is_gone_is_said(store: ListStore) -> None:
    result = update(store, Source("gone", f"{SHIPPED}gone"))
    assert (result.outcome, result.source.problem) == (
        Outcome.FAILED,
        "is not shipped with this version",
    )


def test_a_shipped_list_that_is_the_same_is_no_change_to_undo(store: ListStore) -> None:
    source = Source("amazon-telemetry", f"{SHIPPED}amazon-telemetry")
    first = update(store, source)
    again = update(store, first.source)
    assert (first.outcome, again.outcome) == (Outcome.UPDATED, Outcome.UNCHANGED)
    assert len(store.history()) == 1


def test_lists_are_due_about_once_a_day_each_at_its_own_moment() -> None:
    sources = [Source(f"list-{number}", "/", copy="x", checked=NOW) for number in range(100)]
    assert due([Source("new", "/")], NOW)
    assert not due(sources, NOW + timedelta(hours=19))
    assert len(due(sources, NOW + timedelta(hours=29))) == 100
    halfway = due(sources, NOW + timedelta(days=1))
    assert 20 < len(halfway) < 80
    assert halfway == due(sources, NOW + timedelta(days=1))


def test_a_list_that_was_never_fetched_is_tried_again_soon() -> None:
    missing = Source("missing", "/", checked=NOW, problem="cannot be reached")
    assert not due([missing], NOW + timedelta(minutes=20))
    assert due([missing], NOW + timedelta(minutes=40))
