"""Patterns in linear time, with Python's ``re`` as the oracle."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.patterns import PatternSet
from hushgate.core.patternsyntax import PatternError

NAMES = st.text(alphabet="abcx.-1", max_size=14)

ATOMS = st.sampled_from(
    ["a", "b", "x", r"\.", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\w", "^", "$"]
)


def compound(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = parts.map("({})".format)
    return st.one_of(
        st.lists(parts, min_size=1, max_size=3).map("".join),
        st.lists(parts, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})"),
        st.tuples(group, st.sampled_from(["*", "+", "?", "{0,2}", "{2}", "{1,}"])).map("".join),
    )


PATTERNS = st.recursive(ATOMS, compound, max_leaves=8)


def set_of(*patterns: str) -> PatternSet:
    patterns_set = PatternSet()
    for pattern in patterns:
        patterns_set.add(pattern)
    return patterns_set


@given(PATTERNS, NAMES)
def test_a_pattern_is_found_where_re_finds_it(pattern: str, name: str) -> None:
    # re.search would also look for "$" before a newline; names have none.
    expected = re.search(pattern, name) is not None
    assert (set_of(pattern).find(name) is not None) == expected


@given(st.lists(PATTERNS, min_size=1, max_size=5, unique=True), st.lists(NAMES, max_size=5))
def test_many_patterns_at_once_give_a_pattern_that_matches(
    patterns: list[str], names: list[str]
) -> None:
    together = set_of(*patterns)
    for name in names:
        matching = [pattern for pattern in patterns if re.search(pattern, name)]
        found = together.find(name)
        assert found in matching if matching else found is None


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        pytest.param(r"(^|\.)ads\.example$", "x.ads.example", "xads.example", id="a suffix"),
        pytest.param("^ad[0-9]*[._-]", "ad12.example", "bad.example", id="a counted prefix"),
        pytest.param("[[:digit:]]{3}", "a123.example", "a12.example", id="a POSIX class"),
        pytest.param("ADS", "ads.example", "bds.example", id="letter case is ignored"),
        pytest.param("(?i)x(?:y|z)+?", "xz.example", "x.example", id="RE2's groups and laziness"),
        pytest.param("ads(?#a comment)$", "x.ads", "ads.x", id="Pi-hole's comments"),
        pytest.param("[]a]b", "ab.example", "cb.example", id="a bracket that begins with itself"),
        pytest.param(r"^[^.[:space:]]+\.lan$", "nas.lan", "a.nas.lan", id="a negated mix"),
    ],
)
def test_what_lists_write_is_understood(pattern: str, found: str, not_found: str) -> None:
    assert set_of(pattern).find(found) == pattern
    assert set_of(pattern).find(not_found) is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x", "(.*.*.*.*)*$x"])
def test_no_pattern_can_stall_a_look_up(pattern: str) -> None:
    # With a backtracking matcher each of these would run for longer than anybody lives.
    assert set_of(pattern).find("a" * 250 + ".b") in (None, pattern)


def test_a_pattern_that_grows_without_bound_is_refused() -> None:
    patterns = PatternSet()
    for pattern in ("(((a{1,50}){1,50}){1,50}){1,50}", "(){1000}{1000}", "a{99999}"):
        with pytest.raises(PatternError, match="too large"):
            patterns.add(pattern)
    assert len(patterns) == 0
    assert patterns.find("a") is None


def test_memory_is_bounded_by_starting_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hushgate.core.patterns._MAX_STATES", 3)
    patterns = set_of(r"(a|b).{3}c$")
    for name in ("abbbc", "xaxxxc", "aaaab", "abababc"):
        assert (patterns.find(name) is not None) == bool(re.search(r"(a|b).{3}c$", name))


def test_adding_twice_is_noticed_and_without_takes_one_out() -> None:
    patterns = set_of("^a", "^b")
    assert not patterns.add("^a")
    rest = patterns.without("^a")
    assert rest.find("a.example") is None
    assert rest.find("b.example") == "^b"


def test_a_character_that_no_name_has_is_found_by_no_pattern() -> None:
    patterns = set_of(".", "[^a]", r"\W")
    assert [patterns.find(char) for char in "é\u0663/ "] == [None] * 4
    assert patterns.find("éb") == "."


def test_patterns_that_begin_anywhere_are_found_behind_what_was_begun() -> None:
    patterns = set_of("^aab", "ab.*x$", "b1")
    assert patterns.find("aaab1") == "b1"
    assert patterns.find("aab1x") == "^aab"
    assert patterns.find("caab-x") == "ab.*x$"
