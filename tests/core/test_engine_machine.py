"""The engine under anything at all: flows, bytes, time, rules, answers and closes in any order.

A model of what an adapter does keeps its own account. After each step:

- every byte is released, dropped or held, in exactly one of them, and the engine's sum is the same;
- nothing waits longer than a judgement takes, and where the owner is asked, than the delay besides;
- once a burst is speech nothing leaves, but by the owner's word, a grace, or where voice passes;
- a decision never asks for a time that is past: that would be a loop without end;
- when a flow is over, its records hold every byte, and of each how much left.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from hushgate.core.bursts import DEFAULT_LIMITS
from hushgate.core.decisions import Decision, Standing
from hushgate.core.engine import Engine
from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Likeness,
    Reason,
    Transport,
    Verdict,
    Voice,
)
from hushgate.core.pending import Request
from hushgate.core.records import Record

DEVICES: Final = (DeviceId("kitchen"), DeviceId("office"))
BLOCK: Final = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
STANDINGS: Final = (
    Standing(Voice.ALLOWED, Reason.WINDOW_OPEN),
    Standing(Voice.OBSERVE, Reason.WINDOW_CLOSED),
    Standing(Voice.OBSERVE, Reason.OVERRIDE_PAUSED, is_paused=True),
    Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED),
    Standing(Voice.DELAY, Reason.WINDOW_CLOSED),
    Standing(Voice.DELAY, Reason.WINDOW_CLOSED, delay_limit=3.0, quiet=True),
    BLOCK,
    replace(BLOCK, hard_edge=True),
    replace(BLOCK, quiet=True),
    replace(BLOCK, strict=True, grace=4.0, upload_budget=50_000),
)
LONGEST_DELAY: Final = max(each.delay_limit for each in STANDINGS)
ROUNDING: Final = 1e-6


class Line:
    """What an adapter knows of one flow."""

    def __init__(self, opened: Instant) -> None:
        self.came = self.released = self.dropped = 0
        self.waiting: deque[list[float]] = deque()
        """Arrivals of what is held, with their sizes."""
        self.wake: Instant | None = None
        self.speaks = False
        """A judgement said so, and the burst goes on."""
        self.last = opened
        self.granted_until = opened
        """A grace may last until then."""
        self.allowed = False
        """The owner let something go, under the `delay` that still holds."""
        self.was_delayed = False

    @property
    def held(self) -> int:
        """Bytes that wait here."""
        return self.came - self.released - self.dropped

    def pop(self, count: int) -> None:
        """Take bytes off the front."""
        while count:
            first = self.waiting[0]
            taken = min(count, int(first[1]))
            count -= taken
            first[1] -= taken
            if not first[1]:
                self.waiting.popleft()


class EngineMachine(RuleBasedStateMachine):
    """Drives an engine as the adapters do, and keeps the account."""

    flows = Bundle("flows")

    def __init__(self) -> None:
        super().__init__()
        self.now = Instant(100.0)
        self.engine = Engine()
        self.ports = 40_000
        self.lines: dict[FlowKey, Line] = {}
        self.over: dict[FlowKey, Line] = {}
        self.records: dict[FlowKey, list[Record]] = {}
        for device in DEVICES:
            self.engine.rule(device, BLOCK, self.now)

    @rule(target=flows, device=st.sampled_from(DEVICES))
    def open(self, device: DeviceId) -> FlowKey:
        """A connection begins."""
        self.ports += 1
        flow = FlowKey(device, Transport.TCP, "192.0.2.1", self.ports, "203.0.113.5", 443)
        assert self.engine.open(flow, None, self.now).verdict is Verdict.ACCEPT
        line = self.lines[flow] = Line(self.now)
        line.was_delayed = self.engine.standing(device).voice is Voice.DELAY
        return flow

    @rule(
        flow=flows,
        size=st.sampled_from((1, 60, 400, 1_400, 5_000, 12_000, 40_000)),
        records=st.sampled_from((None, (), (53,), (400,))),
    )
    def send(self, flow: FlowKey, size: int, records: tuple[int, ...] | None) -> None:
        """The speaker sends something."""
        self.upload(flow, size, records)

    @rule(flow=flows, frames=st.integers(1, 40), pace=st.sampled_from((0.03, 0.09, 0.3, 0.7)))
    def speak(self, flow: FlowKey, frames: int, pace: float) -> None:
        """The speaker sends frames of speech."""
        for _ in range(frames):
            self.upload(flow, 500)
            self.wait(pace)

    @rule(device=st.sampled_from(DEVICES), rounds=st.integers(1, 12))
    def speak_over_all(self, device: DeviceId, rounds: int) -> None:
        """The speaker sends frames over one connection after the other."""
        for _ in range(rounds):
            for flow in [each for each in self.lines if each.device == device]:
                self.upload(flow, 400)
                self.wait(0.09)

    @rule(flow=flows, size=st.integers(1, 30_000))
    def answer_of_the_server(self, flow: FlowKey, size: int) -> None:
        """The server sends something."""
        self.engine.download(flow, size, self.now)

    @rule(seconds=st.sampled_from((0.01, 0.2, 0.5, 1.1, 2.5, 12.0)))
    def wait(self, seconds: float) -> None:
        """Time passes, and whoever wanted to be asked is asked."""
        until = Instant(self.now + seconds)
        while due := [(line.wake, flow) for flow, line in self.lines.items() if line.wake]:
            wake, flow = min(due)
            if wake > until:
                break
            self.now = max(self.now, wake)
            self.heed(flow, self.engine.due(flow, self.now))
        self.now = until

    @rule(seconds=st.sampled_from((0.05, 1.3)))
    def stall(self, seconds: float) -> None:
        """Time passes, and those who should have been asked are asked late."""
        late = [flow for flow, line in self.lines.items() if line.wake is not None]
        self.now = Instant(self.now + seconds)
        for flow in late:
            if flow in self.lines:
                self.heed(flow, self.engine.due(flow, self.now), late=seconds)

    @rule(device=st.sampled_from(DEVICES), standing=st.sampled_from(STANDINGS))
    def put_under(self, device: DeviceId, standing: Standing) -> None:
        """Something else is in force."""
        before = self.engine.standing(device)
        flows = self.engine.rule(device, standing, self.now)
        for flow in flows:
            line = self.lines[flow]
            if before.voice.passes and not standing.voice.passes and not standing.hard_edge:
                line.granted_until = Instant(self.now + standing.grace)
            line.allowed = line.allowed and standing.voice is Voice.DELAY
            line.was_delayed |= standing.voice is Voice.DELAY
        for flow in flows:
            self.heed(flow, self.engine.due(flow, self.now))

    @rule(data=st.data(), allow=st.booleans())
    def answer(self, data: st.DataObject, allow: bool) -> None:
        """The owner answers a request, or one that is no more."""
        requests = self.engine.requests()
        if not requests:
            return
        request: Request = data.draw(st.sampled_from(requests))
        line = self.lines[request.flow]
        assert self.engine.standing(request.flow.device).voice is Voice.DELAY
        assert request.size == line.held > 0
        assert self.now <= request.expires <= self.now + LONGEST_DELAY
        self.engine.answer(request.flow, allow=allow)
        line.allowed |= allow
        decision = self.engine.due(request.flow, self.now)
        assert decision.release == (request.size if allow else 0)
        assert decision.end is not allow
        self.heed(request.flow, decision)
        assert request.number not in [each.number for each in self.engine.requests()]

    @rule(flow=consumes(flows))
    def close(self, flow: FlowKey) -> None:
        """The connection is over."""
        if flow in self.lines:
            self.finish(flow)

    @rule(flow=consumes(flows))
    def fail(self, flow: FlowKey) -> None:
        """The server could not be reached: nothing that was let go has left."""
        if flow in self.lines:
            self.engine.failed(flow, self.now)
            self.finish(flow)

    def upload(self, flow: FlowKey, size: int, records: tuple[int, ...] | None = None) -> None:
        """Hand bytes to the engine and do as it says."""
        line = self.lines.get(flow)
        if line is None:
            assert self.engine.upload(flow, size, self.now, records).end
            return
        if self.now - line.last >= DEFAULT_LIMITS.pause:
            line.speaks = False
        line.came += size
        line.last = self.now
        line.waiting.append([self.now, size])
        self.heed(flow, self.engine.upload(flow, size, self.now, records))

    def heed(self, flow: FlowKey, decision: Decision, late: float = 0.0) -> None:
        """Do what a decision says, and doubt it."""
        line = self.lines[flow]
        if decision.judgement is not None and decision.judgement.likeness is Likeness.SPEECH:
            line.speaks = True
        standing = self.engine.standing(flow.device)
        may_leave = standing.voice.passes or line.allowed or self.now < line.granted_until
        if line.speaks and not may_leave:
            assert decision.release == 0, decision
        assert decision.release + decision.discard <= line.held
        line.pop(decision.release + decision.discard)
        line.released += decision.release
        line.dropped += decision.discard
        line.wake = decision.wake
        if self.now - line.last >= DEFAULT_LIMITS.pause:
            line.speaks = False
        if decision.end:
            assert line.held == 0
            self.finish(flow)
            return
        assert decision.wake is None or decision.wake > self.now, decision
        assert decision.wake is not None or line.held == 0, decision

    def finish(self, flow: FlowKey) -> None:
        """Forget a flow as the layer does."""
        line = self.over[flow] = self.lines.pop(flow)
        line.dropped += line.held
        self.engine.close(flow, self.now)

    @invariant()
    def every_byte_has_one_fate(self) -> None:
        """Adapter and engine agree on what waits, flow by flow."""
        for device in DEVICES:
            held = sum(line.held for flow, line in self.lines.items() if flow.device == device)
            assert self.engine.held_of(device) == held
        assert self.engine.held == sum(line.held for line in self.lines.values())
        assert set(self.engine.flows()) == set(self.lines)

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """The oldest byte of each flow is young enough."""
        for line in self.lines.values():
            if line.waiting:
                bound = DEFAULT_LIMITS.age + (LONGEST_DELAY if line.was_delayed else 0.0)
                assert self.now - line.waiting[0][0] <= bound + ROUNDING

    @invariant()
    def records_hold_every_byte(self) -> None:
        """What is over is written down, once, with what left of it."""
        for record in self.engine.records():
            if record.flow is not None and record.reason is not Reason.OVER_BUDGET:
                self.records.setdefault(record.flow, []).append(record)
        for flow, line in self.over.items():
            rows = self.records.pop(flow, [])
            assert sum(row.size for row in rows) == line.came, rows
            assert sum(row.left for row in rows) == line.released, rows
        self.over.clear()


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
