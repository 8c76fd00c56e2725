"""Try the judge on a recording: what it would have done, outside every window, in mode `block`.

In: a trace. Out: its bursts, each with what left before and after the judgement. Rules:

- Time comes from the recording; timers fire on time.
- What is judged speech is discarded at once, and so is the rest of that burst. A recording goes on
  where a blocked speaker would not; later bursts are judged afresh.
- All flows of a recording are one device's: what they upload together is judged besides.
- Other UDP than QUIC is not judged: the gate has its own list of what may leave.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hushgate.core.bursts import DEFAULT_LIMITS, Limits
from hushgate.core.hold import Burst, Hold, Step
from hushgate.core.model import FlowKey, Instant, Likeness, Transport
from hushgate.core.totals import Totals
from hushgate.core.trace import Direction, Trace, TraceEvent

QUIC_PORT: Final = 443
LONE_QUIET: Final = 0.25
"""Quiet before and after a run that stands alone."""
LONE_SIZE: Final = 150


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

    def __init__(self, flow: FlowKey, limits: Limits) -> None:
        self.flow = flow
        self.hold = Hold(limits)
        self.wake: Instant | None = None
        self.waiting: deque[_Chunk] = deque()
        self.burst: list[_Chunk] = []
        self.held_max = 0

    def note(self, chunk: _Chunk) -> None:
        self.waiting.append(chunk)
        self.burst.append(chunk)

    def discard(self, now: Instant) -> None:
        self.hold.discard(now)
        self.waiting.clear()

    def release(self, count: int) -> None:
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
    totals = Totals(limits)
    now = Instant(0.0)
    for event in trace.events:
        flow = event.flow
        if flow.transport is Transport.UDP and flow.server_port != QUIC_PORT:
            continue
        now = event.at
        lane = lanes.get(flow)
        if lane is None:
            lane = lanes[flow] = _Lane(flow, limits)
            totals.open(flow, now)
        _run_timers(trial, lane, now)
        if event.direction is Direction.DOWN:
            lane.hold.download(event.size, now)
            continue
        _upload(trial, lane, event, clock)
        _add_up(lanes, totals, event)
    for lane in lanes.values():
        _run_timers(trial, lane, Instant(float("inf")))
    return trial


def _upload(
    trial: Trial, lane: _Lane, event: TraceEvent, clock: Callable[[], float] | None
) -> None:
    before = clock() if clock else 0.0
    step = lane.hold.upload(event.size, event.at, event.records)
    trial.seconds += (clock() if clock else 0.0) - before
    trial.chunks += 1
    chunk = _Chunk(event.at, event.size, event.speech)
    lane.note(chunk)
    lane.release(step.release)
    lane.wake = step.wake
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
        lane = lanes[flow]
        if lane.hold.held:
            lane.hold.condemn(judgement)
            lane.discard(event.at)


def _run_timers(trial: Trial, lane: _Lane, now: Instant) -> None:
    while lane.wake is not None and lane.wake <= now:
        _apply(trial, lane, lane.hold.due(lane.wake))


def _apply(trial: Trial, lane: _Lane, step: Step) -> None:
    lane.release(step.release)
    lane.wake = step.wake
    if step.ended is None:
        return
    tried = lane.end(step.ended)
    trial.bursts.append(tried)
    if not tried.marked and tried.burst.size <= LONE_SIZE:
        trial.lone[lane.flow] = trial.lone.get(lane.flow, 0) + 1
