"""Edits by program: what was meant changes, every comment and every other line stays."""

from collections import Counter
from pathlib import Path as FilePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.config import parse_config
from hushgate.config_splice import comments_of, inline
from hushgate.config_tree import Data, Path, read_tree
from hushgate.configedit import applied, remove_key, set_value
from hushgate.core.errors import ConfigError

EXAMPLE = FilePath(__file__).parents[1] / "config" / "hushgate.example.yaml"

HOUSE = """\
# Our house.
house:
  zone: Europe/Berlin   # the kitchen clock
  windows:
    # Working days.
    - mon-fri 07:00-22:00   # before school
    - sat-sun 09:00-23:00

# All speakers.
speakers:
  kitchen:
    mac: fc:65:de:10:00:01
    lists: [ads, trackers]
"""


def data_of(text: str) -> Data:
    tree = read_tree(text, "test")
    assert tree.complaints == []
    return tree.data


def comments(text: str) -> Counter[str]:
    return Counter(comment.text for comment in comments_of(text))


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        pytest.param(
            ("house", "zone"),
            "Europe/Paris",
            "zone: Europe/Berlin   # the kitchen clock",
            "zone: Europe/Paris   # the kitchen clock",
            id="a value keeps the comment beside it",
        ),
        pytest.param(
            ("house", "windows", 0),
            "daily 07:00-22:00",
            "- mon-fri 07:00-22:00   # before school",
            "- daily 07:00-22:00   # before school",
            id="an item of a list",
        ),
        pytest.param(
            ("house", "windows", 2),
            "mon 23:00-23:30",
            "    - sat-sun 09:00-23:00\n",
            "    - sat-sun 09:00-23:00\n    - mon 23:00-23:30\n",
            id="one more item",
        ),
        pytest.param(
            ("house", "outside"),
            "delay",
            "    - sat-sun 09:00-23:00\n",
            "    - sat-sun 09:00-23:00\n  outside: delay\n",
            id="a new key goes to the end of its section, before the next one's comment",
        ),
        pytest.param(
            ("house", "windows"),
            [],
            "  windows:\n"
            "    # Working days.\n"
            "    - mon-fri 07:00-22:00   # before school\n"
            "    - sat-sun 09:00-23:00\n",
            "  windows: []\n    # Working days.\n  # before school\n",
            id="an emptied list keeps its comments",
        ),
        pytest.param(
            ("speakers", "kitchen", "lists", 1),
            "more ads",
            "lists: [ads, trackers]",
            "lists: [ads, more ads]",
            id="an item of a list on one line",
        ),
        pytest.param(
            ("speakers", "bedroom"),
            {"mac": "4c:17:44:10:00:02", "windows": ["20:00-21:00"]},
            "    lists: [ads, trackers]\n",
            "    lists: [ads, trackers]\n"
            "  bedroom:\n"
            '    mac: "4c:17:44:10:00:02"\n'
            "    windows:\n"
            '      - "20:00-21:00"\n',
            id="a new section, quoted where another reader would see a number",
        ),
        pytest.param(
            ("groups", "up", "outside"),
            "delay",
            "    lists: [ads, trackers]\n",
            "    lists: [ads, trackers]\ngroups:\n  up:\n    outside: delay\n",
            id="with its parents",
        ),
    ],
)
def test_setting_changes_these_lines_and_no_others(
    path: Path, value: Data, old: str, new: str
) -> None:
    assert HOUSE.count(old) == 1
    assert set_value(HOUSE, path, value) == HOUSE.replace(old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            ("house", "windows", 0),
            "    - mon-fri 07:00-22:00   # before school\n",
            "    # before school\n",
            id="an item; its comment stays",
        ),
        pytest.param(
            ("speakers", "kitchen", "lists"), "    lists: [ads, trackers]\n", "", id="a key"
        ),
        pytest.param(
            ("speakers", "kitchen"),
            "speakers:\n  kitchen:\n    mac: fc:65:de:10:00:01\n    lists: [ads, trackers]\n",
            "speakers: {}\n",
            id="the only entry of a section",
        ),
        pytest.param(
            ("speakers", "kitchen", "lists", 0),
            "lists: [ads, trackers]",
            "lists: [trackers]",
            id="an item of a list on one line",
        ),
    ],
)
def test_removing_takes_these_lines_and_no_others(path: Path, old: str, new: str) -> None:
    assert HOUSE.count(old) == 1
    assert remove_key(HOUSE, path) == HOUSE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        pytest.param("a: [1, # one\n  2]\n", ("a", 0), 3, id="a comment inside brackets"),
        pytest.param("- a: 1\n  b: 2\n", (0, "a"), None, id="a key behind a dash"),
        pytest.param("a: 1\n", ("a",), None, id="the last key of a file"),
        pytest.param("a: 1\n", ("b", "c"), None, id="what is not there"),
        pytest.param("a: 1\n", (0,), "x", id="an index into sections"),
        pytest.param("a: b: c\n", ("a",), 1, id="a text that is not readable"),
        pytest.param("a: &x 1\nb: *x\n", ("a",), 2, id="an anchor others depend on"),
        pytest.param("", ("a",), 1, id="an empty file"),
        pytest.param("a: 1\n", ("a",), "\ud800", id="a value that no file may hold"),
    ],
)
def test_an_edit_that_would_lose_something_is_refused(text: str, path: Path, value: Data) -> None:
    with pytest.raises(ConfigError):
        _ = remove_key(text, path) if value is None else set_value(text, path, value)


