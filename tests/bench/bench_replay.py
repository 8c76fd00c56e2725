"""`hushgate replay` on the Echo captures, against the time they took: start-up included."""

import subprocess
import sys
import time
from pathlib import Path

from hushgate.adapters.captures import open_capture
from tests.bench.report import Result, alone

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
RUNS = 3


def measure() -> dict[str, Result]:
    """Replay all Echo captures in one command, several times."""
    files = sorted(RECORDINGS.glob("echo-2018-*.pcapng"))
    recorded = sum(_length(file) for file in files)
    speeds = []
    for _ in range(RUNS):
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "hushgate", "replay", "--json", *map(str, files)],
            check=True,
            capture_output=True,
        )
        speeds.append(recorded / (time.monotonic() - start))
    return {"replay against real time": alone(speeds, "x")}


def _length(file: Path) -> float:
    """Seconds from the first to the last event."""
    return max(event.at for trace in open_capture(file) for event in trace.events)
