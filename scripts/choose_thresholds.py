#!/usr/bin/env python3
"""Choose the thresholds of the judge on one half of the recordings.

Each threshold in turn takes every candidate value while the others keep theirs. A value is good if,
on half 1, no other value misses fewer commands, lets fewer leak, stops fewer other bursts, or keeps
more of the targets for holds, in this order. The choice is in the middle of the good values, where
there is one: recordings to come will not be exactly these. Prints what each value does; says where
a threshold of the code is not among the good ones, and exits with 1 then.

    scripts/choose_thresholds.py ../shared/data/speaker-traces
    hushgate evaluate --half 2 ../shared/data/speaker-traces
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.bursts import DEFAULT_LIMITS, Limits
from hushgate.core.evaluation import Evaluation, half_of
from hushgate.core.trace import Trace, TraceEvent
from hushgate.core.trial import try_trace

CANDIDATES: Final[dict[str, tuple[float, ...]]] = {
    "steady": (4, 5, 6, 7, 8),
    "speech_size": (1_000, 2_000, 3_000, 4_000, 6_000),
    "broken": (2, 3, 4),
    "broken_tenths": (3, 4, 5, 6, 7),
    "broken_size": (16_000, 19_000, 22_000, 25_000, 28_000),
    "half_low": (100, 250, 500, 1_000),
    "half_high": (16_000, 24_000, 32_000, 48_000, 64_000),
    "lasting": (5, 6, 7, 8),
    "second_low": (250, 500, 1_000, 2_000),
    "second_high": (24_000, 36_000, 52_000, 64_000, 96_000),
    "slot_low": (25, 50, 100, 150, 200, 300),
    "slot_high": (6_000, 10_000, 16_000, 24_000, 32_000),
    "tiny": (50, 100, 150, 200, 300),
    "tiny_quiet": (0.15, 0.2, 0.25, 0.3),
    "small": (500, 1_000, 1_500, 2_000, 3_000),
    "small_age": (0.2, 0.24, 0.28, 0.32, 0.4),
    "small_quiet": (0.05, 0.1, 0.15, 0.2),
    "flight": (6_500, 9_000, 11_500, 14_000),
    "flight_age": (0.8, 0.9, 1.0, 1.1),
    "report_age": (0.75, 0.85, 0.95, 1.05),
    "report_slots": (2, 3, 4),
    "report_quiet": (0.2, 0.3, 0.4, 0.5),
    "large": (14_000, 16_000, 18_000, 20_000, 24_000),
    "age": (1.2, 1.4, 1.6, 1.8),
}
TARGETS_MS: Final = {"p50": 300.0, "p90": 1_000.0, "p99": 1_600.0}
KEEPALIVE_MS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Score:
    """What a value does, most important first."""

    missed: int
    leaking: int
    leaked: int
    wrong: int
    over: int
    """Hold targets that are not met."""
    holds: dict[str, float]

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Sort the best first."""
        return self.missed, self.leaking, self.wrong, self.over


def main() -> int:
    """Try every candidate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--only", choices=CANDIDATES, help="one threshold")
    args = parser.parse_args()
    recordings = read_half(args.paths, half=1)
    print(f"{len(recordings)} recordings of half 1")
    names = [args.only] if args.only else list(CANDIDATES)
    doubtful = [name for name in names if not choose(name, recordings)]
    if doubtful:
        print(f"\nnot among the good values: {', '.join(doubtful)}")
    return 1 if doubtful else 0


def read_half(paths: list[Path], half: int) -> list[tuple[Trace, tuple[TraceEvent, ...]]]:
    """Read the recordings of one half into memory."""
    files = [file for path in paths for file in find_recordings(path)]
    traces = (trace for file in files for trace in open_traces(file))
    return [(trace, tuple(trace.events)) for trace in traces if half_of(trace) == half]


def choose(name: str, recordings: list[tuple[Trace, tuple[TraceEvent, ...]]]) -> bool:
    """Print what each value of a threshold does; return whether the one in the code is good."""
    current = getattr(DEFAULT_LIMITS, name)
    scores: dict[float, Score] = {}
    for value in CANDIDATES[name]:
        change: dict[str, Any] = {name: value}
        scores[value] = score(replace(DEFAULT_LIMITS, **change), recordings)
    best = min(found.rank for found in scores.values())
    good = [value for value, found in scores.items() if found.rank == best]
    print(f"\n{name}: good {', '.join(f'{value:g}' for value in good)}; in the code {current:g}")
    print("      value  missed  leaking   bytes  wrong  held p50   p90   p99")
    for value, found in scores.items():
        mark = "*" if value == current else " "
        holds = "".join(f"{found.holds[key]:6.0f}" for key in TARGETS_MS)
        print(
            f"    {mark} {value:5g}  {found.missed:6}  {found.leaking:7}  {found.leaked:6}"
            f"  {found.wrong:5}    {holds}"
        )
    return current in good


def score(limits: Limits, recordings: list[tuple[Trace, tuple[TraceEvent, ...]]]) -> Score:
    """Judge the recordings with these thresholds."""
    evaluation = Evaluation()
    for trace, events in recordings:
        trace.events = iter(events)
        evaluation.add(trace, try_trace(trace, limits))
    total: dict[str, Any] = evaluation.total().to_json()
    holds = total["hold_ms"]
    over = sum(holds[key] > most for key, most in TARGETS_MS.items())
    over += total["keepalive_hold_ms"]["p99"] > KEEPALIVE_MS
    return Score(
        missed=total["missed"],
        leaking=total["commands_leaking"],
        leaked=total["leaked_bytes"],
        wrong=total["wrongly_stopped"],
        over=over,
        holds=holds,
    )


if __name__ == "__main__":
    sys.exit(main())