def test_line_ends_and_a_missing_last_one_are_kept() -> None:
    assert set_value("a: 1\r\nb: 2", ("c",), 3) == "a: 1\r\nb: 2\r\nc: 3\r\n"


def test_setting_what_is_set_changes_nothing() -> None:
    text = EXAMPLE.read_text()
    assert set_value(text, ("speakers", "kitchen", "name"), "Kitchen Echo") == text


def test_the_example_survives_its_owner() -> None:
    text = EXAMPLE.read_text()
    text = set_value(text, ("speakers", "kitchen", "windows"), ["daily 08:00-09:00"])
    text = set_value(text, ("house", "exceptions"), {"2026-12-24": "closed"})
    text = remove_key(text, ("speakers", "bedroom"))
    config = parse_config(text, FilePath("edited"))
    assert list(config.policy.devices) == ["kitchen", "living-room", "office"]
    assert comments(text) == comments(EXAMPLE.read_text())


# --- any text, any edits --------------------------------------------------------------------------

SCALARS = st.one_of(
    st.booleans(),
    st.integers(0, 10**6),
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=8),
    st.sampled_from(["mon-fri 07:00-22:00", "07:00", "2026-12-24", "no", "a: b", "a #b", "- x"]),
)
KEYS = st.sampled_from(["house", "windows", "kitchen", "zone", "lists", "2026-12-24", "a b"])
VALUES: st.SearchStrategy[Data] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(SCALARS, max_size=3), st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
PATHS: st.SearchStrategy[Path] = st.builds(
    lambda keys, index: (*keys, *index),
    st.lists(KEYS, min_size=1, max_size=3),
    st.lists(st.integers(0, 2), max_size=1),
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A file as an owner might write it: blocks and brackets, comments, blank lines."""
    lines: list[str] = []

    def remark() -> str:
        return draw(st.sampled_from(["", "", " # beside", "   # a: b - c"]))

    def write(data: Data, indent: int) -> None:
        entries = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in entries:
            lines.extend(
                draw(st.lists(st.sampled_from(["", "# above", "  # in: between"]), max_size=1))
            )
            head = " " * indent + ("-" if isinstance(key, int) else f"{inline(key)}:")
            nested = isinstance(key, str) and isinstance(value, dict | list) and value
            if nested and draw(st.booleans()):
                lines.append(head + remark())
                write(value, indent + draw(st.sampled_from([1, 2, 4])))
            else:
                lines.append(f"{head} {inline(value)}{remark()}")

    write(draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)), 0)
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n"]))


@given(documents(), st.lists(st.tuples(PATHS, st.none() | VALUES), min_size=1, max_size=5))
def test_edits_of_any_text_mean_what_they_say_or_are_refused(
    text: str, edits: list[tuple[Path, Data]]
) -> None:
    remarks = comments(text)
    for path, value in edits:
        before = data_of(text)
        try:
            text = remove_key(text, path) if value is None else set_value(text, path, value)
        except ConfigError:
            continue
        assert data_of(text) == applied(before, path, value)
        assert comments(text) == remarks


@given(documents(), KEYS, VALUES)
def test_a_section_can_always_be_set(text: str, key: str, value: Data) -> None:
    assert data_of(set_value(text, (key,), value)) == applied(data_of(text), (key,), value)
