"""What a command loads before it answers: an owner waits for it each time."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"
GATEWAY = {"mitmproxy", "asyncio", "ssl", "sqlite3", "logging", "requests", "tldextract"}
"""What a gateway needs and a question to one does not."""
FINDING = {"hushgate.core.household", "hushgate.core.identify", "hushgate.core.lists"}
"""The rules that find speakers, and the lists: large, and no part of what a file says."""
READING = {"pydantic", "yaml"}
"""What reads a configuration."""


@pytest.mark.parametrize(
    ("line", "heavy"),
    [
        pytest.param("--help", GATEWAY | FINDING | READING, id="the list of commands"),
        pytest.param("status", GATEWAY | FINDING | READING, id="a question to the gateway"),
        pytest.param("allow kitchen 5m", GATEWAY | FINDING | READING, id="a word to the gateway"),
        pytest.param(
            f"explain --device kitchen --config {EXAMPLE}", GATEWAY | FINDING, id="explain"
        ),
        pytest.param(f"windows --week --config {EXAMPLE}", GATEWAY | FINDING, id="windows"),
    ],
)
def test_a_command_loads_nothing_heavy_that_it_does_not_need(
    line: str, heavy: set[str], tmp_path: Path
) -> None:
    code = f"""
import sys
from hushgate.cli import main
try:
    main({line.split()})
finally:
    print(*sorted({heavy} & sys.modules.keys()), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"HUSHGATE_STATE_DIR": str(tmp_path), "HUSHGATE_RUNTIME_DIR": str(tmp_path)},
    )
    assert done.stderr.splitlines()[-1] == "", done.stderr
