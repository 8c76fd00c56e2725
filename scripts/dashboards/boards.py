"""The dashboards as files, and the table of the README that says which panel shows what.

In: nothing. Out: the text of each file of ``grafana/dashboards``, and of that table.
"""

import json
import re
from collections.abc import Mapping

from scripts.dashboards.fields import Json
from scripts.dashboards.gateway import gateway
from scripts.dashboards.house import house
from scripts.dashboards.lists import lists
from scripts.dashboards.speaker import speaker

_BOARDS = {"house": house, "speaker": speaker, "gateway": gateway, "lists": lists}
_METRIC = re.compile(r"\b(?:hushgate|process)_[a-z0-9_]+")


def render() -> Mapping[str, str]:
    """Give each file's name and text."""
    return {
        f"{name}.json": json.dumps(board(), indent=1, ensure_ascii=False) + "\n"
        for name, board in _BOARDS.items()
    }


def panel_table() -> str:
    """Give the README's chapters of panels and the metrics each one reads."""
    return "\n".join(_chapter(board()) for board in _BOARDS.values())


def _chapter(board: Json) -> str:
    rows = [f"| {panel['title']} | {_metrics_of(panel)} |\n" for panel in board["panels"]]
    head = "| panel | metrics |\n|---|---|\n"
    return f"### {board['title']}\n\n{board['description']}\n\n{head}{''.join(rows)}"


def _metrics_of(panel: Json) -> str:
    found = {
        metric.removesuffix("_bucket")
        for target in panel["targets"]
        for metric in _METRIC.findall(target["expr"])
    }
    return " ".join(f"`{metric}`" for metric in sorted(found))
