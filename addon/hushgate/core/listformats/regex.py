"""Pi-hole's regular expressions: one per line, with options after ``;``."""

from collections.abc import Iterable

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Entry, Item, Problem
from hushgate.core.listformats.names import shorten


def read_regex(line: str) -> Iterable[Item]:
    """The expression of a line; POSIX extended, unanchored, letter case ignored."""
    text = line.strip()
    if not text or text.startswith("#"):
        return ()
    pattern, *options = text.partition(" #")[0].rstrip().split(";")
    for option in options:
        name = option.partition("=")[0]
        if name in ("querytype", "invert"):
            return (Problem(f'"{name}" has no meaning where a connection is judged', True),)
        if name != "reply":
            return (Problem(f'unknown option "{shorten(name)}"', True),)
    return (Entry(pattern, Reach.PATTERN),)
