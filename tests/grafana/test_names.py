"""Exporter, documentation, dashboards and alerts speak of the same metrics."""

import re

from prometheus_client.parser import text_string_to_metric_families

from hushgate.adapters.metrics import Metrics
from hushgate.core.model import DeviceId, Reason
from tests.adapters.fullmetrics import fill
from tests.grafana.panels import (
    DASHBOARDS,
    GRAFANA,
    ROOT,
    documented,
    metrics_in,
    rules,
    targets,
)

DEVICE = DeviceId("kitchen")


def exported() -> set[str]:
    metrics = Metrics([DEVICE])
    fill(metrics, [DEVICE])
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(metrics.expose(None)[1].decode())
    }


def shown() -> set[str]:
    exprs = [target["expr"] for path in DASHBOARDS for _, target in targets(path)]
    return {name for expr in exprs for name in metrics_in(expr)}


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    assert documented("docs/metrics.md") == exported()


def test_dashboards_show_only_what_is_exported() -> None:
    assert shown() <= exported()


def test_what_no_dashboard_shows_is_named_with_the_reason() -> None:
    text = (GRAFANA / "README.md").read_text(encoding="utf-8")
    _, _, hidden = text.partition("## On no panel")
    assert set(re.findall(r"`((?:hushgate|process)_[a-z_0-9]+)`", hidden)) == exported() - shown()


def test_the_readme_maps_each_shown_metric_to_a_panel() -> None:
    text, _, _ = (GRAFANA / "README.md").read_text(encoding="utf-8").partition("## On no panel")
    assert set(re.findall(r"`((?:hushgate|process)_[a-z_0-9]+)`", text)) == shown()
    for path in DASHBOARDS:
        for title, _ in targets(path):
            assert title in text


def test_alerts_and_rules_read_only_what_is_exported() -> None:
    names = {
        name
        for folder in ("alerts", "rules")
        for rule in rules(folder)
        for name in metrics_in(rule["expr"])
    }
    assert names <= exported()


def test_every_reason_is_documented() -> None:
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert {reason for reason in Reason if f"`{reason}`" not in text} == set()
