"""Blocklists: bytes of a list to what it blocks and what is wrong in it.

In: blocks of whole lines, as they come from a file or a download. Out: a Reading: the list, its
counts, the first problems with their lines, and the reason if the list as a whole is refused.
Rules: a bad line costs only itself; an HTML page, a NUL byte or a list without entries costs the
list, because then it is not what the owner subscribed to.

A million names must load in 2.5 s. A block whose lines differ only in the name is therefore taken
whole (core.listblocks); any other block is read line by line. Both ways give the same result.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from mmap import mmap
from typing import NamedTuple

from hushgate.core import packed
from hushgate.core.domains import Reach
from hushgate.core.listblocks import AlikeBlocks, NameBlock
from hushgate.core.listformats.detect import Choice, choose
from hushgate.core.listformats.entry import (
    Effect,
    Entry,
    Format,
    Meaning,
    Problem,
    Reader,
    precedence,
)
from hushgate.core.listformats.names import shorten
from hushgate.core.listformats.readers import reader_for
from hushgate.core.lists import Rules, Table
from hushgate.core.patternsyntax import PatternError
from hushgate.core.suffixes import PublicSuffixes

BLOCK_BYTES = 8192
"""Size of a block: small enough that one comment does not cost many lines the short way."""

MAX_LINE = 65_536
"""A longer line is not read; AdGuard Home gives up the whole list there."""

_EXAMPLES = 10
_HEAD_BLOCKS = 8
"""Blocks that are looked at to tell the format; a header of comments may be long."""
_LEAP = 10
"""A list that grows or shrinks this many times over is a mistake of its maker or of its server."""
_BOM = b"\xef\xbb\xbf"
_HTML = re.compile(rb"\s*<(!doctype|!--|html|head|body|\?xml)", re.IGNORECASE)
_JSON = re.compile(rb"\s*(\{|\[\s*[\"{])")


class Example(NamedTuple):
    """A line that is not used."""

    line: int
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as read: its content, what is wrong in it, and whether it may be used."""

    choice: Choice
    rules: Rules
    duplicates: int
    invalid: int
    ignored: int
    examples: tuple[Example, ...]
    refused: str | None
    """Why the list as a whole is not used."""
    starts: array[int]
    """Where each block begins in the list."""
    lines: array[int]
    """How many lines there are before each block."""


@dataclass(slots=True)
class _Builder:
    rules: Rules
    reader: Reader
    suffixes: PublicSuffixes
    allow: bool
    line: int = 0
    complained: int = 0
    """The line of the last problem: a line counts as bad once, however much is wrong in it."""
    duplicates: int = 0
    invalid: int = 0
    ignored: int = 0
    examples: list[Example] = field(default_factory=list)
    cancelled: list[Entry] = field(default_factory=list)

    def read_line(self, text: str) -> None:
        self.line += 1
        if len(text) > MAX_LINE:
            self._complain(text, Problem(f"longer than {MAX_LINE} characters"))
            return
        for item in self.reader(text):
            match item:
                case Problem():
                    self._complain(text, item)
                case Entry(cancels=True):
                    self.cancelled.append(item)
                case Entry():
                    self._add(text, item)

    def take(self, block: NameBlock) -> None:
        """Take a block of lines that differ only in the name."""
        self.line += block.lines
        for reach, names in block.names.items():
            members = self._table(block.effect, important=block.important).names.of(reach)
            expected = len(members) + len(names)
            members.update(names)
            self.duplicates += expected - len(members)

    def finish(self) -> None:
        for entry in self.cancelled:
            self.rules.table(entry.effect, important=entry.important).discard(
                entry.text, entry.reach
            )
        self.rules.seal()

    def _add(self, text: str, entry: Entry) -> None:
        if entry.effect is not Effect.SPARE and entry.text.encode() in self.suffixes:
            problem = f'"{entry.text}" is a public suffix: it would cover what thousands own'
            self._complain(text, Problem(problem))
            return
        table = self._table(entry.effect, important=entry.important)
        try:
            self.duplicates += not table.add(entry.text, entry.reach)
        except PatternError as error:
            self._complain(text, Problem(f"not a usable expression: {error}"))

    def _table(self, effect: Effect, *, important: bool) -> Table:
        if self.allow and effect in (Effect.BLOCK, Effect.REST):
            effect = Effect.ALLOW
        return self.rules.table(effect, important=important)

    def _complain(self, text: str, problem: Problem) -> None:
        if self.complained == self.line:
            return
        self.complained = self.line
        if problem.ignored:
            self.ignored += 1
        else:
            self.invalid += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(Example(self.line, shorten(text.strip(), 100), problem.text))


