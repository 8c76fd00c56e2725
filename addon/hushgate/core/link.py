"""The messages between gate and addon: one JSON object a line over one Unix socket.

Whole snapshots with a revision go down to the gate; its state and counters come up. A message that
does not parse is the peer's fault and ends the connection; either side may restart at any time.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hushgate.core.factlines import decode_fact, encode_fact
from hushgate.core.facts import Fact
from hushgate.core.model import Mac
from hushgate.core.observer import Watch
from hushgate.core.udpflows import Sort, UdpFlow
from hushgate.core.wiring import DEFAULT_WIRING, QueueKind, Wiring

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
    open: Mapping[str, float] = field(default_factory=dict)
    """Seconds from now during which a speaker's voice is allowed, by hardware address or fixed
    address; absent: not allowed."""
    wiring: Wiring = DEFAULT_WIRING
    addresses: tuple[str, ...] = ()
    """Fixed addresses of speakers whose hardware address the gateway cannot see."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Roles of endpoints, by pattern of their names."""
    listed: tuple[str, ...] = ()
    """Speakers that lists speak of, by hardware address or fixed address: they use no QUIC."""
    routers: tuple[Mac, ...] = ()
    """Other routers that are meant to be in the LAN."""


@dataclass(frozen=True, slots=True)
class GateState:
    """What the gate says of itself."""

    revision: int
    """Of the snapshot that is in force in the kernel."""
    pid: int
    reasserted: int
    """Times the table had to be put back because somebody took it away."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """Packets, by named counter of the table and by what the gate did itself."""
    sent: Mapping[Mac, int] = field(default_factory=dict)
    """Bytes that left outside the proxy since the gate's start, by speaker."""
    flows: tuple[UdpFlow, ...] = ()
    """New since the report before."""
    moved: tuple[tuple[Mac, str], ...] = ()
    """Who uses an address that a speaker had a few minutes ago: hardware address, address."""
    queue: QueueKind = QueueKind.NONE
    """How packets are asked about."""
    problems: tuple[str, ...] = ()
    """What is wrong, as sentences for the owner."""
    facts: tuple[Fact, ...] = ()
    """Of devices of the LAN, new since the report before."""
    watch: Watch = field(default_factory=Watch)
    """How the gate sees the LAN."""
    waiting: int = 0
    """Packets in the kernel's queue, to be asked about."""
    failed: int = 0
    """How often gates before this one died or hung."""


def encode(message: Snapshot | GateState) -> bytes:
    """Return the line for a message."""
    value = asdict(message)
    if isinstance(message, GateState):
        value["facts"] = [encode_fact(fact) for fact in message.facts]
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


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
            open={str(party): float(left) for party, left in value["open"].items()},
            wiring=Wiring(**{name: int(number) for name, number in value["wiring"].items()}),
            addresses=tuple(str(address) for address in value["addresses"]),
            roles={str(pattern): str(role) for pattern, role in value["roles"].items()},
            listed=tuple(str(party) for party in value["listed"]),
            routers=tuple(Mac(str(mac)) for mac in value["routers"]),
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
            sent={Mac(str(mac)): int(size) for mac, size in value["sent"].items()},
            flows=tuple(map(_decode_flow, value["flows"])),
            moved=tuple((Mac(str(mac)), str(address)) for mac, address in value["moved"]),
            queue=QueueKind(value["queue"]),
            problems=tuple(str(problem) for problem in value["problems"]),
            facts=tuple(map(decode_fact, value["facts"])),
            watch=_decode_watch(value["watch"]),
            waiting=int(value["waiting"]),
            failed=int(value["failed"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LinkError(f"not a state of the gate: {error!r}") from error


def _decode_watch(value: dict[str, Any]) -> Watch:
    blind = value["blind"]
    return Watch(int(value["copies"]), int(value["lost"]), None if blind is None else str(blind))


def _decode_flow(value: dict[str, Any]) -> UdpFlow:
    return UdpFlow(
        mac=Mac(str(value["mac"])),
        client=str(value["client"]),
        client_port=int(value["client_port"]),
        server=str(value["server"]),
        server_port=int(value["server_port"]),
        sort=Sort(value["sort"]),
        passed=value["passed"] is True,
        packets=int(value["packets"]),
        size=int(value["size"]),
        seconds=float(value["seconds"]),
        ago=float(value["ago"]),
        name=None if value["name"] is None else str(value["name"]),
    )
