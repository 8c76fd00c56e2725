"""unbound's lines."""

import pytest

from hushgate.core.listformats.entry import Format
from tests.core.listformats.reading import blocks, entries, items, problems, read


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('local-zone: "a.example." always_nxdomain', "block suffix a.example"),
        ("local-zone: a.example refuse", "block suffix a.example"),
        ('  local-zone: "a.example" always_null # c', "block suffix a.example"),
        ('local-zone: "ok.a.example." transparent', "allow suffix ok.a.example"),
        ('local-data: "a.example. A 0.0.0.0"', "block exact a.example"),
        ("local-data: 'a.example. 300 IN AAAA ::'", "block exact a.example"),
    ],
)
def test_a_line_is_read(line: str, expected: str) -> None:
    assert entries(Format.UNBOUND, line) == [expected]


@pytest.mark.parametrize(
    ("line", "ignored"),
    [
        ('local-data: "nas.example A 192.168.1.9"', True),
        ('local-data-ptr: "192.168.1.9 nas.example"', True),
        ('local-zone: "a.example" block_a', True),
        ("verbosity: 1", True),
        ('local-zone: "a.example"', False),
        ('local-data: "a.example"', False),
        ('local-zone: "a..example" refuse', False),
        ("nonsense", False),
    ],
)
def test_a_line_that_blocks_nothing_says_why(line: str, ignored: bool) -> None:
    assert entries(Format.UNBOUND, line) == []
    assert [each.ignored for each in problems(Format.UNBOUND, line)] == [ignored]


def test_comments_and_the_section_say_nothing() -> None:
    assert items(Format.UNBOUND, "server:\n# comment\n\n") == []


def test_the_more_specific_zone_decides() -> None:
    rules = read(
        'local-zone: "a.example." always_nxdomain\n'
        'local-zone: "ok.a.example." transparent\n'
        'local-zone: "bad.ok.a.example." always_nxdomain\n',
        Format.UNBOUND,
    ).rules
    probes = ("a.example", "ok.a.example", "bad.ok.a.example")
    assert [blocks(rules, name) for name in probes] == [True, False, True]
