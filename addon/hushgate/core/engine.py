"""Decides: the one engine behind live traffic, replay and tests.

In: flows, sizes and times, and what is in force for each device. Out: decisions, and records of
what happened. It never reads a clock, a file or a socket, and never raises on what the network
sends. Every decision that waits names the time to ask again (`Decision.wake`, then `due`).
"""

from collections.abc import Callable, Sequence
from typing import Final

from hushgate.core.guard import Decision, Guard, Party, Standing, refusal
from hushgate.core.model import DeviceId, FlowKey, Instant, Reason, Verdict, Voice
from hushgate.core.records import Record

TOTAL_LIMIT: Final = 64 << 20
"""Bytes held over all flows; past it the flow that wants more is ended (fail cause `memory`)."""

VOICE_ROLE: Final = "voice"

STRICTEST: Final = Standing(Voice.BLOCK, Reason.UNKNOWN_SPEAKER, hard_edge=True)
"""For a client that the gateway could not name: it is a speaker, or it would not be here."""

_GONE: Final = Decision(Verdict.DROP, Reason.FLOW_CLOSED, end=True)


def no_role(device: DeviceId, name: str | None) -> str:
    """Say that nothing is known of any endpoint."""
    return "unknown"


def no_list(device: DeviceId, name: str | None) -> bool:
    """Say that no list names any endpoint."""
    return False


class Engine:
    """Keeps what is in force per device and a guard per flow."""

    def __init__(
        self,
        *,
        role_of: Callable[[DeviceId, str | None], str] = no_role,
        is_listed: Callable[[DeviceId, str | None], bool] = no_list,
    ) -> None:
        self._role_of = role_of
        self._is_listed = is_listed
        self._standings: dict[DeviceId, Standing] = {}
        self._flows: dict[FlowKey, Guard] = {}
        self._records: list[Record] = []
        self.held = 0
        """Bytes waiting now, over all flows."""

    def rule(self, device: DeviceId, standing: Standing, now: Instant) -> Sequence[FlowKey]:
        """Put a device under a new standing; return its open flows, to be asked with `due`."""
        self._standings[device] = standing
        flows = [key for key in self._flows if key.device == device]
        for key in flows:
            self._flows[key].rule(standing, now)
        return flows

    def standing(self, device: DeviceId) -> Standing:
        """Return what is in force for a device."""
        return self._standings.get(device, STRICTEST)

    def open(self, flow: FlowKey, name: str | None, now: Instant) -> Decision:
        """Judge a flow at connect: accept it, or refuse it before anything leaves."""
        standing = self.standing(flow.device)
        host = name or flow.server
        party = Party(f"{host}:{flow.server_port}", self._role_of(flow.device, name))
        if self._is_listed(flow.device, name):
            return self._refuse(flow, party, standing, Reason.BLOCKLISTED, now)
        if standing.voice is Voice.OFFLINE and party.role == VOICE_ROLE:
            return self._refuse(flow, party, standing, standing.reason, now)
        self._flows[flow] = Guard(flow, party, standing, self._records)
        return Decision(Verdict.ACCEPT, standing.reason)

    def upload(
        self, flow: FlowKey, size: int, now: Instant, records: tuple[int, ...] | None = None
    ) -> Decision:
        """Take in `size` bytes that the speaker sent and that nobody has sent on yet."""
        guard = self._flows.get(flow)
        if guard is None:
            return _GONE
        before = guard.held
        decision = guard.upload(size, now, records)
        self.held += guard.held - before
        if self.held > TOTAL_LIMIT and guard.held:
            self.held -= guard.held
            return guard.abandon(Reason.HOLD_FULL, now)
        return decision

    def download(self, flow: FlowKey, size: int, now: Instant) -> None:
        """Note `size` bytes that the server sent; they are never held."""
        guard = self._flows.get(flow)
        if guard is not None:
            guard.download(size, now)

    def due(self, flow: FlowKey, now: Instant) -> Decision:
        """Say what the passing of time, or a new standing, changed for a flow."""
        guard = self._flows.get(flow)
        if guard is None:
            return _GONE
        before = guard.held
        decision = guard.due(now)
        self.held += guard.held - before
        return decision

    def close(self, flow: FlowKey, now: Instant) -> None:
        """Forget a flow that is over; what it still held is dropped."""
        guard = self._flows.pop(flow, None)
        if guard is not None:
            self.held -= guard.held
            guard.close(now)

    def failed(self, flow: FlowKey, now: Instant) -> None:
        """Forget a flow whose server could not be reached."""
        guard = self._flows.pop(flow, None)
        if guard is not None:
            self.held -= guard.held
            guard.abandon(Reason.CONNECT_FAILED, now)

    def flows(self) -> Sequence[FlowKey]:
        """Return the open flows."""
        return list(self._flows)

    def records(self) -> Sequence[Record]:
        """Return what has happened since the last call."""
        records, self._records[:] = list(self._records), []
        return records

    def _refuse(
        self, flow: FlowKey, party: Party, standing: Standing, reason: Reason, now: Instant
    ) -> Decision:
        self._records.append(refusal(flow, party, standing, reason, now))
        return Decision(Verdict.REJECT, reason, end=True)