def read_list(
    blocks: Iterable[bytes],
    name: str,
    *,
    suffixes: PublicSuffixes,
    form: Format | None = None,
    meaning: Meaning | None = None,
    allow: bool = False,
    progress: Callable[[int], None] = lambda size: None,
) -> Reading:
    """Read a whole list; ``allow`` turns every entry into an exception."""
    blocks = iter(blocks)
    head = list(islice(blocks, _HEAD_BLOCKS))
    first = head[0] if head else b""
    choice = choose(
        b"".join(head).decode("utf-8-sig", "replace").split("\n"), name, form=form, meaning=meaning
    )
    builder = _Builder(
        Rules(precedence(choice.format)),
        reader_for(choice.format, choice.meaning),
        suffixes,
        allow,
    )
    refused = _reason_to_refuse(first)
    alike = AlikeBlocks(builder.reader, choice.format, suffixes)
    starts, lines, offset = array("Q"), array("Q"), 0
    for raw in chain(head, blocks):
        starts.append(offset)
        lines.append(builder.line)
        offset += len(raw)
        block = raw if starts[-1] else raw.removeprefix(_BOM)
        if not refused and b"\0" in block:
            refused = "contains NUL bytes: not a text file (or one in UTF-16)"
        if refused:
            break
        if whole := alike.read(block):
            builder.take(whole)
        else:
            for line in _lines(block):
                builder.read_line(line)
        progress(len(block))
    builder.finish()
    if not refused and not len(builder.rules):
        wrong = builder.invalid + builder.ignored
        refused = _reason_it_is_empty(wrong)
    return Reading(
        choice,
        builder.rules,
        builder.duplicates,
        builder.invalid,
        builder.ignored,
        tuple(builder.examples),
        refused,
        starts,
        lines,
    )


def change_to_refuse(before: int, after: int) -> str | None:
    """Why a new version of a list is not believed, given how many entries the old one had."""
    if after >= _LEAP * before > 0:
        return f"grew from {before:,} to {after:,} entries"
    if after * _LEAP <= before:
        return f"shrank from {before:,} to {after:,} entries"
    return None


def find_line(
    data: bytes | mmap, reading: Reading, wanted: Entry, *, allow: bool = False
) -> int | None:
    """The line of a list that holds an entry, read by the same rules as when it was loaded.

    Blocks that hold the entry's text as it is come first: usually the first of them has it.
    """
    reader = reader_for(reading.choice.format, reading.choice.meaning)
    starts = reading.starts
    for index in _likely_blocks(data, reading, wanted):
        end = starts[index + 1] if index + 1 < len(starts) else len(data)
        lines = _lines(data[starts[index] : end])
        for number, line in enumerate(lines, reading.lines[index] + 1):
            for item in reader(line):
                if not isinstance(item, Entry) or item.cancels or item[:2] != wanted[:2]:
                    continue
                if allow or item.effect is wanted.effect:
                    return number
    return None


def _likely_blocks(data: bytes | mmap, reading: Reading, wanted: Entry) -> Iterator[int]:
    every = range(len(reading.starts))
    if reading.choice.format is not Format.RPZ and wanted.reach is not Reach.PATTERN:
        needle = wanted.text.encode()
        found = data.find(needle)
        while found >= 0:
            index = bisect_right(reading.starts, found) - 1
            yield index
            if index + 1 == len(every):
                break
            found = data.find(needle, reading.starts[index + 1])
    # A zone is read from its beginning, as its lines depend on those before; and a name may be
    # written in capitals or in another script.
    yield from every


def _reason_to_refuse(first: bytes) -> str | None:
    first = first.removeprefix(_BOM)
    if _HTML.match(first):
        return "is an HTML page, not a list"
    if _JSON.match(first):
        return "is JSON, not a list"
    return f"is {reason}" if (reason := packed.refusal(first)) else None


def _reason_it_is_empty(wrong: int) -> str:
    match wrong:
        case 0:
            return "holds no entry"
        case 1:
            return "its only line cannot be used"
        case _:
            return f"none of its {wrong:,} lines can be used"


def _lines(block: bytes) -> list[str]:
    # Lists that are put together from others have byte order marks in their middle, too.
    lines = block.replace(_BOM, b"").decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines
