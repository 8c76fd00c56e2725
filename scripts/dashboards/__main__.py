"""``python -m scripts.dashboards`` writes the dashboards, and their table in grafana/README.md."""

from pathlib import Path

from scripts.dashboards.boards import panel_table, render

GRAFANA = Path(__file__).parents[2] / "grafana"
TABLE_BEGINS, TABLE_ENDS = "## Which panel shows what\n\n", "\n## On no panel\n"

for name, text in render().items():
    (GRAFANA / "dashboards" / name).write_text(text, encoding="utf-8")
    print(GRAFANA / "dashboards" / name)

readme = GRAFANA / "README.md"
before, _, rest = readme.read_text(encoding="utf-8").partition(TABLE_BEGINS)
_, _, after = rest.partition(TABLE_ENDS)
readme.write_text(before + TABLE_BEGINS + panel_table() + TABLE_ENDS + after, encoding="utf-8")
