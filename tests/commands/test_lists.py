"""`hushgate lists`: its actions and their help."""

import json
from pathlib import Path

import pytest

from tests.commands.listcommand import Run, list_command

ACTIONS = ["add", "remove", "enable", "disable", "update", "check", "why", "edit", "undo", "export"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return list_command(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("action", [*ACTIONS, ""])
def test_every_action_has_help(run: Run, action: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*filter(None, (action, "--help")))
    assert stopped.value.code == 0


def test_without_an_action_all_lists_are_shown(run: Run) -> None:
    status, out, _ = run()
    assert status == 0
    heading, *lines = out.splitlines()
    assert heading.split() == ["list", "entries", "for", "from"]
    assert lines[0].startswith("own ")
    rows = json.loads(run("--json")[1])
    assert len(rows) == len(lines)
    assert rows[0] == {
        "id": "own",
        "location": rows[0]["location"],
        "for": "every device",
        "entries": 0,
        "kind": "block",
        "checked": None,
        "problem": None,
    }


@pytest.mark.parametrize("action", ["check", "why"])
def test_json_may_stand_on_either_side_of_the_action(run: Run, tmp_path: Path, action: str) -> None:
    (tmp_path / "list.txt").write_text("a.example\n")
    word = str(tmp_path / "list.txt") if action == "check" else "a.example"
    assert run("--json", action, word) == run(action, word, "--json")
    assert json.loads(run("--json", action, word)[1])


def test_places_may_stand_on_either_side_of_the_action(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.example\n")
    elsewhere = tmp_path / "elsewhere"
    assert run("add", tmp_path / "list.txt", "--state-dir", elsewhere)[0] == 0
    assert "list:1" in run("--state-dir", elsewhere, "why", "a.example")[1]
    assert "no list speaks of it" in run("why", "a.example")[1]


def test_an_unknown_action_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("frobnicate")
    assert "invalid choice" in capsys.readouterr().err
