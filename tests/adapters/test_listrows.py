"""The state of the lists as JSON and back."""

import json
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.adapters.fetch import Stamp
from hushgate.adapters.listrows import Source, State, state_from_json, state_to_json
from hushgate.core.listformats.entry import Format, Meaning
from hushgate.core.lists import Scope
from hushgate.core.model import DeviceId

DEVICES = st.sampled_from(["kitchen", "bedroom"]).map(DeviceId)
OPTIONAL = st.one_of(st.none(), st.text())
SOURCES = st.builds(
    Source,
    id=st.text(min_size=1),
    location=st.text(),
    scope=st.builds(Scope, everyone=st.booleans(), unlike=st.frozensets(DEVICES)),
    format=st.one_of(st.none(), st.sampled_from(Format)),
    meaning=st.one_of(st.none(), st.sampled_from(Meaning)),
    allow=st.booleans(),
    copy=OPTIONAL,
    stamp=st.builds(Stamp, etag=OPTIONAL, modified=OPTIONAL),
    checked=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    entries=st.integers(0),
    problem=OPTIONAL,
    accepted=st.frozensets(st.text()),
)


@given(st.lists(SOURCES, max_size=3), st.text())
def test_what_is_written_reads_back_the_same(sources: list[Source], own: str) -> None:
    state = State(MappingProxyType({source.id: source for source in sources}), own)
    assert state_from_json(json.loads(json.dumps(state_to_json(state)))) == state


@pytest.mark.parametrize("data", [{}, {"lists": [{}], "own": ""}, {"lists": [], "own": None}])
def test_anything_else_is_an_error(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        state_from_json(data)


def test_the_configuration_says_which_lists_and_for_whom() -> None:
    kitchen = DeviceId("kitchen")
    fetched = Source("one", "/one", copy="abc", checked=datetime(2026, 11, 24, tzinfo=UTC))
    state = State().with_source(fetched).with_source(Source("moved", "/old", copy="abc"))
    state = state.with_configured(
        {"one": "/one", "moved": "/new", "two": "/two"}, {"one": frozenset({kitchen})}
    )
    assert state.sources["one"].copy == "abc"
    assert state.sources["one"].scope == Scope(everyone=False, unlike=frozenset({kitchen}))
    assert state.sources["moved"].copy is None
    assert state.sources["two"].scope.is_off
