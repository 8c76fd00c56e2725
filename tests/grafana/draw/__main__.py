"""``python -m tests.grafana.draw``: pictures of the dashboards, for the documents.

A simulated week goes into a real Prometheus by promtool; a page of Grafana's own components, from
npm, asks it what the dashboards ask and is photographed in Chromium. The dashboards are checked
against the closed schema of Grafana's own types on the way. Needs node, npm, chromium, prometheus.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from tests.grafana.draw.week import DAYS, KITCHEN, SCRAPE, START, Week
from tests.grafana.panels import DASHBOARDS, GRAFANA, ROOT
from tests.grafana.prometheus import running

PAGE = Path(__file__).parent / "page"
WORK = ROOT / "build" / "draw"
PICTURES = ROOT / "docs" / "pictures"
SHOWN = {"house": 2, "speaker": 2, "gateway": 1, "lists": 7}
"""How many days each picture shows, up to the end of the week."""
COLORS = 256


def main() -> int:
    """Make every picture; 1 if a panel failed or a dashboard is not valid."""
    missing = [tool for tool in ("npm", "chromium", "promtool", "prometheus") if not _has(tool)]
    if missing:
        print(f"not installed: {' '.join(missing)}", file=sys.stderr)
        return 1
    _prepare_page()
    if _run("npm", "run", "-s", "schema", *map(str, DASHBOARDS)):
        return 1
    with _prometheus_of_the_week() as address:
        failed = _run("npm", "run", "-s", "shoot", stdin=json.dumps(_order(address)))
    for name in SHOWN:
        _shrink(WORK / f"{name}.png", PICTURES / f"grafana-{name}.png")
    return 1 if failed else 0


def _has(tool: str) -> bool:
    return shutil.which(tool) is not None


def _run(*command: str, stdin: str = "") -> int:
    return subprocess.run(command, cwd=WORK, input=stdin, text=True, check=False).returncode


def _prepare_page() -> None:
    """Build the page, with its packages and the dashboards, in build/draw."""
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copytree(PAGE, WORK, dirs_exist_ok=True)
    # Nothing is kept of where packages came from: the versions are exact in package.json.
    quietly = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
    subprocess.run(["npm", "install", "--legacy-peer-deps", *quietly], cwd=WORK, check=True)
    static = WORK / "static"
    shutil.copytree(GRAFANA / "dashboards", static / "dashboards", dirs_exist_ok=True)
    icons = WORK / "node_modules" / "@grafana" / "ui" / "dist" / "public"
    shutil.copytree(icons, static / "public", dirs_exist_ok=True)
    subprocess.run(["npm", "run", "-s", "build"], cwd=WORK, check=True)


@contextmanager
def _prometheus_of_the_week() -> Iterator[str]:
    """Fill a Prometheus with the week and give its address while it runs."""
    folder = WORK / "week"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for day in Week(folder).write():  # promtool reads a file once for every two hours in it
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q"]
        subprocess.run([*command, str(day), str(folder / "data")], check=True)
    with running("{}", folder, "--storage.tsdb.retention.time=100y") as address:
        yield address


def _order(prometheus: str) -> dict[str, Any]:
    """Say which pictures are wanted."""
    end = START + timedelta(days=DAYS)
    shots = [
        {
            "query": {
                "board": name,
                "from": _milliseconds(end - timedelta(days=days)),
                "to": _milliseconds(end),
                "interval": int(SCRAPE),
                "device": KITCHEN,
            },
            "file": str(WORK / f"{name}.png"),
        }
        for name, days in SHOWN.items()
    ]
    return {
        "prometheus": f"http://{prometheus}",
        "chromium": shutil.which("chromium"),
        "shots": shots,
    }


def _milliseconds(at: Any) -> int:
    return int(at.timestamp() * 1000)


def _shrink(source: Path, target: Path) -> None:
    """Keep the picture small: it has few colors."""
    target.parent.mkdir(exist_ok=True)
    with Image.open(source) as picture:
        few = picture.convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE)
        few.save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
