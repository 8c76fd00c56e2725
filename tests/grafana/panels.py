"""What the dashboards, alerts and rules ask Prometheus for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))

_METRIC = re.compile(r"\b(?:hushgate|process)_[a-z0-9_]+\b")
_SUFFIX = re.compile(r"_(bucket|count|sum)$")


def load(path: Path) -> Any:
    """Read a JSON or YAML file."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text)


def targets(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each panel's title and target."""
    for panel in load(path)["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target


def rules(folder: str) -> Iterator[dict[str, Any]]:
    """Give each rule of ``alerts`` or ``rules``."""
    for group in load(GRAFANA / folder / "hushgate.yaml")["groups"]:
        yield from group["rules"]


def metrics_in(expr: str) -> set[str]:
    """Give the metrics an expression reads, histograms by their family's name."""
    return {
        _SUFFIX.sub("", name) if "hold_seconds" in name else name for name in _METRIC.findall(expr)
    }


def documented(file: str) -> set[str]:
    """Give the metrics that a document names."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return set(re.findall(r"`((?:hushgate|process)_[a-z_0-9]+)`", text))
