"""`python -m tests.bench [NAME...]`: speed and memory, as ratios interleaved in one run."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from tests.bench.report import OUTPUT, print_results, write_results

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)


def main() -> int:
    """Run the benchmarks asked for, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=str(NAMES))
    names = parser.parse_args().names or NAMES
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is started is compiled, as installed
    for name in names:
        print(f"-- {name}", flush=True)
        results = importlib.import_module(f"tests.bench.bench_{name}").measure()
        print_results(results)
        write_results(results)
    print(f"-- {OUTPUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
