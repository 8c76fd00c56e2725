"""The questions of `hushgate lists`, as people and programs ask them."""

import gzip
import json
from pathlib import Path

import pytest

from tests.commands.listcommand import Run, list_command

KEYS = [
    "format",
    "meaning",
    "entries",
    "exact",
    "suffix",
    "regex",
    "exceptions",
    "duplicates",
    "invalid",
    "ignored",
    "examples",
    "refused",
]
CONFIG = """\
schema_version: 1
house: {zone: UTC}
speakers:
  kitchen: {mac: fc:65:de:10:00:01, vendor: amazon, lists: [mine]}
  bedroom: {mac: fc:65:de:10:00:02, vendor: amazon}
lists:
  mine: LOCATION
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return list_command(tmp_path, monkeypatch, capsys)


@pytest.fixture
def trackers(tmp_path: Path) -> Path:
    path = tmp_path / "trackers.txt"
    path.write_text("# Syntax: Domains (without subdomains)\na.example\nb.example # why\n")
    return path


def test_check_prints_the_agreed_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.txt.gz"
    path.write_bytes(
        gzip.compress(b"||a.example^\n@@||b.example^\n||c^$script\n/(/\n||a.example^\n")
    )
    status, out, _ = run("check", "--json", path)
    data = json.loads(out)
    assert status == 0
    assert list(data) == KEYS
    assert data["examples"] == [
        {"line": 3, "text": "||c^$script", "problem": 'modifier "script" is not for names'},
        {"line": 4, "text": "/(/", "problem": 'not a usable expression: "(" is never closed'},
    ]
    assert [data[key] for key in KEYS[:10]] == ["adblock", "suffix", 2, 0, 1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"<html>", "is an HTML page, not a list", id="an HTML page"),
        pytest.param(
            gzip.compress(b"a.example\n" * 99)[:-9], "ends too early", id="truncated gzip"
        ),
        pytest.param(b"", "holds no entry", id="nothing"),
    ],
)
def test_check_says_why_a_list_is_refused(
    run: Run, tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "list"
    path.write_bytes(data)
    status, out, _ = run("check", path, "--json")
    assert status == 1
    assert reason in json.loads(out)["refused"]
    assert reason in run("check", path)[1]


def test_check_shows_the_choice_the_groups_and_what_would_break(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("guzzoni.apple.com\nmetrics.apple.com\nbad line here!\n")
    status, out, _ = run("check", path)
    assert status == 0
    assert "exact names, because nothing says they cover more" in out
    assert "--meaning suffix" in out
    assert "most: apple.com 2" in out
    assert "voice of apple: it hears you no more" in out
    assert "line 3: bad line here!" in out
    assert json.loads(run("check", path, "--json", "--meaning", "suffix")[1])["suffix"] == 2


def test_check_of_no_file_is_an_error(run: Run, tmp_path: Path) -> None:
    status, _, err = run("check", tmp_path / "missing")
    assert status == 2
    assert "there is no such file" in err
    status, _, err = run("check", tmp_path)
    assert status == 2
    assert "is not a file" in err


def test_lists_of_the_configuration_are_changed_there(
    run: Run, tmp_path: Path, trackers: Path
) -> None:
    (tmp_path / "hushgate.yaml").write_text(CONFIG.replace("LOCATION", str(trackers)))
    assert "note: mine is not in force: was never fetched" in run("why", "a.example")[2]
    assert run("update")[0] == 0
    _, out, _ = run("why", "a.example")
    assert out == (
        "kitchen: a.example is refused by mine:2  a.example\n"
        "bedroom: a.example passes; no list speaks of it\n"
    )
    for action in ("remove", "disable"):
        status, _, err = run(action, "mine")
        assert status == 2
        assert "comes from the configuration" in err
    status, _, err = run("why", "a.example", "--device", "kitchn")
    assert status == 2
    assert "kitchen" in err


def test_a_list_without_content_cannot_be_exported(run: Run) -> None:
    status, _, err = run("export")
    assert (status, "no content" in err) == (1, True)


def test_international_names_are_asked_for_in_both_forms(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("||bücher.example^\n")
    run("add", path)
    for name in ("bücher.example", "xn--bcher-kva.example", "WWW.Bücher.example"):
        assert "is refused by list:1" in run("why", name)[1]
