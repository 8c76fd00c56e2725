"""``python -m scripts.dashboards`` writes ``grafana/dashboards/*.json``."""

from pathlib import Path

from scripts.dashboards.boards import render

FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"

for name, text in render().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
