"""What the policy costs: reload, look-up, explain: `tests.bench policy`.

A house of 200 speakers with 50 windows each. The peer of reading the file is ruamel.yaml, a parser
that is there anyway (mitmproxy brings it); the rest has none.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from hushgate.config import parse_config
from hushgate.config_tree import read_tree
from hushgate.core.model import DeviceId
from hushgate.core.policy import Policy
from hushgate.core.schedule import next_change
from hushgate.core.windows import WHOLE_DAY, DateException, Window
from tests.bench.report import Result, alone, compare

DEVICES, WINDOWS, RUNS = 200, 50, 7
DATES = 900
HOUSE = f"{DEVICES} speakers x {WINDOWS} windows"
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DEVICE = DeviceId("s7")
EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"


def measure() -> dict[str, Result]:
    """Time each in turn."""
    text = "".join(house())
    policy = parse_config(text, Path("house.yaml")).policy
    schedule = policy.devices[DEVICE].schedule
    dated = with_dates(policy)
    days = iter(NOON + timedelta(days=day) for day in range(10**6))
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(_time(lambda: read_tree(text, "house.yaml")) * 1e3)
        theirs.append(_time(lambda: YAML(typ="rt", pure=True).compose(text)) * 1e3)
    return {
        f"policy: reading YAML of {HOUSE}": compare(ours, theirs, "ms"),
        f"policy: reload of {HOUSE}": _alone(
            lambda: parse_config(text, Path("house.yaml")), "ms", 1e3
        ),
        "policy: look-up of a ruling": _alone(
            lambda: policy.ruling(DEVICE, NOON), "us", 1e6, calls=20000
        ),
        "policy: ruling past an edge, 50 windows": _alone(
            lambda: policy.ruling(DEVICE, next(days)), "us", 1e6, calls=100
        ),
        f"policy: ruling of a speaker with {DATES} dates that change nothing": _alone(
            lambda: dated.with_clock(trusted=True).ruling(DEVICE, NOON), "ms", 1e3
        ),
        "policy: next change, 50 windows": _alone(
            lambda: next_change(schedule, NOON), "us", 1e6, calls=100
        ),
        "policy: hushgate explain, as a command": _alone(_explain, "ms", 1e3),
    }


def house() -> list[str]:
    """The lines of a large house's configuration."""
    lines = ["schema_version: 1\n", "house: {zone: Europe/Berlin}\n", "speakers:\n"]
    for number in range(DEVICES):
        lines.append(f"  s{number}:\n    mac: fc:65:de:10:00:{number:02x}\n    windows:\n")
        for window in range(WINDOWS):
            hour, minute = divmod(window * 25, 60)
            lines.append(f"      - mon-fri {hour:02d}:{minute:02d}-{hour:02d}:{minute + 4:02d}\n")
    return lines


def with_dates(policy: Policy) -> Policy:
    """The same with many exceptions for a speaker that is always open: all must be looked at."""
    whole_day = (WHOLE_DAY,)
    dates = [NOON.date() + timedelta(days=2 * number) for number in range(DATES)]
    exceptions = tuple(DateException(day, day, whole_day) for day in dates)
    device = policy.devices[DEVICE]
    always = (Window.parse("always"),)
    schedule = replace(device.schedule, windows=always, exceptions=exceptions)
    return replace(policy, devices={DEVICE: replace(device, schedule=schedule)})


def _explain() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hushgate", "explain", "--device", "kitchen"]
        command += ["--config", str(EXAMPLE), "--state-dir", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _alone(action: Callable[[], object], unit: str, scale: float, *, calls: int = 1) -> Result:
    return alone([_time(action, calls) * scale for _ in range(RUNS)], unit)


def _time(action: Callable[[], object], calls: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        action()
    return (time.perf_counter() - start) / calls
