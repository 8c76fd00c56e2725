"""The dashboards' files: what Grafana and its linter ask for."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hushgate.core.settings import GatewaySettings
from scripts.dashboards.boards import panel_table, render
from tests.grafana.panels import DASHBOARDS, GRAFANA, load, targets

BOARDS = [pytest.param(path, id=path.stem) for path in DASHBOARDS]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def test_the_files_are_what_their_source_gives() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS}
    assert files == render(), "run: python -m scripts.dashboards"


def test_the_readme_has_the_table_of_panels_that_the_source_gives() -> None:
    text = (GRAFANA / "README.md").read_text(encoding="utf-8")
    assert panel_table() in text, "run: python -m scripts.dashboards"


@pytest.mark.parametrize("name", ["grafana/README.md", "README.md"])
def test_every_picture_of_a_dashboard_is_small_and_shown(name: str) -> None:
    root = GRAFANA.parent
    pictures = sorted((root / "docs" / "pictures").glob("grafana-*.png"))
    assert {path.stem.removeprefix("grafana-") for path in pictures} == {
        path.stem for path in DASHBOARDS
    }
    assert all(path.stat().st_size < 150_000 for path in pictures)
    text = (root / name).read_text(encoding="utf-8")
    shown = [path for path in pictures if f"docs/pictures/{path.name}" in text]
    assert shown == pictures if name == "grafana/README.md" else len(shown) == 1


@pytest.mark.skipif(shutil.which("jsonnet") is None, reason="no jsonnet here (apt: jsonnet)")
def test_the_mixin_gives_every_file_and_leaves_what_others_give() -> None:
    others = "{prometheusAlerts+:: {groups+: [1]}, prometheusRules+:: {groups+: [2]}}"
    shown = "[all.grafanaDashboards, all.prometheusAlerts.groups, all.prometheusRules.groups]"
    code = f"local all = {others} + (import 'mixin.libsonnet'); {shown}"
    done = subprocess.run(
        ["jsonnet", "-e", code], cwd=GRAFANA, capture_output=True, text=True, check=True
    )
    boards, alerts, rules = json.loads(done.stdout)
    assert boards == {f"hushgate-{path.name}": load(path) for path in DASHBOARDS}
    assert alerts == [1, *load(GRAFANA / "alerts" / "hushgate.yaml")["groups"]]
    assert rules == [2, *load(GRAFANA / "rules" / "hushgate.yaml")["groups"]]


@pytest.mark.parametrize("path", BOARDS)
def test_every_datasource_is_the_variable(path: Path) -> None:
    board = load(path)
    names = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert names["datasource"]["type"] == "datasource"
    assert names["datasource"]["query"] == "prometheus"
    assert all(each == DATASOURCE for each in _values(board, "datasource"))
    # An export's inputs would be "not found" when provisioned.
    assert "__inputs" not in board
    assert "DS_PROMETHEUS" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BOARDS)
def test_the_file_can_be_provisioned(path: Path) -> None:
    board = load(path)
    assert board["uid"] == f"hushgate-{path.stem}"
    assert (board["id"], board["editable"]) == (None, False)


@pytest.mark.parametrize("path", BOARDS)
def test_panels_do_not_overlap_and_stay_on_the_page(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in load(path)["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


@pytest.mark.parametrize("path", BOARDS)
def test_panels_explain_themselves(path: Path) -> None:
    panels = load(path)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"].endswith((".", "?"))
        unit = panel["fieldConfig"]["defaults"].get("unit") or panel["options"]["yAxis"]["unit"]
        assert unit


@pytest.mark.parametrize("path", BOARDS)
def test_no_data_is_not_green(path: Path) -> None:
    """Without a value a number has the color of its lowest threshold, or Grafana's: green."""
    for panel in load(path)["panels"]:
        if panel["type"] == "stat":
            lowest = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]
            assert "green" not in lowest["color"], panel["title"]


