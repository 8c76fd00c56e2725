"""Lines of Pi-hole's regular expressions; matching is tested with core.patterns."""

import pytest

from hushgate.core.listformats.entry import Format
from tests.core.listformats.reading import entries, items, problems


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        (r"(^|\.)ads\.example$", r"(^|\.)ads\.example$"),
        (r"^ads\. # comment", r"^ads\."),
        (r"^ads;reply=nxdomain", "^ads"),
    ],
)
def test_an_expression_is_read(line: str, pattern: str) -> None:
    assert entries(Format.REGEX, line) == [f"block pattern {pattern}"]


@pytest.mark.parametrize("option", ["querytype=AAAA", "invert", "nonsense"])
def test_options_that_change_what_it_means_ignore_it(option: str) -> None:
    assert entries(Format.REGEX, f"^ads;{option}") == []
    assert [each.ignored for each in problems(Format.REGEX, f"^ads;{option}")] == [True]


def test_comments_say_nothing() -> None:
    assert items(Format.REGEX, r"# (^|\.)a\.example$ # prevents updates") == []
