"""Alerts and recording rules: valid, explained, and shown to fire and not to fire."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hushgate.adapters.metrics import Metrics
from hushgate.core.model import DeviceId
from tests.adapters.fullmetrics import fill
from tests.grafana.panels import GRAFANA, ROOT, load, rules

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (apt: prometheus)"
)
ALERTS = list(rules("alerts"))
TESTS = sorted((GRAFANA / "tests").glob("*.yaml"))


def promtool(*words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        ["promtool", *words], input=stdin, capture_output=True, cwd=GRAFANA, check=False
    )
    output = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, output
    return output


@needs_promtool
def test_rules_are_valid() -> None:
    promtool("check", "rules", "alerts/hushgate.yaml", "rules/hushgate.yaml")


@needs_promtool
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    promtool("test", "rules", str(path))


@needs_promtool
def test_the_configuration_of_prometheus_is_valid() -> None:
    promtool("check", "config", str(ROOT / "deploy" / "prometheus" / "prometheus.yml"))


@needs_promtool
def test_the_page_keeps_the_rules_for_names() -> None:
    metrics = Metrics([DeviceId("kitchen")])
    fill(metrics, [DeviceId("kitchen")])
    assert promtool("check", "metrics", stdin=metrics.expose(None)[1]) == ""


def test_every_alert_is_shown_to_fire_and_not_to_fire() -> None:
    shown: dict[bool, set[str]] = {True: set(), False: set()}
    cases = [
        case for path in TESTS for test in load(path)["tests"] for case in test["alert_rule_test"]
    ]
    for case in cases:
        shown[bool(case.get("exp_alerts"))].add(case["alertname"])
    names = {rule["alert"] for rule in ALERTS}
    assert shown == {True: names, False: names}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    runbook = (ROOT / rule["annotations"]["runbook_url"]).read_text(encoding="utf-8")
    assert runbook.startswith(f"# {rule['alert']}: ")
    assert "## What to do" in runbook


def test_every_runbook_has_its_alert() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert pages == {rule["alert"] for rule in ALERTS}
