"""The kinds of panels, as plain data before they have a place.

In: what a panel shows. Out: panels, each with its description and unit. Each query carries the job
and instance chosen on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.dashboards.fields import DARK, Json, fixed

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24

GUARDED = "min(hushgate_problems{HERE} == bool 0)"
"""Whether every chosen gateway says that it guards; one that says nothing has no value."""

BAR = "15m"
"""Least time a bar stands for: at the width of a panel a day is then 96 bars."""


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression; ``HERE`` in it stands for the chosen job and instance."""

    expr: str
    legend: str = ""
    instant: bool = False
    format: str = "time_series"

    def target(self, letter: str) -> Json:
        """Give the panel's target."""
        return {
            "datasource": DATASOURCE,
            "expr": self.expr.replace("HERE", 'job=~"$job", instance=~"$instance"'),
            "format": self.format,
            "instant": self.instant,
            "range": not self.instant,
            "exemplar": not self.instant and self.format == "time_series",
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
    interval: str | None = None
    """Least step between points."""
    span: str | None = None
    """Time shown whatever is chosen on top, e.g. ``7d``."""


def counts(by: str, selector: str) -> str:
    """Count events in each bar; what never happened has no bar and no place in the legend."""
    return f"sum by ({by}) (increase({selector}[$__rate_interval])) > 0"


def now(expr: str) -> Query:
    """Ask for a table of the values at the end of the chosen time."""
    return Query(expr, instant=True, format="table")


def stat(
    title: str,
    description: str,
    query: str,
    *,
    width: int = 4,
    height: int = 4,
    loud: bool = False,
    legend: str = "",
    **defaults: Any,
) -> Panel:
    """Give one big number, or with ``legend`` the name of the series that there is.

    Without data Grafana shows the color of the lowest threshold: it must not be green.
    """
    return Panel(
        "stat",
        title,
        description,
        [Query(query, legend, instant=True)],
        width,
        height,
        {"color": {"mode": "thresholds"}, "unit": "none", "noValue": "no data", **defaults},
        {
            "colorMode": "background_solid" if loud else "value",
            "graphMode": "none",
            "justifyMode": "center",
            "orientation": "auto",
            "textMode": "name" if legend else "value",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    )


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    width: int = 12,
    height: int = 7,
    overrides: Sequence[Json] = (),
    interval: str | None = None,
    custom: Json | None = None,
    **defaults: Any,
) -> Panel:
    """Give lines over time."""
    return Panel(
        "timeseries",
        title,
        description,
        queries,
        width,
        height,
        {
            "color": {"mode": "palette-classic"},
            "custom": {"lineWidth": 1, "fillOpacity": 10, "showPoints": "auto", **(custom or {})},
            "unit": "short",
            "min": 0,
            **defaults,
        },
        {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        overrides,
        interval=interval,
    )


def bars(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    interval: str = BAR,
    overrides: Sequence[Json] = (),
    width: int = 12,
    **defaults: Any,
) -> Panel:
    """Give stacked bars of what was counted in each stretch of time."""
    style = {"drawStyle": "bars", "lineWidth": 0, "fillOpacity": 90, "stacking": {"mode": "normal"}}
    return lines(
        title,
        description,
        queries,
        width=width,
        overrides=overrides,
        interval=interval,
        custom=style,
        **{"decimals": 0, "noValue": "none in this time", **defaults},
    )


def timeline(
    title: str,
    description: str,
    queries: Sequence[Query],
    mappings: Sequence[Json],
    *,
    height: int,
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
            # With the colors of thresholds the legend would show thresholds in place of the states.
            "color": fixed(DARK),
            "custom": {"lineWidth": 0, "fillOpacity": 90},
            "mappings": list(mappings),
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
    height: int = 7,
    transformations: Sequence[Json],
    overrides: Sequence[Json] = (),
    span: str | None = None,
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
        span=span,
    )


def heatmap(title: str, description: str, query: Query, *, unit: str) -> Panel:
    """Give a histogram over time."""
    return Panel(
        "heatmap",
        title,
        description,
        [query],
        12,
        7,
        {},
        {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 32},
            "yAxis": {"unit": unit, "axisPlacement": "left"},
            "cellGap": 1,
            "legend": {"show": True},
            "tooltip": {"mode": "single", "yHistogram": False},
        },
        interval=BAR,
    )


def organize(hidden: Sequence[str], names: dict[str, str]) -> Json:
    """Hide columns of a table, and give others the names that people read."""
    return {
        "id": "organize",
        "options": {
            "excludeByName": dict.fromkeys(hidden, True),
            "renameByName": names,
            "indexByName": {},
        },
    }


def sort_by(column: str, *, descending: bool = False) -> Json:
    """Sort a table."""
    return {"id": "sortBy", "options": {"sort": [{"field": column, "desc": descending}]}}
