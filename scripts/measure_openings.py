"""Measure what the beginnings of connections carry: the base of the bounds in core/openings.

    python scripts/measure_openings.py [RECORDING ...]

Prints, for the recordings that need most, how many bytes the hellos and the first second of all
connections of a device added up to at most, beyond the rate that comes back. Marked speech is left
out: it does not leave. Without arguments it reads the recordings of speakers beside this checkout
(../shared/data/speaker-traces).
"""

import sys
from pathlib import Path
from typing import Final

from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.model import FlowKey, Instant, Transport
from hushgate.core.openings import LEAST, RATE
from hushgate.core.trace import Direction, Trace

FOLDER: Final = Path(__file__).parent.parent.parent / "shared" / "data" / "speaker-traces"
FIRST: Final = 1.0
SHOWN: Final = 8


def measure(trace: Trace) -> float:
    """Return the bytes that the allowance must have for a recording."""
    began: dict[FlowKey, Instant] = {}
    sent: dict[FlowKey, int] = {}
    start: Instant | None = None
    spent = most = 0.0
    last = Instant(0.0)
    for event in trace.events:
        start = event.at if start is None else start
        if event.flow.transport is not Transport.TCP:
            continue
        first = began.setdefault(event.flow, event.at)
        there_before = first - start < FIRST
        if event.direction is Direction.DOWN or event.speech or there_before:
            continue
        if event.at - first < FIRST:
            before = sent.get(event.flow, 0)
            sent[event.flow] = before + event.size
            paid = max(before, LEAST) if before else 0
            cost = max(sent[event.flow], LEAST) - paid
            spent = max(0.0, spent - RATE * (event.at - last)) + cost
            last, most = event.at, max(most, spent)
    return most


def main() -> None:
    """Measure all recordings."""
    paths = [Path(argument) for argument in sys.argv[1:]] or [FOLDER]
    found = [
        (measure(trace), trace.name or Path(trace.path).stem)
        for path in paths
        for file in find_recordings(path)
        for trace in open_traces(file)
    ]
    found.sort(reverse=True)
    print(f"{len(found)} recordings; bytes at once beyond {RATE:.0f} a second:")
    for most, name in found[:SHOWN]:
        print(f"{most:10,.0f}  {name}")
    print(f"{found[len(found) // 2][0]:10,.0f}  the median")


if __name__ == "__main__":
    main()
