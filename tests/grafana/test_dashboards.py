"""The dashboards' files: what Grafana and its linter ask for."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.dashboards.boards import render
from tests.grafana.panels import DASHBOARDS, GRAFANA, load, targets

BOARDS = [pytest.param(path, id=path.stem) for path in DASHBOARDS]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def test_the_files_are_what_their_source_gives() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS}
    assert files == render(), "run: python -m scripts.dashboards"


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
    for folder in mounts:
        assert not folder.startswith("./") or (GRAFANA.parent / folder).is_dir()


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
