"""Numbers of a benchmark: ours, a peer's, and their ratio."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

OUTPUT = Path("build/bench.json")
LIBRARIES = ("mitmproxy", "netfilterqueue", "cryptography", "prometheus-client")


@dataclass(frozen=True, slots=True)
class Result:
    """One comparison, or one number that has no peer (then `ratio` and `theirs` are None)."""

    ratio: float | None
    ours: float
    theirs: float | None
    unit: str
    runs: int


def compare(ours: Sequence[float], theirs: Sequence[float], unit: str) -> Result:
    """Compare two interleaved series: the median of the ratios, run by run."""
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return Result(
        round(ratio, 3),
        round(statistics.median(ours), 3),
        round(statistics.median(theirs), 3),
        unit,
        len(ours),
    )


def alone(values: Sequence[float], unit: str) -> Result:
    """Report a series that has no peer."""
    return Result(None, round(statistics.median(values), 3), None, unit, len(values))


def conditions() -> dict[str, str]:
    """Say on what the numbers were taken."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": f"{cpu} x {os.cpu_count()}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def print_results(results: dict[str, Result]) -> None:
    """Print the table for people."""
    for name, result in results.items():
        theirs = "" if result.theirs is None else f"  peer {result.theirs:>12,.3f}"
        ratio = "" if result.ratio is None else f"  ratio {result.ratio:.2f}"
        print(f"{name:<52} {result.ours:>12,.3f} {result.unit:<10}{theirs}{ratio}")


def write_results(results: dict[str, Result]) -> None:
    """Add to build/bench.json what was measured; other numbers in it stay."""
    OUTPUT.parent.mkdir(exist_ok=True)
    known = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {}
    known |= {name: asdict(result) for name, result in results.items()}
    known["conditions"] = conditions()
    OUTPUT.write_text(json.dumps(known, indent=2) + "\n")
