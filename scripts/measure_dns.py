"""Measure what recorded devices ask DNS: the base of the bounds in core/dnswatch.

    python scripts/measure_dns.py [CAPTURE ...]

Prints, for each device of each capture, its busiest minute. Without arguments it reads the captures
of the tests and those beside this checkout (../shared/data/pcaps).
"""

import sys
from collections import defaultdict
from pathlib import Path

from hushgate.adapters.captures import read_sightings
from hushgate.core.lan import address_text
from hushgate.wire import dns

ROOT = Path(__file__).parent.parent
MINUTE = 60 * 10**9
FOLDERS = (ROOT / "tests" / "data", ROOT.parent / "shared" / "data" / "pcaps")


def measure(capture: Path) -> None:
    """Print the busiest minute of each device that asks."""
    asked: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
    for sighting in read_sightings(capture, []):
        if sighting.packet.target_port == 53:
            names = (each.name for each in dns.decode_message(sighting.payload).questions)
            asked[sighting.packet.source] += [(sighting.at, name) for name in names]
    for device, questions in asked.items():
        minutes = [
            [name for at, name in questions if start <= at < start + MINUTE]
            for start, _ in questions
        ]
        most = max(map(len, minutes))
        size = max(sum(map(len, set(minute))) for minute in minutes)
        print(
            f"{capture.name:52} {address_text(device):16} {len(questions):4} questions;"
            f" busiest minute: {most} with {size} bytes of different names"
        )


def main() -> None:
    """Measure each capture once."""
    named = [Path(argument) for argument in sys.argv[1:]]
    found = [path for folder in FOLDERS for path in sorted(folder.rglob("*.pcap*"))]
    for capture in named or {path.name: path for path in found}.values():
        measure(capture)


if __name__ == "__main__":
    main()
