#!/usr/bin/env python3
"""Measure what a speaker sends as no speech, over all its connections: the base of core/portions.

    python scripts/measure_portions.py [RECORDING ...]

Prints, for the recordings that need most, how many bytes of bursts that are no speech added up to
at most, beyond the rate that comes back; then the same for other rates. Marked speech is left out:
it does not leave. Without arguments it reads the recordings of speakers beside this checkout
(../shared/data/speaker-traces).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS
from hushgate.core.portions import RATE, SIZE
from hushgate.core.trace import Trace
from hushgate.core.trial import try_trace

FOLDER: Final = Path(__file__).parent.parent.parent / "shared" / "data" / "speaker-traces"
RATES: Final = (300.0, 500.0, 1_000.0, 2_000.0, 4_000.0)
SHOWN: Final = 8

type Reports = Sequence[tuple[float, int]]
"""When each began, and its bytes."""


def reports_of(trace: Trace) -> Reports:
    """Return what leaves of a recording as no speech; a burst of 30 kB is, to a strict judge."""
    tried = try_trace(trace, DEFAULT_LIMITS).bursts
    return sorted(
        (each.burst.start, each.left)
        for each in tried
        if 0 < each.left < STRICT_LIMITS.bulk and not each.marked and not each.is_speech
    )


def most_of(reports: Reports, rate: float) -> float:
    """Return what an allowance must have that comes back at a rate."""
    spent = most = before = 0.0
    for at, size in reports:
        spent = max(0.0, spent - rate * (at - before)) + size
        before, most = at, max(most, spent)
    return most


def main() -> None:
    """Measure all recordings."""
    paths = [Path(argument) for argument in sys.argv[1:]] or [FOLDER]
    found = [
        (reports_of(trace), trace.name or Path(trace.path).stem)
        for path in paths
        for file in find_recordings(path)
        for trace in open_traces(file)
    ]
    needs = sorted(((most_of(reports, RATE), name) for reports, name in found), reverse=True)
    print(f"{len(needs)} recordings; of {SIZE:,} bytes, beyond {RATE:.0f} a second:")
    for most, name in needs[:SHOWN]:
        print(f"{most:10,.0f}  {name}")
    print("\nthe most of all, where another rate comes back:")
    for rate in RATES:
        print(f"{max(most_of(reports, rate) for reports, _ in found):10,.0f}  {rate:,.0f} a second")


if __name__ == "__main__":
    main()
