#!/usr/bin/env python3
"""Measure how often a speaker at rest would be stopped by mistake, and what that number is worth.

Counts bursts that are not speech and those of them that the judge stops, by vendor; multiplies
what the counts allow to claim (the upper end of a one-sided 95 % interval) by the contacts a day
that were published for speakers at rest (idle-periods.csv beside the recordings), each taken for
one burst. Then moves the judge's first threshold, to see how near the bursts come to it.

    scripts/measure_wrong_stops.py ../shared/data/speaker-traces
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb, log
from pathlib import Path
from typing import Final

from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.bursts import DEFAULT_LIMITS, Limits
from hushgate.core.evaluation import Evaluation
from hushgate.core.trace import Marks, Trace, TraceEvent
from hushgate.core.trial import try_trace

VENDORS: Final = {"homepod": "Apple", "google": "Google", "nest": "Google", "echo": "Amazon"}
"""Vendor by a word of the device's name; others are left out."""
PERIODS: Final = "idle-periods.csv"
DOUBT: Final = 0.05
WEEK: Final = 7
DAY: Final = 86_400.0
THRESHOLDS: Final = (3, 4, 5, 6, 7)
"""Values of `Limits.steady`."""

type Recording = tuple[Trace, tuple[TraceEvent, ...]]


@dataclass(slots=True)
class Count:
    """What was seen of one vendor's speakers."""

    bursts: int = 0
    able: int = 0
    """Bursts with enough bytes to be called speech at all."""
    stopped: int = 0
    seconds: float = 0.0

    @property
    def bound(self) -> float:
        """Share of bursts stopped that the counts cannot rule out."""
        return upper_bound(self.stopped, self.bursts)


def upper_bound(hits: int, count: int) -> float:
    """Give the upper end of the one-sided 95 % interval of a share (Clopper and Pearson)."""
    if hits >= count:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        chance = sum(
            comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(hits + 1)
        )
        low, high = (share, high) if chance > DOUBT else (low, share)
    return high


def bursts_needed(a_day: float) -> int:
    """Say how many bursts without a wrong stop allow to claim at most one a week."""
    return round(-log(DOUBT) * a_day * WEEK)


def vendor_of(device: str) -> str | None:
    """Tell the vendor from a device's name."""
    return next((vendor for word, vendor in VENDORS.items() if word in device.lower()), None)


def read(paths: Sequence[Path]) -> list[Recording]:
    """Read the recordings whose silence is known, with connections told apart."""
    traces = (
        trace for path in paths for file in find_recordings(path) for trace in open_traces(file)
    )
    recordings = [(trace, tuple(trace.events)) for trace in traces if not trace.mixed]
    return [(trace, events) for trace, events in recordings if events and vendor_of(trace.device)]


def count(recordings: Sequence[Recording], limits: Limits = DEFAULT_LIMITS) -> dict[str, Count]:
    """Judge the recordings; count by vendor."""
    counts: dict[str, Count] = {}
    for trace, events in recordings:
        vendor = vendor_of(trace.device)
        if vendor is None or trace.marks is Marks.UNUSABLE:
            continue
        trace.events = iter(events)
        trial = try_trace(trace, limits)
        evaluation = Evaluation()
        evaluation.add(trace, trial)
        total = evaluation.total()
        seen = counts.setdefault(vendor, Count())
        seen.bursts += total.other
        seen.stopped += total.wrongly_stopped + total.unclear
        seen.able += sum(
            tried.burst.size >= limits.speech_size and not tried.marked for tried in trial.bursts
        )
        seen.seconds += events[-1].at - events[0].at
    return counts


def read_contacts(paths: Sequence[Path]) -> dict[str, float]:
    """Give the published TCP contacts a day of each speaker at rest."""
    contacts: dict[str, float] = {}
    for path in paths:
        file = (path if path.is_dir() else path.parent) / PERIODS
        if not file.exists():
            continue
        with file.open(newline="") as rows:
            for row in csv.DictReader(rows):
                if row["proto"] == "TCP" and row["period_s"]:
                    device, a_day = row["device"], DAY / float(row["period_s"])
                    contacts[device] = contacts.get(device, 0.0) + a_day
    return contacts


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="recordings or folders")
    paths = parser.parse_args().paths
    recordings = read(paths)
    counts = count(recordings)
    print_counts(counts)
    print_weeks(counts, read_contacts(paths))
    print_thresholds(recordings)
    return 0


def print_counts(counts: dict[str, Count]) -> None:
    """Print what was seen."""
    print(
        "| vendor | minutes | bursts that are no speech | 3 kB or more | stopped | at most (95 %) |"
    )
    print(
        "| ------ | ------- | ------------------------- | ------------ | ------- | -------------- |"
    )
    for vendor, seen in sorted(counts.items()):
        print(
            f"| {vendor:6} | {seen.seconds / 60:7.0f} | {seen.bursts:25} | {seen.able:12}"
            f" | {seen.stopped:7} | {100 * seen.bound:12.2f} % |"
        )


def print_weeks(counts: dict[str, Count], contacts: dict[str, float]) -> None:
    """Print what may be claimed of a week at rest."""
    print(
        "\n| speaker | TCP contacts a day | stops a week: seen | at most (95 %) | bursts needed |"
    )
    print("| ------- | ------------------ | ------------------ | -------------- | ------------- |")
    for device, a_day in sorted(contacts.items()):
        vendor = vendor_of(device)
        if vendor not in counts:
            continue
        seen = counts[vendor]
        share = seen.stopped / seen.bursts
        print(
            f"| {device} | {a_day:.0f} | {share * a_day * WEEK:.0f}"
            f" | {seen.bound * a_day * WEEK:.0f} | {bursts_needed(a_day)} |"
        )
    print("\nbursts needed: without a stop, to claim at most one a week with 95 % confidence.")


def print_thresholds(recordings: Sequence[Recording]) -> None:
    """Print how many would be stopped if the judge asked for fewer filled tenths, or more."""
    vendors = sorted(count(recordings))
    print(f"\n| filled tenths that make speech | {' | '.join(vendors)} |")
    print(f"| ------------------------------ | {' | '.join('-' * len(name) for name in vendors)} |")
    for steady in THRESHOLDS:
        counts = count(recordings, replace(DEFAULT_LIMITS, steady=steady))
        cells = " | ".join(f"{counts[name].stopped} of {counts[name].bursts}" for name in vendors)
        mark = " (the judge's)" if steady == DEFAULT_LIMITS.steady else ""
        print(f"| {steady}{mark} | {cells} |")


if __name__ == "__main__":
    sys.exit(main())
