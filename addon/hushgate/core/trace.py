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


@dataclass(slots=True)
class Trace:
    """One recording, read once from front to back."""

    path: str
    source: str
    device: str
    """What was recorded, as the recording's labels say, else the speaker's address."""
    label: str
    events: Iterator[TraceEvent]
    started: datetime | None = None
    names: Mapping[FlowKey, str] = field(default_factory=dict)
    """Name of the remote party by flow; filled while events are read."""
    complaints: list[str] = field(default_factory=list)
    """What could not be read; filled while events are read."""
