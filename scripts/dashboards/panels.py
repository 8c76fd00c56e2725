"""Parts of a Grafana dashboard as plain data, laid out without overlaps.

In: what a panel shows. Out: the objects of Grafana's dashboard schema (version 39). Each query
carries the job and instance chosen on top, each panel its description and unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

type Json = dict[str, Any]

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24

GREEN, BLUE, DARK, ORANGE, RED, GRAY = (
    "semi-dark-green",
    "semi-dark-blue",
    "dark-blue",
    "semi-dark-orange",
    "dark-red",
    "#55565f",
)


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression; ``HERE`` in it stands for the chosen job and instance."""

    expr: str
    legend: str = ""
    instant: bool = False
    table: bool = False
    heatmap: bool = False

    def target(self, letter: str) -> Json:
        """Give the panel's target."""
        form = "table" if self.table else "heatmap" if self.heatmap else "time_series"
        return {
            "datasource": DATASOURCE,
            "expr": self.expr.replace("HERE", 'job=~"$job", instance=~"$instance"'),
            "format": form,
            "instant": self.instant or self.table,
            "range": not (self.instant or self.table),
            "exemplar": not (self.instant or self.table or self.heatmap),
            "legendFormat": self.legend or "__auto",
            "refId": letter,
        }


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel before it has a place."""

    kind: str
    title: str
    description: str
    queries: Sequence[Query]
    width: int
    height: int
    defaults: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    transformations: Sequence[Json] = ()


def stat(
    title: str, description: str, query: str, *, width: int = 4, height: int = 4, **defaults: Any
) -> Panel:
    """Give one big number: the last value, or the value now."""
    return Panel(
        "stat",
        title,
        description,
        [Query(query, instant=True)],
        width,
        height,
        {"color": {"mode": "thresholds"}, "unit": "none", "noValue": "no data", **defaults},
        {
            "colorMode": "background",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "auto",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    )


def series(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str = "short",
    width: int = 12,
    height: int = 8,
    bars: bool = False,
    overrides: Sequence[Json] = (),
) -> Panel:
    """Give lines over time, or stacked bars for counts."""
    custom: Json = {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "axisSoftMin": 0}
    if bars:
        custom |= {"drawStyle": "bars", "fillOpacity": 80, "stacking": {"mode": "normal"}}
    return Panel(
        "timeseries",
        title,
        description,
        queries,
        width,
        height,
        {"color": {"mode": "palette-classic"}, "custom": custom, "unit": unit, "min": 0},
        {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        overrides,
    )


def timeline(
    title: str, description: str, queries: Sequence[Query], mapping: Json, *, height: int = 7
) -> Panel:
    """Give states over time, a line a speaker."""
    return Panel(
        "state-timeline",
        title,
        description,
        queries,
        WIDTH,
        height,
        {
            "color": {"mode": "thresholds"},
            "custom": {"lineWidth": 0, "fillOpacity": 80},
            "mappings": [mapping],
            "unit": "none",
        },
        {
            "mergeValues": True,
            "showValue": "never",
            "rowHeight": 0.85,
            "alignValue": "left",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )


def table(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    width: int = 12,
    height: int = 8,
    transformations: Sequence[Json],
    overrides: Sequence[Json] = (),
    **defaults: Any,
) -> Panel:
    """Give a table of values now."""
    return Panel(
        "table",
        title,
        description,
        queries,
        width,
        height,
        {"custom": {"align": "auto"}, "unit": "none", **defaults},
        {"showHeader": True, "cellHeight": "sm"},
        overrides,
        transformations,
    )


def heatmap(title: str, description: str, query: Query, *, unit: str) -> Panel:
    """Give a histogram over time."""
    return Panel(
        "heatmap",
        title,
        description,
        [query],
        12,
        8,
        {},
        {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 32},
            "yAxis": {"unit": unit, "axisPlacement": "left"},
            "cellGap": 1,
            "legend": {"show": True},
            "tooltip": {"mode": "single", "yHistogram": False},
        },
    )


def values(meanings: Mapping[int, tuple[str, str]]) -> Json:
    """Map numbers to words and colors."""
    return {
        "type": "value",
        "options": {
            str(number): {"text": text, "color": color, "index": index}
            for index, (number, (text, color)) in enumerate(meanings.items())
        },
    }


def steps(base: str, *above: tuple[float, str]) -> Json:
    """Give thresholds: a color below the first, then one from each value on."""
    first: list[Json] = [{"color": base, "value": None}]
    rest: list[Json] = [{"color": color, "value": value} for value, color in above]
    return {"mode": "absolute", "steps": first + rest}


def override(name: str, **properties: Any) -> Json:
    """Change one field; ``custom__align`` stands for ``custom.align``."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


def dashboard(
    uid: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    *,
    variables: Sequence[Json] = (),
    span: str = "now-24h",
) -> Json:
    """Lay panels out in reading order and give the whole file."""
    return {
        "uid": uid,
        "id": None,
        "title": title,
        "description": description,
        "tags": ["hushgate"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": span, "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "title": "hushgate",
                "type": "dashboards",
                "tags": ["hushgate"],
                "asDropdown": False,
                "includeVars": True,
                "keepTime": True,
                "icon": "external link",
                "targetBlank": False,
                "tooltip": "",
                "url": "",
            }
        ],
        "annotations": {"list": []},
        "templating": {"list": [*_common_variables(), *variables]},
        "panels": list(_placed(panels)),
    }


def label_variable(name: str, label: str, metric: str, *, multi: bool = True) -> Json:
    """Give a variable with the values of a metric's label."""
    query = f"label_values({metric}, {name})"
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": "A", "qryType": 1},
        "refresh": 2,
        "sort": 1,
        "multi": multi,
        "includeAll": multi,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"} if multi else {},
        "hide": 0,
    }


def constant(name: str, value: str) -> Json:
    """Give a hidden variable."""
    return {"name": name, "type": "constant", "query": value, "hide": 2, "skipUrlSync": True}


def text_variable(name: str, label: str, value: str) -> Json:
    """Give a variable the viewer types in."""
    chosen = {"text": value, "value": value}
    return {
        "name": name,
        "label": label,
        "type": "textbox",
        "query": value,
        "current": chosen,
        "options": [{**chosen, "selected": True}],
        "hide": 0,
    }


def _common_variables() -> Sequence[Json]:
    # A variable, not an input of the export format: it works provisioned and imported by hand.
    return (
        {
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "current": {},
            "refresh": 1,
            "hide": 0,
        },
        label_variable("job", "Job", "hushgate_build_info"),
        label_variable("instance", "Gateway", "hushgate_build_info"),
    )


def _placed(panels: Sequence[Panel]) -> Sequence[Json]:
    placed: list[Json] = []
    numbers = count(1)
    x = y = line = 0
    for panel in panels:
        if x + panel.width > WIDTH:
            x, y, line = 0, y + line, 0
        place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
        placed.append(_panel(panel, next(numbers), place))
        x, line = x + panel.width, max(line, panel.height)
    return placed


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": place,
        "targets": [
            query.target(letter) for letter, query in zip("ABCDEFGH", panel.queries, strict=False)
        ],
        "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
        "options": panel.options,
        "transformations": list(panel.transformations),
    }
