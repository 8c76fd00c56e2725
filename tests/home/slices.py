"""What the home plays: the stretches of recordings listed in slices.toml, as items with times."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.home.recording import Conversation, Direction, Write, read_conversation

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
_LIST = Path(__file__).with_name("slices.toml")
_ROUNDING = 0.002
"""The marks are given in milliseconds."""


class Item(NamedTuple):
    """What one end writes at one moment of a slice."""

    at: float
    """Seconds since the start of the slice."""
    direction: Direction
    records: tuple[int, ...]
    """Lengths of the TLS records."""
    speech: bool
    """Whether it is part of the spoken command."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of one recorded connection around one spoken command."""

    title: str
    name: str
    """The server's name."""
    length: float
    """Seconds."""
    speech_at: float
    """Seconds until the command's first byte."""
    speech_end: float
    """Seconds until its last."""
    items: tuple[Item, ...]

    def until(self, seconds: float) -> "Slice":
        """Return its beginning, which must not reach into the command."""
        items = tuple(item for item in self.items if item.at < seconds)
        return Slice(self.title, self.name, seconds, self.speech_at, self.speech_end, items)


@cache
def load_slices() -> dict[str, Slice]:
    """Read every slice of slices.toml, by title."""
    rows = tomllib.loads(_LIST.read_text(encoding="utf-8"))["slice"]
    return {row["title"]: _cut(row) for row in rows}


@cache
def _read(file: str, speaker: str, server: str) -> list[Write]:
    return read_conversation(RECORDINGS / file, Conversation(_end(speaker), _end(server)))


def _cut(row: dict[str, Any]) -> Slice:
    start, end = row["start"], row["end"]
    first, last = row["speech"]
    writes = _read(row["file"], row["speaker"], row["server"])
    items = tuple(
        Item(
            write.at - start,
            write.direction,
            write.records,
            write.direction is Direction.UP and first - _ROUNDING <= write.at <= last + _ROUNDING,
        )
        for write in writes
        if start <= write.at < end
    )
    spoken = [item.at for item in items if item.speech]
    return Slice(row["title"], row["name"], end - start, spoken[0], spoken[-1], items)


def _end(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)
