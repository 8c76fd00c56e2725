"""The messages between gate and addon: one JSON object a line over one Unix socket.

Whole snapshots with a revision go down to the gate; its state and counters come up. A message that
does not parse is the peer's fault and ends the connection; either side may restart at any time.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hushgate.core.model import Mac
from hushgate.core.ruleset import DEFAULT_WIRING, Wiring

SOCKET_NAME: Final = "gate.sock"
LINE_LIMIT: Final = 1 << 20
"""Longest message in bytes: ten thousand speakers fit."""


class LinkError(ValueError):
    """A line that is no message of this protocol."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the gate needs to know; it replaces what the gate knew."""

    revision: int
    speakers: tuple[Mac, ...]
    open: Mapping[Mac, float] = field(default_factory=dict)
    """Seconds from now during which a speaker's voice is allowed; absent: not allowed."""
    wiring: Wiring = DEFAULT_WIRING


@dataclass(frozen=True, slots=True)
class GateState:
    """What the gate says of itself."""

    revision: int
    """Of the snapshot that is in force in the kernel."""
    pid: int
    reasserted: int
    """Times the table had to be put back because somebody took it away."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """Packets by named counter of the table."""


def encode(message: Snapshot | GateState) -> bytes:
    """Return the line for a message."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def decode_snapshot(line: bytes) -> Snapshot:
    """Read a snapshot.

    Raises:
        LinkError: The line is not one.
    """
    try:
        value: dict[str, Any] = json.loads(line)
        return Snapshot(
            revision=int(value["revision"]),
            speakers=tuple(Mac(str(mac)) for mac in value["speakers"]),
            open={Mac(str(mac)): float(left) for mac, left in value["open"].items()},
            wiring=Wiring(**{name: int(number) for name, number in value["wiring"].items()}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LinkError(f"not a snapshot: {error!r}") from error


def decode_state(line: bytes) -> GateState:
    """Read what the gate says of itself.

    Raises:
        LinkError: The line is not that.
    """
    try:
        value: dict[str, Any] = json.loads(line)
        return GateState(
            revision=int(value["revision"]),
            pid=int(value["pid"]),
            reasserted=int(value["reasserted"]),
            counters={str(name): int(count) for name, count in value["counters"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LinkError(f"not a state of the gate: {error!r}") from error
