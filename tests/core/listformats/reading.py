"""Reads lines of a format the short way, for tests."""

from collections.abc import Iterator

from hushgate.core.listformats.entry import Entry, Format, Meaning, Problem
from hushgate.core.listformats.readers import reader_for
from hushgate.core.listreading import BLOCK_BYTES, Reading, read_list
from hushgate.core.lists import Rules
from hushgate.core.suffixes import NO_SUFFIXES


def split_blocks(data: bytes) -> Iterator[bytes]:
    """Bytes in memory as blocks of whole lines."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + BLOCK_BYTES) + 1 or len(data)
        yield data[start:end]
        start = end


def items(form: Format, text: str, meaning: Meaning = Meaning.EXACT) -> list[Entry | Problem]:
    """Everything the lines of a text say."""
    reader = reader_for(form, meaning)
    return [item for line in text.splitlines() for item in reader(line)]


def entries(form: Format, text: str, meaning: Meaning = Meaning.EXACT) -> list[str]:
    """The entries of a text, each as ``effect reach text``."""
    return [
        f"{each.effect} {each.reach} {each.text}"
        for each in items(form, text, meaning)
        if isinstance(each, Entry)
    ]


def problems(form: Format, text: str) -> list[Problem]:
    """The problems of a text."""
    return [each for each in items(form, text) if isinstance(each, Problem)]


def read(text: str | bytes, form: Format | None = None, meaning: Meaning | None = None) -> Reading:
    """A whole list, without a check of public suffixes."""
    data = text if isinstance(text, bytes) else text.encode()
    return read_list(split_blocks(data), "list", suffixes=NO_SUFFIXES, form=form, meaning=meaning)


def blocks(rules: Rules, name: str) -> bool:
    """Whether a list blocks a name."""
    hit = rules.find(name.encode(), name)
    return hit is not None and not hit.allow
