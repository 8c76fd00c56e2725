"""What is and is not a pattern, and examples of what one describes."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.patternsyntax import PatternError, example_names, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        pytest.param("(a", "never closed", id="an open group"),
        pytest.param("a)", 'without "\\("', id="a group that was not opened"),
        pytest.param("[a", "ends too early", id="an open bracket"),
        pytest.param("a\\", "ends too early", id="an escape of nothing"),
        pytest.param("*a", "nothing before", id="a repetition of nothing"),
        pytest.param("a{2", "number of repetitions", id="an open brace"),
        pytest.param("a{3,2}", "counts backwards", id="bounds in the wrong order"),
        pytest.param("a{1,99999999999}", "number of repetitions", id="an absurd number"),
        pytest.param("[z-a]", "no range", id="a range in the wrong order"),
        pytest.param("[[:foo:]]", "class of characters", id="an unknown POSIX class"),
        pytest.param("(?=a)", "look-around", id="look-ahead, as RE2 has none"),
        pytest.param("(?<!a)", "look-around", id="look-behind"),
        pytest.param(r"(a)\1", "not possible", id="a back-reference"),
        pytest.param("(?#a", "never closed", id="an open comment"),
        pytest.param("(" * 5000, "too many groups", id="groups without end"),
    ],
)
def test_a_bad_pattern_says_what_is_wrong(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError, match=problem):
        parse_pattern(pattern)


@given(st.text(alphabet=r"ab.^$|()[]{}*+?\-,:1", max_size=30))
def test_any_text_is_a_pattern_or_an_error(text: str) -> None:
    with contextlib.suppress(PatternError):
        parse_pattern(text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"avs-alexa-\d{1,2}-(na|eu|fe)\.amazon\.com",
        r"(alt[1-8]-)?mtalk\.google\.com",
        r"[a-z0-9-]+\.api\.example",
    ],
)
def test_examples_are_described_by_their_pattern(pattern: str) -> None:
    names = example_names(pattern)
    assert names
    assert all(re.fullmatch(pattern, name) for name in names)


def test_examples_are_complete_where_there_are_few() -> None:
    names = example_names(r"avs-alexa-\d{1,2}-(na|eu|fe)\.amazon\.com")
    assert len(set(names)) == (10 + 100) * 3


def test_examples_end_at_the_limit() -> None:
    assert len(example_names(r"\d{6}", limit=7)) == 7
