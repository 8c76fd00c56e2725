"""unbound's ``local-zone`` and ``local-data`` lines."""

import re
from collections.abc import Iterable

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Item, Problem
from hushgate.core.listformats.names import BadNameError, clean_name, is_sink, shorten

_LINE = re.compile(r"(?P<key>[a-z-]+):\s*(?P<value>.*)")
_BLOCKING = frozenset(
    {
        "always_nxdomain",
        "always_nodata",
        "always_null",
        "always_refuse",
        "always_deny",
        "deny",
        "refuse",
        "static",
        "redirect",
        "inform_deny",
        "inform_redirect",
    }
)
_OPENING = frozenset(
    {"transparent", "typetransparent", "always_transparent", "inform", "nodefault"}
)


def read_unbound(line: str) -> Iterable[Item]:
    """The entry of one line."""
    text = line.partition("#")[0].strip()
    if not text:
        return ()
    match = _LINE.fullmatch(text)
    if match is None:
        return (Problem(f'expected "local-zone:" or "local-data:", found "{shorten(text)}"'),)
    try:
        return _read_value(match["key"], match["value"].strip())
    except BadNameError as error:
        return (Problem(str(error)),)


def _read_value(key: str, value: str) -> Iterable[Item]:
    match key:
        case "server":
            return ()
        case "local-zone":
            return (_read_zone(value.replace('"', " ").replace("'", " ").split()),)
        case "local-data":
            return (_read_data(value.strip("\"'").split()),)
        case _:
            return (Problem(f'"{shorten(key)}" is no line about blocked names', True),)


def _read_zone(words: list[str]) -> Item:
    if len(words) != 2:
        return Problem('expected "local-zone: NAME TYPE"')
    name, kind = words
    if kind in _BLOCKING:
        return Entry(clean_name(name), Reach.SUFFIX)
    if kind in _OPENING:
        return Entry(clean_name(name), Reach.SUFFIX, Effect.ALLOW)
    return Problem(f'unknown type "{shorten(kind)}"', True)


def _read_data(words: list[str]) -> Item:
    if len(words) < 3:
        return Problem('expected "local-data: \\"NAME TYPE DATA\\""')
    name, data = words[0], words[-1]
    if not is_sink(data):
        return Problem(f'answers with "{shorten(data)}", blocks nothing', True)
    return Entry(clean_name(name), Reach.EXACT)