@pytest.mark.parametrize("path", BOARDS)
def test_queries_keep_gateways_apart_and_follow_the_zoom(path: Path) -> None:
    for title, target in targets(path):
        expr = target["expr"]
        assert expr.count("{") == expr.count('{job=~"$job", instance=~"$instance"'), title
        assert not any(f"[{fixed}" in expr for fixed in "123456789"), title


@pytest.mark.parametrize("path", BOARDS)
def test_links_lead_to_dashboards_that_exist(path: Path) -> None:
    uids = {load(other)["uid"] for other in DASHBOARDS}
    for url in _values(load(path), "url"):
        assert not url or url.split("?")[0].removeprefix("/d/") in uids


def test_provisioning_points_to_where_compose_puts_the_files() -> None:
    compose = load(GRAFANA.parent / "compose.yaml")["services"]
    mounts = dict(volume.split(":")[:2] for volume in compose["grafana"]["volumes"])
    (provider,) = load(GRAFANA / "provisioning" / "dashboards" / "hushgate.yaml")["providers"]
    assert mounts["./grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"
    (source,) = load(GRAFANA / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]
    assert (
        f"--web.listen-address={source['url'].removeprefix('http://')}"
        in (compose["prometheus"]["command"])
    )
    home = Path(compose["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert home.name in {path.name for path in DASHBOARDS}
    assert {provisioned["apiVersion"] for provisioned in _provisioning()} == {1}


@pytest.mark.parametrize("service", ["hushgate", "prometheus", "grafana"])
def test_what_compose_mounts_is_in_the_repository_or_a_named_volume(service: str) -> None:
    compose = load(GRAFANA.parent / "compose.yaml")
    for volume in compose["services"][service]["volumes"]:
        source = volume.split(":")[0]
        assert source in compose["volumes"] or (GRAFANA.parent / source).exists(), volume


def test_the_prometheus_of_compose_scrapes_hushgate_and_reads_every_rule() -> None:
    root = GRAFANA.parent
    config = load(root / "deploy" / "prometheus" / "prometheus.yml")
    (job,) = config["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [GatewaySettings().listen]
    mounts = dict(
        volume.split(":")[:2]
        for volume in load(root / "compose.yaml")["services"]["prometheus"]["volumes"]
    )
    for pattern in config["rule_files"]:
        folder = pattern.partition("/")[0]
        assert mounts[f"./grafana/{folder}"] == f"/etc/prometheus/{folder}"
        assert list((GRAFANA / folder).glob("*.yaml"))


def _provisioning() -> list[Any]:
    return [load(path) for path in (GRAFANA / "provisioning").rglob("*.yaml")]


@pytest.mark.parametrize("path", BOARDS)
def test_no_key_is_unknown_to_grafana(path: Path) -> None:
    """A round trip through Grafana's own types drops keys that are typing mistakes."""
    reason = "grafana-foundation-sdk is not installed"
    dashboard = pytest.importorskip("grafana_foundation_sdk.models.dashboard", reason=reason)
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder", reason=reason)
    board = load(path)
    back = json.loads(encoder.JSONEncoder().encode(dashboard.Dashboard.from_json(board)))
    assert sorted(_keys(board) - _keys(back)) == []


def _values(value: Any, key: str) -> list[Any]:
    """Give every value of a key, wherever it stands."""
    if isinstance(value, list):
        return [found for each in value for found in _values(each, key)]
    if not isinstance(value, dict):
        return []
    here = [value[key]] if key in value and value[key] is not None else []
    return here + [
        found for name, each in value.items() for found in _values(each, key) if name != key
    ]


def _keys(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {key for each in value for key in _keys(each, f"{path}[]")}
    if not isinstance(value, dict):
        return set()
    empty = (None, [], {}, "")
    return {
        key
        for name, each in value.items()
        if each not in empty
        for key in {f"{path}.{name}", *_keys(each, f"{path}.{name}")}
    }
