"""What a recording says happened, flow by flow: the input of replay and evaluation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from hushgate.core.model import FlowKey, Instant


class Direction(StrEnum):
    """Direction of payload, seen from the device."""

    UP = "up"
    DOWN = "down"


class TraceEvent(NamedTuple):
    """New payload bytes of one flow; retransmitted bytes are left out."""

    at: Instant
    """Seconds since the recording's first packet."""
    flow: FlowKey
    direction: Direction
    size: int
    records: tuple[int, ...] | None = None
    """Lengths of the TLS application-data records whose header ended in these bytes; None: unknown
    (a table of sizes only, or not TLS)."""
    speech: int = 0
    """Number of the marked command these bytes belong to; 0: none."""


class Marks(StrEnum):
    """Who says which bytes of a recording are speech."""

    AUTHORS = "authors"
    """The authors of the recording: one command per recording, or none."""
    SHAPE = "shape"
    """A rule that looked at whole bursts afterwards; flatters a judge that looks at the same."""
    UNKNOWN = "unknown"
    """Nobody says when somebody spoke."""
    UNUSABLE = "unusable"
    """The marks do not fit what is known; unmarked bytes are no proof of silence either."""


class Cut(NamedTuple):
    """One command as the authors of the recording cut it: a span of time, no connection named."""

    number: int
    start: Instant
    end: Instant


@dataclass(slots=True)
class Trace:
    """One recording, read once from front to back."""

    path: str
    source: str
    device: str
    """What was recorded, as the recording's labels say, else the speaker's address."""
    label: str
    events: Iterator[TraceEvent]
    marks: Marks = Marks.UNKNOWN
    """What `TraceEvent.speech` rests on."""
    cuts: tuple[Cut, ...] = ()
    mixed: bool = False
    """Connections cannot be told apart: all bytes are in one flow."""
    started: datetime | None = None
    names: Mapping[FlowKey, str] = field(default_factory=dict)
    """Name of the remote party by flow; filled while events are read."""
    name: str = ""
    """Name of this recording where a file holds several."""
    complaints: list[str] = field(default_factory=list)
    """What could not be read; filled while events are read."""
