"""UDP flows of speakers that never met the proxy: what the kernel counted becomes rows.

In: packets and bytes by flow, as the kernel's sets hold them, every few seconds. Out: one UdpFlow
a flow: at once where it was refused, at its end where it passed, so that its bytes are known.
A flow that goes on after its end gets another row, for what came since.

QUIC to known media passes unread, so its upload is watched: what answers a download is small
packets, and what is spoken is not. A flow that uploads like speech is told at once, and is to be
ended, so that the speaker takes TCP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from hushgate.core.model import Instant, Mac

QUIET: Final = 10.0
"""Seconds without a packet after which a flow that passed counts as ended."""
QUIC_PORT: Final = 443
PASSED: Final = "passed"
LOUD_PACKET: Final = 150
"""Bytes of a packet, headers included, from which on it says more than that something arrived."""
LOUD: Final = 16_000
"""Bytes of loud readings in a row that are speech; a handshake with some requests has a third."""


class Sort(StrEnum):
    """What a flow is, as far as ports and first bytes tell."""

    QUIC = "quic"
    CALL = "call"
    """Its packets are STUN or RTP."""
    OTHER = "other"
    SPOKE = "spoke"
    """QUIC to known media that uploaded like speech."""


class FlowId(NamedTuple):
    """A flow as the kernel's sets are keyed."""

    set: str
    """Name of the set without its number: calls, refused, passed."""
    mac: Mac
    client: str
    server: str
    client_port: int
    server_port: int


class Count(NamedTuple):
    """What the kernel counted."""

    packets: int
    size: int
    """Bytes, headers of IP included."""


@dataclass(frozen=True, slots=True)
class UdpFlow:
    """One flow, for ledger and metrics."""

    mac: Mac
    client: str
    client_port: int
    server: str
    server_port: int
    sort: Sort
    passed: bool
    """It left; else it was refused."""
    packets: int
    """Those since the row before, if a flow that had ended went on."""
    size: int
    """Bytes of them, headers of IP included."""
    seconds: float
    """From the first packet seen to the last, to the interval of readings."""
    ago: float
    """Seconds since the last."""
    name: str | None = None
    """What its hello asked for, if it was read."""


class Note(NamedTuple):
    """What the judge of packets remembers of a flow."""

    sort: Sort
    name: str | None


_NOTHING: Final = Count(0, 0)


@dataclass(slots=True)
class _Tracked:
    count: Count
    first: Instant
    since: Instant
    """When the count last grew."""
    note: Note | None
    told: Count = _NOTHING
    """What is in rows already."""
    loud: int = 0
    """Bytes of the last readings, as long as their packets were large."""
    spoke: bool = False

    def hear(self, before: Count) -> bool:
        """Take note of what was sent since a reading; return whether that makes it speech."""
        packets, size = self.count.packets - before.packets, self.count.size - before.size
        self.loud = self.loud + size if packets and size >= LOUD_PACKET * packets else 0
        return self.loud >= LOUD and not self.spoke


class FlowLog:
    """Turns readings of the kernel's sets into rows."""

    def __init__(self) -> None:
        self._flows: dict[FlowId, _Tracked] = {}
        self.to_end: list[FlowId] = []
        """Flows that passed as media and upload like speech; whoever ends them empties it."""

    def take(
        self,
        counts: Mapping[FlowId, Count],
        now: Instant,
        note_of: Callable[[FlowId], Note | None] = lambda flow: None,
    ) -> list[UdpFlow]:
        """Take a reading; return the flows to be told now."""
        rows = []
        for flow, count in counts.items():
            tracked, before = self._flows.get(flow), _NOTHING
            if tracked is None or count.size < tracked.count.size:  # forgotten by the kernel, anew
                tracked = self._flows[flow] = _Tracked(count, now, now, note_of(flow))
            elif count != (before := tracked.count):
                tracked.count, tracked.since = count, now
            if flow.set != PASSED:
                due = not tracked.told.packets
            elif flow.server_port == QUIC_PORT and tracked.hear(before):
                tracked.spoke = due = True
                self.to_end.append(flow)
            else:
                due = tracked.count != tracked.told and now - tracked.since >= QUIET
            if due:
                rows.append(_row(flow, tracked, now))
                tracked.told = tracked.count
        for flow in self._flows.keys() - counts.keys():
            tracked = self._flows.pop(flow)
            if flow.set == PASSED and tracked.count != tracked.told:
                rows.append(_row(flow, tracked, now))
        return rows


def _row(flow: FlowId, tracked: _Tracked, now: Instant) -> UdpFlow:
    return UdpFlow(
        mac=flow.mac,
        client=flow.client,
        client_port=flow.client_port,
        server=flow.server,
        server_port=flow.server_port,
        sort=_sort_of(flow, tracked),
        passed=flow.set == PASSED,
        packets=tracked.count.packets - tracked.told.packets,
        size=tracked.count.size - tracked.told.size,
        seconds=tracked.since - tracked.first,
        ago=now - tracked.since,
        name=tracked.note.name if tracked.note else None,
    )


def _sort_of(flow: FlowId, tracked: _Tracked) -> Sort:
    if tracked.spoke:
        return Sort.SPOKE
    if tracked.note is not None:
        return tracked.note.sort
    if flow.set == "calls":
        return Sort.CALL
    return Sort.QUIC if flow.server_port == QUIC_PORT else Sort.OTHER
