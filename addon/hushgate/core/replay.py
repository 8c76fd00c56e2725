"""A recording through the engine, as if it happened now in a closed window.

In: a Trace. Out: the record of each burst, in the order they ended. The device is under `block` and
swallows what it stops, so that a recorded connection goes on after it; what the other modes would
have done follows from the same record.
"""

import heapq
from collections.abc import Iterator
from typing import Any, Final

from hushgate.core.decisions import Decision, Standing
from hushgate.core.engine import Engine
from hushgate.core.model import FlowKey, Instant, Likeness, Reason, Voice
from hushgate.core.records import Record
from hushgate.core.trace import Direction, Trace, TraceEvent

CLOSED: Final = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, quiet=True, strict=True)


class Replay:
    """One recording on its way through the engine."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._open: set[FlowKey] = set()
        self._wakes: list[tuple[Instant, FlowKey]] = []

    def feed(self, event: TraceEvent, name: str | None) -> Iterator[Record]:
        """Take in one event; yield the bursts that are over by then."""
        self._wake_until(event.at)
        flow = event.flow
        if flow not in self._open:
            self._engine.rule(flow.device, CLOSED, event.at)
            self._engine.open(flow, name, event.at)
            self._open.add(flow)
        if event.direction is Direction.UP:
            decision = self._engine.upload(flow, event.size, event.at, event.records)
            self._heed(flow, decision, event.at)
        else:
            self._engine.download(flow, event.size, event.at)
        yield from self._engine.records()

    def finish(self) -> Iterator[Record]:
        """Let the last bursts end."""
        self._wake_until(Instant(float("inf")))
        yield from self._engine.records()

    def _wake_until(self, now: Instant) -> None:
        while self._wakes and self._wakes[0][0] <= now:
            at, flow = heapq.heappop(self._wakes)
            if flow in self._open:
                self._heed(flow, self._engine.due(flow, at), at)

    def _heed(self, flow: FlowKey, decision: Decision, now: Instant) -> None:
        if decision.end:
            self._engine.close(flow, now)
            self._open.discard(flow)
        elif decision.wake is not None and decision.wake > now:
            heapq.heappush(self._wakes, (decision.wake, flow))


def replay(trace: Trace) -> Iterator[Record]:
    """Yield the bursts of a recording, in the order they ended."""
    run = Replay()
    for event in trace.events:
        yield from run.feed(event, trace.names.get(event.flow))
    yield from run.finish()


def describe(record: Record, trace: Trace) -> dict[str, Any]:
    """Return a burst as replay shows it: what it was taken for, and what each mode would do."""
    judgement, flow = record.judgement, record.flow
    is_speech = judgement is not None and judgement.likeness is Likeness.SPEECH
    name = trace.names.get(flow) if flow is not None else None
    return {
        "file": trace.path,
        "device": record.device,
        "flow": str(flow),
        "endpoint": f"{name}:{flow.server_port}" if name and flow else record.endpoint,
        "start": round(record.start, 3),
        "bytes": record.size,
        "seconds": round(record.seconds, 3),
        "judgement": judgement.likeness.value if judgement else Likeness.OTHER.value,
        "reason": judgement.reason if judgement else record.reason.value,
        "held_ms": round(record.held_seconds * 1000),
        "would": {
            "block": "drop" if is_speech else "accept",
            "delay": "hold" if is_speech else "accept",
            "observe": "accept",
        },
        "bytes_before_judgement": record.left if is_speech else 0,
    }
