"""YAML text to plain data, with the place of every key and value.

In: text. Out: dicts, lists and scalars, and complaints. Rules:

1. Only what stands there counts: ``yes``, ``22:00`` and ``2026-12-24`` are text; quoted is text;
   ``true``, ``false`` and plain numbers are what they look like.
2. Keys are text, and none is written twice. A key without a value is a complaint: whether nothing,
   never or the default was meant cannot be told.
3. Anchors, tags and several documents are refused: an edit by program could not keep their meaning.

The composer is libyaml's: 200 devices with 50 windows each take 35 ms, and 840 ms in the pure
Python one of ruamel.yaml (tests/bench/bench_policy.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from hushgate.core.errors import Complaint

type Data = dict[str, Data] | list[Data] | str | int | float | bool | None
type Path = tuple[str | int, ...]

_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,8}|[0-9]{1,15}")
_DECIMAL = re.compile(r"[0-9]{1,15}\.[0-9]{1,6}")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "": None, "~": None, "null": None}
_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)
_DEEPEST = 12
_LARGEST = 4_000_000
"""Characters; a thousand speakers with fifty windows each fit."""


class Place(NamedTuple):
    """Where something stands; one-based."""

    line: int
    column: int


@dataclass(slots=True)
class Tree:
    """A file's data and its nodes."""

    file: str
    root: yaml.Node | None
    data: Data = None
    complaints: list[Complaint] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where a value (or its key) stands; of what does not exist, its nearest parent."""
        node, place = self.root, Place(1, 1)
        for depth, part in enumerate(path):
            child = child_of(node, part)
            if child is None:
                break
            name, node = child
            wanted = name if key or depth < len(path) - 1 else node
            place = _place(wanted)
        return place

    def complain(self, path: Path, message: str, *, key: bool = False) -> None:
        """Add a complaint about a value or a key."""
        line, column = self.place(path, key=key)
        self.complaints.append(Complaint(message, self.file, line, column))


def read_tree(text: str, file: str) -> Tree:
    """Read a configuration's text; what is wrong is in the tree's complaints."""
    tree = Tree(file, None)
    if len(text) > _LARGEST:
        tree.complain((), f"the file has {len(text)} characters; at most {_LARGEST} are read")
        return tree
    try:
        tree.root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeError) as error:
        tree.complaints.append(_syntax_complaint(error, file))
        return tree
    if tree.root is not None and not _is_nothing(tree.root):
        tree.data = _Reader(tree).convert(tree.root)
    return tree


def _syntax_complaint(error: Exception, file: str) -> Complaint:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Complaint(f"this is not text: {str(error).splitlines()[0]}", file, 1, 1)
    mark = error.problem_mark
    context = f" {error.context}" if error.context else ""
    start = error.context_mark
    begun = f" (begun in line {start.line + 1})" if start and start.line != mark.line else ""
    hint = _SYNTAX_HINTS.get(error.problem or "", "")
    message = f"this is not valid YAML: {error.problem}{context}{begun}{hint}"
    return Complaint(message, file, mark.line + 1, mark.column + 1)


_SYNTAX_HINTS = {
    "found character that cannot start any token": "; indent with spaces, not tabs",
    "mapping values are not allowed in this context": "; is the line indented like its neighbors?",
    "did not find expected key": "; is the line indented like its neighbors?",
    "could not find expected ':'": "; expected KEY: VALUE",
}


class _Reader:
    """Walks the nodes once; what may not stand there is a complaint and left out."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.seen: set[int] = set()

    def convert(self, node: yaml.Node, depth: int = 0) -> Data:
        if id(node) in self.seen:
            return self._refuse(node, "this is used again by an alias (*); write it out instead")
        self.seen.add(id(node))
        if node.tag not in _TAGS:
            return self._refuse(node, f"tags ({node.tag}) are not read here")
        if depth > _DEEPEST:
            return self._refuse(node, f"more than {_DEEPEST} levels deep")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, depth + 1) for item in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> Data:
        data: dict[str, Data] = {}
        lines: dict[str, int] = {}
        for name, value in node.value:
            key = name.value
            if not isinstance(name, yaml.ScalarNode):
                self._refuse(name, "a key must be one word")
            elif key in data:
                self._refuse(name, f'"{key}" is written twice; first in line {lines[key]}')
            elif _is_nothing(value):
                self._refuse(name, f'"{key}" has no value; write one or remove the line')
            else:
                lines[key] = _place(name).line
                data[key] = self.convert(value, depth + 1)
        return data

    def _refuse(self, node: yaml.Node, message: str) -> Data:
        self.tree.complaints.append(Complaint(message, self.tree.file, *_place(node)))
        return None


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and _scalar(node) is None


def _scalar(node: yaml.ScalarNode) -> Data:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return int(text, 16 if text.startswith("0x") else 10)
    return float(text) if _DECIMAL.fullmatch(text) else text


def child_of(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value of a mapping's entry; item, twice, of a sequence."""
    if isinstance(node, yaml.MappingNode):
        pairs: Iterator[tuple[yaml.Node, yaml.Node]] = (
            (name, value) for name, value in node.value if name.value == part
        )
        return next(pairs, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item
    return None


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
