"""A whole dashboard: variables, links, and the panels laid out in reading order without overlaps.

In: panels. Out: an object of Grafana's dashboard schema (version 39).
"""

from collections.abc import Sequence
from itertools import count

from scripts.dashboards.fields import Json
from scripts.dashboards.panels import DATASOURCE, WIDTH, Panel


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
    chosen: Json = {"current": {"text": "All", "value": "$__all"}} if multi else {}
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
        **chosen,
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
    times: Json = {}
    if panel.interval is not None:
        times["interval"] = panel.interval
    if panel.span is not None:
        times["timeFrom"] = panel.span
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": place,
        **times,
        "targets": [
            query.target(letter) for letter, query in zip("ABCDEFGH", panel.queries, strict=False)
        ],
        "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
        "options": panel.options,
        "transformations": list(panel.transformations),
    }
