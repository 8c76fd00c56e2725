"""The script that says what passes prints its tables."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_trickle.py"


def test_the_tables_say_what_passes() -> None:
    printed = subprocess.run(
        [sys.executable, SCRIPT], capture_output=True, check=True, text=True
    ).stdout
    rows = {
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in printed.split("\n")
    }
    assert ("1000 B/s", "no", "1380 bytes") in rows
    assert ("2000 B/s", "no", "0 bytes") in rows
    assert ("one frame each", "118", "no", "944", "29500") in rows
    assert ("Opus, 32 kbit/s", "1", "no", "0") in rows
    assert ("Opus, 32 kbit/s", "yes", "39420") in rows  # strict: false
