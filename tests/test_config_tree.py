"""YAML text to data and places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.config_tree import Data, Path, Place, read_tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("true", True, id="true"),
        pytest.param("yes", "yes", id="yes is a word"),
        pytest.param("no", "no", id="no is a word"),
        pytest.param("off", "off", id="off is a word"),
        pytest.param("22:00", "22:00", id="a time is not a number to the base of sixty"),
        pytest.param("2026-12-24", "2026-12-24", id="a date is text"),
        pytest.param("12:34:56:78:90:12", "12:34:56:78:90:12", id="a hardware address is text"),
        pytest.param("010", 10, id="a leading zero is not octal"),
        pytest.param("0x30000000", 0x30000000, id="hexadecimal"),
        pytest.param("1.5", 1.5, id="a fraction"),
        pytest.param("1e3", "1e3", id="no exponents"),
        pytest.param("-1", "-1", id="no negative numbers"),
        pytest.param(".inf", ".inf", id="no infinity"),
        pytest.param("'true'", "true", id="what is quoted is text"),
        pytest.param('"7"', "7", id="a quoted digit is text"),
        pytest.param("|\n a\n b\n", "a\nb\n", id="a literal"),
        pytest.param("[a, 1, true]", ["a", 1, True], id="a list on one line"),
        pytest.param("{a: 1}", {"a": 1}, id="a section on one line"),
        pytest.param("9" * 30, "9" * 30, id="digits beyond any number here are text"),
    ],
)
def test_only_what_stands_there_counts(text: str, value: Data) -> None:
    tree = read_tree(f"key: {text}", "test")
    assert tree.complaints == []
    assert tree.data == {"key": value}
    assert type(tree.data["key"]) is type(value)


TEXT = """\
house:
  windows:
    - mon 07:00-08:00
    - tue 07:00-08:00
  lists: [ads, trackers]
"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        pytest.param(("house",), True, (1, 1), id="a key"),
        pytest.param(("house", "windows"), True, (2, 3), id="a key inside"),
        pytest.param(("house", "windows", 1), False, (4, 7), id="an item behind its dash"),
        pytest.param(("house", "lists", 1), False, (5, 16), id="an item in brackets"),
        pytest.param(("house", "zone"), False, (1, 1), id="what is missing: its section"),
        pytest.param(("house", "windows", 9), False, (2, 3), id="no such item: its list"),
        pytest.param((), False, (1, 1), id="the file"),
    ],
)
def test_everything_has_a_place(path: Path, key: bool, place: tuple[int, int]) -> None:
    assert read_tree(TEXT, "test").place(path, key=key) == Place(*place)


def test_columns_count_characters_not_bytes() -> None:
    assert read_tree("h\N{LATIN SMALL LETTER U WITH DIAERESIS}h: {a: 1}\n", "").place(
        ("h\N{LATIN SMALL LETTER U WITH DIAERESIS}h", "a")
    ) == Place(1, 10)


def test_a_file_of_unreasonable_size_is_not_read() -> None:
    tree = read_tree("# " + "x" * 4_000_000, "test")
    assert "at most 4000000 are read" in str(tree.complaints[0])


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_data_or_a_complaint(text: str) -> None:
    tree = read_tree(f"key: {text}", "test")
    assert tree.complaints or isinstance(tree.data, dict)


@given(st.text(st.sampled_from("ab:-[]{}#&*!|>'\"\n ,?%@`\t"), max_size=40))
def test_any_punctuation_is_data_or_a_complaint(text: str) -> None:
    tree = read_tree(text, "test")
    for complaint in tree.complaints:
        assert complaint.file == "test"
        assert complaint.line is not None
        assert complaint.line >= 1
