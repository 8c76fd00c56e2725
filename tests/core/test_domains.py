"""The suffix set, held against the plainest possible implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.domains import SHARDS, DomainSet, Member, Names, Reach

LABELS = st.sampled_from(["a", "b", "ads", "xads", "example", "com"])
NAMES = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
REACHES = st.sampled_from([Reach.EXACT, Reach.SUFFIX, Reach.BELOW])


def covers(member: Member, name: str) -> bool:
    match member.reach:
        case Reach.EXACT:
            return name == member.text
        case Reach.SUFFIX:
            return name == member.text or name.endswith(f".{member.text}")
        case _:
            return name.endswith(f".{member.text}")


def set_of(*members: tuple[str, Reach]) -> DomainSet:
    domains = DomainSet()
    for text, reach in members:
        domains.of(reach).add(text.encode())
    return domains


@pytest.mark.parametrize(
    ("reach", "apex", "below", "other"),
    [
        pytest.param(Reach.EXACT, True, False, False, id="exact covers the name alone"),
        pytest.param(Reach.SUFFIX, True, True, False, id="suffix covers the name and all below it"),
        pytest.param(Reach.BELOW, False, True, False, id="below leaves the name itself out"),
    ],
)
def test_a_member_covers_whole_labels_only(
    reach: Reach, apex: bool, below: bool, other: bool
) -> None:
    domains = set_of(("ads.example", reach))
    found = [domains.find(n) for n in (b"ads.example", b"x.y.ads.example", b"xads.example")]
    assert [member is not None for member in found] == [apex, below, other]


@given(st.lists(st.tuples(NAMES, REACHES), max_size=8), NAMES)
def test_the_most_specific_member_is_found(members: list[tuple[str, Reach]], name: str) -> None:
    expected = [m for m in (Member(*each) for each in members) if covers(m, name)]
    domains = set_of(*members)
    domains.seal()
    found = domains.find(name.encode())
    assert (found is not None) == bool(expected)
    if found is not None:
        assert found in expected
        assert len(found.text) == max(len(member.text) for member in expected)


@given(st.sets(st.binary(min_size=1, max_size=9)), st.binary(max_size=9))
def test_names_in_parts_behave_as_one_set(names: set[bytes], probe: bytes) -> None:
    parts = Names()
    parts.update(names)
    assert set(parts) == names
    assert len(parts) == len(names)
    assert (probe in parts) == (probe in names)
    assert parts.add(probe) == (probe not in names)
    assert not parts.add(probe)
    parts.discard(probe)
    assert set(parts) == names - {probe}
    parts.clear()
    assert len(parts) == 0


def test_parts_are_about_equal_so_that_none_takes_long_to_rehash() -> None:
    names = Names()
    names.update(f"host{number}.example".encode() for number in range(16_000))
    sizes = [len(shard) for shard in names.shards]
    assert len(sizes) == SHARDS
    assert max(sizes) < 1_300


def test_iterating_gives_every_member_with_its_reach() -> None:
    members = {("a.example", Reach.EXACT), ("a.example", Reach.SUFFIX), ("b.example", Reach.BELOW)}
    assert set(set_of(*members)) == members
    assert len(set_of(*members)) == 3


def test_a_cleared_set_covers_nothing() -> None:
    domains = set_of(("ads.example", Reach.SUFFIX))
    domains.clear()
    assert domains.find(b"ads.example") is None
