"""Splices of YAML text: one value set or removed, every other character left alone.

In: text that has been read before, a path, a value. Out: text. What a splice means is checked by
configedit, so a splice that is wrong is refused there and never written.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import yaml

from hushgate.config_tree import Data, Path, child_of, read_tree
from hushgate.core.errors import Complaint, ConfigError

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where libyaml begins a new line."""
_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@+:-]*(?: [A-Za-z0-9_./@+:-]+)*(?<!:)")
_NOT_TEXT = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Words that some reader of YAML takes for something else."""


class Comment(NamedTuple):
    """A comment with its place; zero-based."""

    line: int
    column: int
    text: str


def comments_of(text: str) -> Iterator[Comment]:
    """Every comment, in order: a # between two tokens."""
    starts = [0, *(match.end() for match in _BREAK.finditer(text))]
    for start, end in _gaps(text):
        for match in _COMMENT.finditer(text, start, end):
            line = bisect_right(starts, match.start()) - 1
            yield Comment(line, match.start() - starts[line], match[0].rstrip())


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text that belong to no token."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        yield end, token.start_mark.index
        end = max(end, token.end_mark.index)
    yield end, len(text)


def set_one(text: str, path: Path, value: Data) -> str:
    """Set one value: replace it where it stands, or add its key."""
    parent, found = _locate(text, path)
    if parent is None:
        # The parent is missing too: add it with the value inside.
        inner: Data = [value] if isinstance(path[-1], int) else {path[-1]: value}
        return set_one(text, path[:-1], inner)
    if parent.flow_style:
        return _replace(text, parent, _with(text, parent, path[-1], value))
    if found is None:
        lines = _block(path[-1], value, parent.start_mark.column)
        return _insert(text, _last_line(parent) + 1, lines)
    name, old = found
    if not isinstance(old, yaml.CollectionNode) or old.flow_style:
        return _replace(text, old, inline(value))
    rest = _delete(text, old.start_mark.line, _last_line(old), name.start_mark.column)
    colon = text.index(":", name.end_mark.index) + 1
    return f"{rest[:colon]} {inline(value)}{rest[colon:]}"


def remove_one(text: str, path: Path) -> str:
    """Remove one entry; its comments stay. A collection it leaves empty becomes {} or []."""
    parent, found = _locate(text, path)
    if parent is None or found is None:
        raise _refusal(path)
    if parent.flow_style:
        return _replace(text, parent, _with(text, parent, path[-1], None))
    if len(parent.value) == 1:
        if len(path) == 1:
            raise _refusal(path)
        return set_one(text, path[:-1], [] if isinstance(parent, yaml.SequenceNode) else {})
    name, old = found
    first = name.start_mark.line
    if _lines(text)[first][: name.start_mark.column].strip() not in ("", "-"):
        raise _refusal(path)
    return _delete(text, first, _last_line(old), parent.start_mark.column)


def inline(value: Data) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{inline(key)}: {inline(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT and ": " not in value
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _block(key: str | int, value: Data, indent: int) -> Iterator[str]:
    """A new entry as lines."""
    space = " " * indent
    if isinstance(key, int):
        yield f"{space}- {inline(value)}"
    elif isinstance(value, dict) and value:
        yield f"{space}{inline(key)}:"
        for each, item in value.items():
            yield from _block(each, item, indent + 2)
    elif isinstance(value, list) and value:
        yield f"{space}{inline(key)}:"
        for at, item in enumerate(value):
            yield from _block(at, item, indent + 2)
    else:
        yield f"{space}{inline(key)}: {inline(value)}"


type _Found = tuple[yaml.Node, yaml.Node] | None


def _locate(text: str, path: Path) -> tuple[yaml.CollectionNode | None, _Found]:
    """The collection an entry is in, or belongs into, and the entry's key and value."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    for part in path[:-1]:
        found = child_of(node, part)
        node = found[1] if found is not None else None
    fits = yaml.SequenceNode if isinstance(path[-1], int) else yaml.MappingNode
    if not isinstance(node, fits):
        if len(path) == 1:
            raise _refusal(path)
        return None, None
    return node, child_of(node, path[-1])


def _with(text: str, parent: yaml.Node, key: str | int, value: Data) -> str:
    """A flow collection with one entry set, or removed if None, on one line."""
    old = read_tree(text[parent.start_mark.index : parent.end_mark.index], "").data
    if isinstance(old, list) and isinstance(key, int):
        old[key : key + 1] = [] if value is None else [value]
    elif isinstance(old, dict):
        old[str(key)] = value
        old = {each: item for each, item in old.items() if item is not None}
    return inline(old)


def _replace(text: str, node: yaml.Node, new: str) -> str:
    return f"{text[: node.start_mark.index]}{new}{text[node.end_mark.index :]}"


def _lines(text: str) -> list[str]:
    """Lines with their ends, cut where libyaml cuts them."""
    ends = [0, *(match.end() for match in _BREAK.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if start < end]


def _insert(text: str, at: int, new: Iterator[str]) -> str:
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = _lines(text)
    if at >= len(lines) and lines and not _BREAK.search(lines[-1]):
        lines[-1] += ending
    lines[at:at] = [line + ending for line in new]
    return "".join(lines)


def _delete(text: str, first: int, last: int, indent: int) -> str:
    """Lines taken out, but for their comments."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = _lines(text)
    kept = []
    for comment in comments_of(text):
        if first <= comment.line <= last:
            whole = not lines[comment.line][: comment.column].strip()
            space = " " * (comment.column if whole else indent)
            kept.append(f"{space}{comment.text}{ending}")
    lines[first : last + 1] = kept
    return "".join(lines)


def _last_line(node: yaml.Node) -> int:
    """The last line on which something of a node stands."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        # A literal (|) ends where the next line begins.
        mark = node.end_mark
        return int(mark.line) - (mark.column == 0 and mark.line > node.start_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _refusal(path: Path) -> ConfigError:
    where = ".".join(map(str, path))
    return ConfigError(Complaint(f"edit refused: {where} cannot be changed; do it by hand"))
