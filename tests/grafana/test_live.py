"""Every query of every panel, asked of a real Prometheus that scrapes the exporter."""

import shutil
import threading
from collections.abc import Iterator

import pytest

from hushgate.adapters.metrics import Metrics
from hushgate.core.model import DeviceId
from tests.adapters.fullmetrics import fill
from tests.grafana.panels import DASHBOARDS, rules, targets
from tests.grafana.prometheus import Prometheus, scraped

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed (apt: prometheus)"
)

DEVICES = [DeviceId("kitchen"), DeviceId("hall")]
VARIABLES = {
    "$__rate_interval": "5s",
    "$__range": "30s",
    "$step": "1s",
    "$utc_offset": "1",
    "$job": ".*",
    "$instance": ".*",
    "$device": "kitchen",
}
QUERIES = [
    pytest.param(target, id=f"{path.stem}: {title} ({target['refId']})")
    for path in DASHBOARDS
    for title, target in targets(path)
]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    metrics, stop = Metrics(DEVICES), threading.Event()

    def live() -> None:
        while not stop.wait(0.3):
            fill(metrics, DEVICES)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with scraped(metrics.expose, tmp_path_factory.mktemp("prometheus")) as server:
            server.wait_for("count_over_time(hushgate_addon_up[30s]) > 12")
            yield server
    finally:
        stop.set()
        thread.join()


def filled_in(expr: str) -> str:
    """Give an expression with its variables; counters that stand still here count as data."""
    expr = expr.replace(" > 0", "")
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


@pytest.mark.parametrize("target", QUERIES)
def test_a_panel_has_data(prometheus: Prometheus, target: dict[str, object]) -> None:
    expr = filled_in(str(target["expr"]))
    found = prometheus.query(expr) if target["instant"] else prometheus.query_range(expr, 5)
    assert found, expr
    legend = str(target["legendFormat"])
    if "{{" in legend:
        label = legend.split("{{")[1].split("}}")[0]
        assert all(series["metric"].get(label) for series in found)


def test_the_gateway_is_called_as_the_scrape_says(prometheus: Prometheus) -> None:
    (up,) = prometheus.query("hushgate_addon_up")
    assert (up["metric"]["job"], up["metric"]["instance"]) == ("hushgate", "home")


def test_every_rule_is_evaluated(prometheus: Prometheus) -> None:
    prometheus.wait_for('ALERTS{alertname="HushgateSpeechLeftOutsideWindow"}')
    loaded = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(loaded) == len([*rules("alerts"), *rules("rules")])
    assert {rule["health"] for rule in loaded} == {"ok"}


def test_exemplars_reach_prometheus(prometheus: Prometheus) -> None:
    query = "hushgate_utterances_total"
    found = prometheus.ask("query_exemplars", query=query, start="0", end="4102444800")
    assert {each["labels"]["ledger_row"] for series in found for each in series["exemplars"]} == {
        "1"
    }
