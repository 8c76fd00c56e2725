"""The script that says what a week without a wrong stop would take."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.test_traces import write_labels, write_table

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_wrong_stops.py"


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Sixty reports of 4 kB in four tenths of a second each, and no word spoken."""
    reports = [{"t": 10.0 * n + 0.11 * m, "payload": 1_000} for n in range(1, 61) for m in range(4)]
    write_table(tmp_path / "made.parquet", {"t": 0.0}, *reports)
    write_labels(tmp_path, "one,made,echo,voice,no speech,")
    (tmp_path / "idle-periods.csv").write_text(
        "device,proto,remote,period_s,second_period_s\n"
        "Amazon Echo Dot,TCP,voice.example,60,\n"
        "Amazon Echo Dot,TCP,metrics.example,86400,172800\n"
        "Amazon Echo Dot,NTP,time.example,10,\n"
        "Somebody's lamp,TCP,lamp.example,1,\n"
    )
    return tmp_path


def test_none_of_few_bursts_is_no_promise_for_a_week(recordings: Path) -> None:
    printed = subprocess.run(
        [sys.executable, SCRIPT, recordings], capture_output=True, check=True, text=True
    ).stdout
    rows = {
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in printed.split("\n")
    }
    assert ("Amazon", "10", "61", "60", "0", "4.79 %") in rows
    # 1,441 contacts a day, time and the lamp's left out; 4.79 % of them, seven days.
    assert ("Amazon Echo Dot", "1441", "0", "483", "30218") in rows
    assert ("3", "60 of 61") in rows
    assert ("6 (the judge's)", "0 of 61") in rows


@pytest.mark.parametrize(
    ("hits", "count", "bound"),
    [
        pytest.param(0, 100, 0.0295, id="none: about three in the count"),
        pytest.param(1, 100, 0.0466, id="one"),
        pytest.param(3, 3, 1.0, id="all"),
        pytest.param(0, 0, 1.0, id="nothing seen rules nothing out"),
    ],
)
def test_the_bound_is_that_of_clopper_and_pearson(hits: int, count: int, bound: float) -> None:
    upper_bound = runpy.run_path(str(SCRIPT))["upper_bound"]
    assert upper_bound(hits, count) == pytest.approx(bound, abs=1e-4)
