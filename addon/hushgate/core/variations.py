"""Recordings made harder: what a home network, a codec or bad luck would do to the same upload.

In: the events of recordings. Out: traces with marks, for the same evaluation. Rules:

- The draws are seeded by the trace, so a table can be made again.
- `splice` and `make_speech` are synthetic and say so in their source: real pieces put together, and
  streams that only follow the numbers of a codec. They show where the judge breaks, not how often
  homes look like that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final, NamedTuple

from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.trace import Direction, Marks, Trace, TraceEvent

type Events = Sequence[TraceEvent]
type Change = Callable[[Events, Random], list[TraceEvent]]

READ_SIZE: Final = 65_536
"""What the kernel hands over at most at once (generic receive offload)."""
READ_SECONDS: Final = 0.02
REPORT_SIZE: Final = 8_000
FLOWING: Final = (0.2, 1.0)
"""Shortest and longest time a bad link works between two stalls, seconds."""
FAST_RECOVERY: Final = 0.04
SLOW_RECOVERY: Final = 0.25
"""Smallest retransmission timeout of Linux, 200 ms, and a round trip."""


def vary(trace: Trace, name: str, events: Events, change: Change) -> Trace:
    """Give the trace with its events changed; `name` tells the variation."""
    changed = change(events, Random(f"{name} {trace.name}"))  # noqa: S311 - a simulation
    return replace(trace, source=name, events=iter(changed), complaints=[])


def jitter(events: Events, draw: Random) -> list[TraceEvent]:
    """Delay each upload by up to 50 ms, in order."""
    return _arrive(events, lambda event: event.at + draw.uniform(0.0, 0.05))


def _stretch(events: Events, factor: float) -> list[TraceEvent]:
    return [event._replace(at=Instant(event.at * factor)) for event in events]


def faster(events: Events, draw: Random) -> list[TraceEvent]:
    """Send everything in 5/6 of the time: 20 % faster."""
    return _stretch(events, 1 / 1.2)


def slower(events: Events, draw: Random) -> list[TraceEvent]:
    """Send everything in 5/4 of the time: 20 % slower."""
    return _stretch(events, 1 / 0.8)


def coalesce(events: Events, draw: Random) -> list[TraceEvent]:
    """Read what came within 20 ms at once, as a busy proxy does."""
    merged: dict[FlowKey, int] = {}
    result: list[TraceEvent] = []
    for event in events:
        index = merged.get(event.flow)
        if event.direction is Direction.UP and index is not None:
            last = result[index]
            close = event.at - last.at < READ_SECONDS and last.speech == event.speech
            if close and last.size + event.size <= READ_SIZE:
                result[index] = last._replace(size=last.size + event.size)
                continue
        if event.direction is Direction.UP:
            merged[event.flow] = len(result)
        result.append(event)
    return result


def lose(events: Events, draw: Random) -> list[TraceEvent]:
    """Lose 5 % of the segments: they come again, and all behind them waits."""
    ups = [event.at for event in events if event.direction is Direction.UP]
    upcoming = 0

    def arrival(event: TraceEvent) -> float:
        nonlocal upcoming
        upcoming += 1
        if draw.random() >= 0.05:
            return event.at
        behind = ups[upcoming + 2] if upcoming + 2 < len(ups) else float("inf")
        fast = behind - event.at < FAST_RECOVERY  # three duplicate acknowledgements
        return event.at + (FAST_RECOVERY if fast else SLOW_RECOVERY)

    return _arrive(events, arrival)


def stalls(seconds: float) -> Change:
    """Make a link that stands still for `seconds` again and again, and then sends all at once."""

    def stall(events: Events, draw: Random) -> list[TraceEvent]:
        start = draw.uniform(*FLOWING)

        def arrival(event: TraceEvent) -> float:
            nonlocal start
            while event.at >= start + seconds:
                start += seconds + draw.uniform(*FLOWING)
            return max(event.at, start + seconds) if event.at >= start else event.at

        return _arrive(events, arrival)

    return stall


def pad(events: Events, draw: Random) -> list[TraceEvent]:
    """Fill every packet up to a multiple of 512 bytes."""
    return [
        event._replace(size=-(-event.size // 512) * 512)
        if event.direction is Direction.UP
        else event
        for event in events
    ]


def _arrive(events: Events, arrival: Callable[[TraceEvent], float]) -> list[TraceEvent]:
    """Move uploads to their arrival; within a flow nothing overtakes."""
    latest: dict[FlowKey, float] = {}
    moved: list[TraceEvent] = []
    for event in events:
        if event.direction is Direction.DOWN:
            moved.append(event)
            continue
        at = max(arrival(event), latest.get(event.flow, 0.0))
        latest[event.flow] = at
        moved.append(event._replace(at=Instant(at)))
    return sorted(moved, key=lambda event: event.at)


CHANGES: Final[dict[str, Change]] = {
    "jitter up to 50 ms": jitter,
    "20 % faster": faster,
    "20 % slower": slower,
    "reads of 20 ms, up to 64 kB": coalesce,
    "5 % loss, retransmitted": lose,
    "stalls of 0.1 s": stalls(0.1),
    "stalls of 0.2 s": stalls(0.2),
    "stalls of 0.4 s": stalls(0.4),
    "stalls of 0.6 s": stalls(0.6),
    "stalls of 0.8 s": stalls(0.8),
    "padded to 512": pad,
}


class Pieces(NamedTuple):
    """Uploads cut out of recordings, each from its own time zero."""

    utterances: list[list[TraceEvent]]
    reports: list[list[TraceEvent]]


def cut_pieces(traces: Iterable[Trace]) -> Pieces:
    """Cut the marked utterances out of recordings, and the reports of the same connections."""
    utterances: list[list[TraceEvent]] = []
    reports: list[list[TraceEvent]] = []
    for trace in traces:
        if trace.marks is not Marks.SHAPE:
            continue
        flows: dict[FlowKey, list[TraceEvent]] = {}
        for event in trace.events:
            if event.direction is Direction.UP:
                flows.setdefault(event.flow, []).append(event)
        for events in flows.values():
            if any(event.speech for event in events):
                for run in _cut_runs(events):
                    marked = [event for event in run if event.speech]
                    if marked:
                        utterances.append(_from_zero(marked))
                    elif sum(event.size for event in run) >= REPORT_SIZE:
                        reports.append(_from_zero(run))
    return Pieces(utterances, reports)


def _cut_runs(events: Events) -> Iterator[list[TraceEvent]]:
    run: list[TraceEvent] = []
    for event in events:
        if run and event.at - run[-1].at >= 1.0:
            yield run
            run = []
        run.append(event)
    yield run


def _from_zero(events: Events) -> list[TraceEvent]:
    start = events[0].at
    return [event._replace(at=Instant(event.at - start)) for event in events]


def make_synthetic(pieces: Pieces) -> Iterator[Trace]:
    """Make the synthetic recordings of the robustness table."""
    utterances, reports = pieces
    if utterances and reports:
        for low, high in ((0.2, 0.5), (0.5, 1.0), (1.0, 5.0)):
            name = f"speech {low:g} to {high:g} s after a report"
            yield splice(name, reports, utterances, (low, high), marked=False)
    if utterances:
        yield splice(
            "two utterances 0.5 s apart", utterances, utterances[::-1], (0.5, 0.5), marked=True
        )
    for kilobits in (8, 16, 24, 32, 64):
        yield make_speech(f"frames at {kilobits} kbit/s", kilobits, count=300)
    yield make_speech("PCM, 256 kbit/s", 256, count=300)


def splice(
    name: str,
    before: Sequence[list[TraceEvent]],
    utterances: Sequence[list[TraceEvent]],
    gaps: tuple[float, float],
    *,
    marked: bool,
) -> Trace:
    """Put each upload of `before` a gap ahead of an utterance, on one connection.

    Args:
        name: Source of the trace.
        before: Uploads that come first; `marked` says whether they are speech too.
        utterances: Uploads that follow, one each.
        gaps: Shortest and longest quiet between the two, seconds.
        marked: Whether what comes first is speech.
    """
    draw = Random(name)  # noqa: S311 - a simulation
    events: list[TraceEvent] = []
    number = 0
    for index, (first, second) in enumerate(zip(before, utterances, strict=False)):
        base = index * 60.0
        flow = _flow(name, index)
        number += marked
        events += _place(first, flow, base, number if marked else 0)
        number += 1
        events += _place(second, flow, events[-1].at + draw.uniform(*gaps), number)
    return _synthetic(name, events)


def make_speech(name: str, kilobits: float, count: int) -> Trace:
    """Make utterances of a codec: a pre-roll at once, then frames in time, each in its record.

    Frames of 20 to 60 ms with 38 bytes around them (TLS 1.2 and HTTP/2), sizes within 30 %, a
    pre-roll of 0.5 to 1.5 s, 1 to 8 s of speech.
    """
    draw = Random(name)  # noqa: S311 - a simulation
    events: list[TraceEvent] = []
    for index in range(count):
        flow = _flow(name, index)
        frame = draw.choice((0.02, 0.04, 0.06))
        mean = kilobits * 125 * frame
        at = index * 60.0
        events.append(TraceEvent(Instant(at), flow, Direction.UP, 230, speech=index + 1))
        total = int(draw.uniform(0.5, 1.5) / frame)
        for sent in range(total + int(draw.uniform(1.0, 8.0) / frame)):
            at += 0.0005 if sent < total else frame
            size = 38 + max(1, round(mean * draw.uniform(0.7, 1.3)))
            events.append(TraceEvent(Instant(at), flow, Direction.UP, size, speech=index + 1))
    return _synthetic(name, events)


def _place(
    piece: list[TraceEvent], flow: FlowKey, start: float, speech: int
) -> Iterator[TraceEvent]:
    for event in piece:
        yield event._replace(at=Instant(event.at + start), flow=flow, speech=speech)


def _flow(name: str, index: int) -> FlowKey:
    return FlowKey(DeviceId(name), Transport.TCP, "speaker", index, "server", 443)


def _synthetic(name: str, events: list[TraceEvent]) -> Trace:
    return Trace("", name, "synthetic", "voice", iter(events), marks=Marks.AUTHORS, name=name)
