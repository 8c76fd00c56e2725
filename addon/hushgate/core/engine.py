"""Decides: the one engine behind live traffic, replay and tests.

In: flows, sizes and times, and what is in force for each device. Out: decisions, and records of
what happened. It never reads a clock, a file or a socket, and never raises on what the network
sends. Every decision that waits names the time to ask again (`Decision.wake`, then `due`).
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from hushgate.core.budget import Budget
from hushgate.core.catalogue import Role
from hushgate.core.decisions import Decision, Party, Standing
from hushgate.core.directory import Directory, is_encrypted_dns
from hushgate.core.dnswatch import Asker
from hushgate.core.guard import Guard
from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Judgement,
    Likeness,
    Reason,
    Verdict,
    Voice,
)
from hushgate.core.openings import YOUNG, Openings
from hushgate.core.pending import Request
from hushgate.core.portions import Portions
from hushgate.core.records import Record
from hushgate.core.refusals import Refusals
from hushgate.core.totals import Totals
from hushgate.core.trace import Direction
from hushgate.core.uploadrecords import overspent, refusal, unanswered, waiting

TOTAL_LIMIT: Final = 64 << 20
"""Bytes held over all flows; past it the flow that wants more is ended (fail cause `memory`)."""

STRICTEST: Final = Standing(Voice.BLOCK, Reason.UNKNOWN_SPEAKER, hard_edge=True, strict=True)
"""For a client that the gateway could not name: it is a speaker, or it would not be here."""

_GRANTED: Final = (Reason.GRACE, Reason.DELAY_ALLOWED)
"""Why speech may leave while voice may not."""

_GONE: Final = Decision(Verdict.DROP, Reason.FLOW_CLOSED, end=True)


class Engine:
    """Keeps what is in force per device, what it uploads in all, and a guard per flow."""

    def __init__(
        self, directory: Directory | None = None, *, held_limit: int = TOTAL_LIMIT
    ) -> None:
        self.directory = directory or Directory()
        self.held_limit = held_limit
        self._standings: dict[DeviceId, Standing] = {}
        self._flows: dict[FlowKey, Guard] = {}
        self._totals: dict[DeviceId, Totals] = {}
        self.budgets: dict[DeviceId, Budget] = {}
        """What each device sent of its budget for what is not speech."""
        self.askers: dict[DeviceId, Asker] = {}
        """What each device asked DNS."""
        self._refusals = Refusals()
        self._openings: defaultdict[DeviceId, Openings] = defaultdict(Openings)
        self._portions: defaultdict[DeviceId, Portions] = defaultdict(Portions)
        self._beginning: dict[FlowKey, None] = {}
        """Flows that wait to be opened."""
        self._records: list[Record] = []
        self._numbers = itertools.count(1)
        self._traffic: Counter[tuple[DeviceId, Direction]] = Counter()
        self.came: Counter[DeviceId] = Counter()
        """Bytes that each device sent so far."""
        self.let_go: Counter[DeviceId] = Counter()
        """Those of them that were let go."""
        self.held = 0
        """Bytes waiting now, over all flows."""

    def rule(self, device: DeviceId, standing: Standing, now: Instant) -> Sequence[FlowKey]:
        """Put a device under a new standing; return its flows, each of which is to ask again.

        Those that are open ask `due`, those that wait to be opened `begin`.
        """
        self._standings[device] = standing
        flows = [key for key in self._flows if key.device == device]
        for key in flows:
            self._flows[key].rule(standing, now)
        if device in self._totals:
            self._totals[device].start_over()
        if device in self.budgets:
            self.budgets[device].size = standing.upload_budget
        beginning = (key for key in self._beginning if key.device == device)
        return [*flows, *beginning, *self._refusals.waiting(device)]

    def standing(self, device: DeviceId) -> Standing:
        """Return what is in force for a device."""
        return self._standings.get(device, STRICTEST)

    def begin(self, flow: FlowKey, name: str | None, hello: int, now: Instant) -> Instant | None:
        """Say when to ask again before a flow is opened, whose hello goes at once; None: go on."""
        standing = self.standing(flow.device)
        self._beginning.pop(flow, None)
        if standing.voice.passes:
            return None
        openings = self._openings[flow.device]
        again = openings.begin(hello, now)
        if again is None:
            return None
        self._beginning[flow] = None
        if openings.is_to_tell(now):
            party, _ = self.directory.party_of(flow, name, now)
            self._records.append(waiting(flow, party, standing, now))
        return again

    def open(self, flow: FlowKey, name: str | None, now: Instant) -> Decision:
        """Judge a flow at connect: accept it, or refuse it before anything leaves.

        A refusal that names a time is not to be told before `due` says so.
        """
        standing = self.standing(flow.device)
        party, forbidding = self.directory.party_of(flow, name, now)
        if forbidding is not None and not standing.is_paused:
            evidence = Judgement(Likeness.OTHER, "blocklisted", str(forbidding), now)
            self._records.append(refusal(flow, party, standing, Reason.BLOCKLISTED, now, evidence))
            return self._refuse(flow, party, Reason.BLOCKLISTED, now)
        may_ask_elsewhere = standing.is_paused or self.directory.allows_encrypted_dns
        if not may_ask_elsewhere and is_encrypted_dns(flow, party):
            self._records.append(refusal(flow, party, standing, Reason.ENCRYPTED_DNS, now))
            return Decision(Verdict.REJECT, Reason.ENCRYPTED_DNS, end=True)
        if standing.voice is Voice.OFFLINE and party.role == Role.VOICE:
            self._records.append(refusal(flow, party, standing, standing.reason, now))
            return self._refuse(flow, party, standing.reason, now)
        self.close(flow, now)  # ports come round again: the last one's end may not be seen yet
        self._flows[flow] = Guard(flow, party, standing, self._records, self._numbers)
        self._totals.setdefault(flow.device, Totals()).open(flow, now)
        return Decision(Verdict.ACCEPT, standing.reason)

    def _refuse(self, flow: FlowKey, party: Party, reason: Reason, now: Instant) -> Decision:
        """Refuse a flow, the later the more often its device was refused there a moment ago."""
        told_at = self._refusals.refuse(flow, party.endpoint, now)
        return Decision(Verdict.REJECT, reason, end=told_at is None, wake=told_at)

    def ask(self, device: DeviceId, name: str, kind: int, now: Instant) -> Reason | None:
        """Judge a DNS question for records of a kind: return why it is refused, if it is."""
        if self.standing(device).is_paused:
            return None
        if self.directory.forbids(device, name) is not None:
            return Reason.BLOCKLISTED
        asker = self.askers.get(device)
        if asker is None:  # after a restart the names it has servers for are no new ones
            asker = self.askers[device] = Asker()
            asker.know(self.directory.names.names_of(device))
        wrong = asker.ask(name, kind, now)
        standing = self.standing(device)
        if wrong is None or standing.voice.passes:
            return None
        if count := asker.refuse(now):
            evidence = f"{wrong}; {count} question{'' if count == 1 else 's'} refused"
            self._records.append(unanswered(device, name, standing, evidence, now))
        return Reason.DNS_LIMIT

    def upload(
        self, flow: FlowKey, size: int, now: Instant, records: tuple[int, ...] | None = None
    ) -> Decision:
        """Take in `size` bytes that the speaker sent and that nobody has sent on yet."""
        guard = self._flows.get(flow)
        if guard is None:
            return _GONE
        self._traffic[flow.device, Direction.UP] += size
        self.came[flow.device] += size
        if records is not None and self._is_too_much(flow.device, size, now):
            records = None  # what looks like a handshake waits like all else
        before = guard.held
        decision = guard.upload(size, now, records)
        self.held += guard.held - before
        if self.held > self.held_limit and guard.held:
            self.held -= guard.held
            full = guard.abandon(Reason.HOLD_FULL, now)
            decision = replace(full, release=decision.release, judgement=decision.judgement)
        self._count(flow, guard, decision, now)
        if guard.standing.voice.passes:
            return decision
        if guard.speaks or decision.end:
            self._totals[flow.device].start_over()
        elif self._adds_up(flow, size, now) or self._piles_up(flow.device, now):
            after = self.due(flow, now)
            return replace(after, release=decision.release + after.release)
        return decision

    def _adds_up(self, flow: FlowKey, size: int, now: Instant) -> bool:
        """Count bytes with those of the device's other flows; stop all if they are speech."""
        totals = self._totals[flow.device]
        judgement = totals.add(flow, size, now)
        if judgement is None:
            return False
        for key in totals.contributors(now):
            self._flows[key].condemn(judgement)
        return True

    def _is_too_much(self, device: DeviceId, waiting: int, now: Instant) -> bool:
        is_strict = self.standing(device).limits.bulk > 0
        return is_strict and self._portions[device].exceeds(waiting, now)

    def _piles_up(self, device: DeviceId, now: Instant) -> bool:
        """Look at what waits on all flows of a device; stop all if it is too much for reports."""
        if not self._is_too_much(device, self.held, now):
            return False  # as nearly always: not even all devices together hold that much
        guards = [guard for flow, guard in self._flows.items() if flow.device == device]
        waiting = [guard.unjudged for guard in guards if guard.unjudged]
        if not self._is_too_much(device, sum(waiting), now):
            return False
        judgement = self._portions[device].judge(sum(waiting), len(waiting), now)
        for guard in guards:
            guard.condemn(judgement)
        return True

    def download(self, flow: FlowKey, size: int, now: Instant) -> None:
        """Note `size` bytes that the server sent; they are never held."""
        guard = self._flows.get(flow)
        if guard is not None:
            self._traffic[flow.device, Direction.DOWN] += size
            guard.download(size, now)

    def due(self, flow: FlowKey, now: Instant) -> Decision:
        """Say what the passing of time, or a new standing, changed for a flow."""
        guard = self._flows.get(flow)
        if guard is None:
            return _GONE
        before = guard.held
        decision = guard.due(now)
        self.held += guard.held - before
        self._count(flow, guard, decision, now)
        return decision

    def _count(self, flow: FlowKey, guard: Guard, decision: Decision, now: Instant) -> None:
        """Count what leaves; say so where too much does although voice may not."""
        self.let_go[flow.device] += decision.release
        if not decision.release or guard.standing.voice.passes or decision.reason in _GRANTED:
            return
        if self._totals[flow.device].age(flow, now) < YOUNG:
            self._openings[flow.device].spend(decision.release, now)
        self._portions[flow.device].spend(decision.release, now)
        budget = self.budgets.get(flow.device)
        if budget is None:
            budget = self.budgets[flow.device] = Budget(guard.standing.upload_budget)
        if budget.spend(decision.release, now):
            self._records.append(overspent(flow, guard.party, guard.standing.voice, budget, now))

    def close(self, flow: FlowKey, now: Instant) -> None:
        """Forget a flow that is over; what it still held is dropped."""
        self._refusals.close(flow)
        self._beginning.pop(flow, None)
        guard = self._forget(flow)
        if guard is not None:
            self.held -= guard.held
            guard.close(now)

    def failed(self, flow: FlowKey, now: Instant) -> None:
        """Forget a flow whose server could not be reached."""
        guard = self._forget(flow)
        if guard is not None:
            self.held -= guard.held
            guard.abandon(Reason.CONNECT_FAILED, now)

    def _forget(self, flow: FlowKey) -> Guard | None:
        guard = self._flows.pop(flow, None)
        if guard is not None:
            self._totals[flow.device].close(flow)
        return guard

    def requests(self) -> Sequence[Request]:
        """Return what waits for the owner's word, the first to expire first."""
        found = (guard.request for guard in list(self._flows.values()))  # also for other threads
        return sorted((each for each in found if each is not None), key=lambda each: each.expires)

    def answer(self, flow: FlowKey, *, allow: bool) -> None:
        """Take the owner's word on what a flow holds; ask `due` for what follows from it."""
        if (guard := self._flows.get(flow)) is not None:
            guard.answer(allow=allow)

    def held_of(self, device: DeviceId) -> int:
        """Return the bytes of a device that wait now."""
        return sum(guard.held for flow, guard in self._flows.items() if flow.device == device)

    def flows(self) -> Sequence[FlowKey]:
        """Return the open flows."""
        return list(self._flows)

    def take_traffic(self) -> Mapping[tuple[DeviceId, Direction], int]:
        """Return payload bytes by device and direction since the last call."""
        traffic, self._traffic = self._traffic, Counter()
        return traffic

    def records(self) -> Sequence[Record]:
        """Return what has happened since the last call."""
        records, self._records[:] = list(self._records), []
        return records
