"""Try the judge on a recording: what it would have done, outside every window, in mode `block`.

In: a trace. Out: its bursts, each with what left before and after the judgement. Rules:

- Time comes from the recording; timers fire on time.
- What is judged speech is discarded at once, and so is the rest of that burst. A recording goes on
  where a blocked speaker would not; later bursts are judged afresh.
- All flows of a recording are one device's: what they upload together is judged besides.
- Other UDP than QUIC is not judged: the gate has its own list of what may leave.
"""

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hushgate.core.bursts import DEFAULT_LIMITS, Limits
from hushgate.core.hold import Burst, Hold, Step
from hushgate.core.model import FlowKey, Instant, Judgement, Likeness, Transport
from hushgate.core.portions import Portions
from hushgate.core.totals import Totals
from hushgate.core.trace import Direction, Trace, TraceEvent

QUIC_PORT: Final = 443
LONE_QUIET: Final = 0.25
"""Quiet before and after a run that stands alone."""
LONE_SIZE: Final = 150
_LAST: Final = Instant(sys.float_info.max)
_NEVER: Final = Instant(float("inf"))


@dataclass(slots=True)
class Tried:
    """A burst of a recording, what the judge made of it, and what left."""

    flow: FlowKey
    burst: Burst
    left: int
    """Bytes that were let go."""
    marked: dict[int, int]
    """Marked bytes by number of the command."""
    marked_left: dict[int, int]
    """Those of them that were let go."""
    lead_left: int
    """Bytes let go of a tiny run that stands alone at the front; 0 where there is none."""
    held_max: int
    """Most bytes that waited at once."""

    @property
    def is_speech(self) -> bool:
        """What the judge says."""
        return self.burst.judgement.likeness is Likeness.SPEECH


@dataclass(slots=True)
class Trial:
    """What the judge did with one recording."""

    bursts: list[Tried] = field(default_factory=list)
    lone: dict[FlowKey, int] = field(default_factory=dict)
    """Number of tiny bursts without a mark, by flow: its keep-alives."""
    chunks: int = 0
    seconds: float = 0.0
    """Time spent in the judge, by the given clock."""


@dataclass(slots=True)
class _Chunk:
    at: Instant
    size: int
    speech: int
    left: bool = False


class _Lane:
    """One flow under trial."""

    def __init__(self, flow: FlowKey, limits: Limits, portions: Portions) -> None:
        self.flow = flow
        self.hold = Hold(limits)
        self.portions = portions
        self.strict = limits.bulk > 0
        self.wake = _NEVER
        self.waiting: deque[_Chunk] = deque()
        self.burst: list[_Chunk] = []
        self.held_max = 0

    def note(self, chunk: _Chunk) -> None:
        self.waiting.append(chunk)
        self.burst.append(chunk)

    def condemn(self, judgement: Judgement, now: Instant) -> None:
        if self.hold.held:
            self.hold.condemn(judgement)
            self.discard(now)

    def discard(self, now: Instant) -> None:
        self.hold.discard(now)
        self.waiting.clear()

    def release(self, count: int, now: Instant) -> None:
        self.portions.spend(count, now)
        while count > 0:
            chunk = self.waiting.popleft()
            chunk.left = True
            count -= chunk.size

    def end(self, burst: Burst) -> Tried:
        marked: dict[int, int] = {}
        marked_left: dict[int, int] = {}
        for chunk in self.burst:
            if chunk.speech:
                marked[chunk.speech] = marked.get(chunk.speech, 0) + chunk.size
                left = chunk.size if chunk.left else 0
                marked_left[chunk.speech] = marked_left.get(chunk.speech, 0) + left
        left = sum(chunk.size for chunk in self.burst if chunk.left)
        lead_left = _find_lead(self.burst)
        held_max, self.held_max, self.burst = self.held_max, 0, []
        return Tried(self.flow, burst, left, marked, marked_left, lead_left, held_max)


def _find_lead(chunks: list[_Chunk]) -> int:
    size = 0
    for index, chunk in enumerate(chunks):
        if index and chunk.at - chunks[index - 1].at >= LONE_QUIET:
            return size if chunks[0].left else 0
        size += chunk.size
        if size > LONE_SIZE:
            break
    return 0


def try_trace(
    trace: Trace, limits: Limits = DEFAULT_LIMITS, clock: Callable[[], float] | None = None
) -> Trial:
    """Run the judge over a recording."""
    trial = Trial()
    lanes: dict[FlowKey, _Lane] = {}
    totals, portions = Totals(limits), Portions()
    now = Instant(0.0)
    for event in trace.events:
        flow = event.flow
        if flow.transport is Transport.UDP and flow.server_port != QUIC_PORT:
            continue
        now = event.at
        lane = lanes.get(flow)
        if lane is None:
            lane = lanes[flow] = _Lane(flow, limits, portions)
            totals.open(flow, now)
        _run_timers(trial, lanes, now)
        if event.direction is Direction.DOWN:
            lane.hold.download(event.size, now)
            continue
        _upload(trial, lane, event, clock)
        _add_up(lanes, totals, event)
        if limits.bulk:
            _pile_up(lanes, portions, now)
    _run_timers(trial, lanes, _LAST)
    return trial


def _upload(
    trial: Trial, lane: _Lane, event: TraceEvent, clock: Callable[[], float] | None
) -> None:
    before = clock() if clock else 0.0
    is_too_much = lane.strict and lane.portions.exceeds(event.size, event.at)
    step = lane.hold.upload(event.size, event.at, None if is_too_much else event.records)
    trial.seconds += (clock() if clock else 0.0) - before
    trial.chunks += 1
    chunk = _Chunk(event.at, event.size, event.speech)
    lane.note(chunk)
    lane.release(step.release, event.at)
    lane.wake = _NEVER if step.wake is None else step.wake
    lane.held_max = max(lane.held_max, lane.hold.held)
    if lane.hold.retained:
        lane.discard(event.at)


def _add_up(lanes: dict[FlowKey, _Lane], totals: Totals, event: TraceEvent) -> None:
    if lanes[event.flow].hold.speaks:
        totals.start_over()
        return
    judgement = totals.add(event.flow, event.size, event.at)
    if judgement is None:
        return
    for flow in totals.contributors(event.at):
        lanes[flow].condemn(judgement, event.at)


def _pile_up(lanes: dict[FlowKey, _Lane], portions: Portions, now: Instant) -> None:
    waiting = [lane for lane in lanes.values() if lane.hold.held]
    total = sum(lane.hold.held for lane in waiting)
    if portions.exceeds(total, now):
        judgement = portions.judge(total, len(waiting), now)
        for lane in waiting:
            lane.condemn(judgement, now)


def _run_timers(trial: Trial, lanes: dict[FlowKey, _Lane], now: Instant) -> None:
    while due := [(lane.wake, lane) for lane in lanes.values() if lane.wake <= now]:
        at, lane = min(due, key=lambda each: each[0])
        _apply(trial, lane, lane.hold.due(at), at)


def _apply(trial: Trial, lane: _Lane, step: Step, now: Instant) -> None:
    lane.release(step.release, now)
    lane.wake = _NEVER if step.wake is None else step.wake
    if step.ended is None:
        return
    tried = lane.end(step.ended)
    trial.bursts.append(tried)
    if not tried.marked and tried.burst.size <= LONE_SIZE:
        trial.lone[lane.flow] = trial.lone.get(lane.flow, 0) + 1
