"""The changes of `hushgate lists`: what is asked first, what is kept, what can be undone."""

import json
import stat
import sys
from pathlib import Path

import pytest

from tests.commands.listcommand import Run, list_command

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


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make an editor that appends a text and closes."""
    path = tmp_path / "editor"
    path.write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[1], 'a').write({text!r})\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(path))


def test_a_list_is_added_asked_about_switched_exported_and_removed(
    run: Run, trackers: Path
) -> None:
    assert run("add", trackers)[0] == 0
    assert "x.a.example is refused by trackers:2  a.example" in run("why", "x.a.example")[1]
    assert run("disable", "trackers", "--device", "kitchen")[0] == 0
    assert "trackers" in run()[1]
    assert "every device but kitchen" in run()[1]
    (answer,) = json.loads(run("why", "b.example", "--device", "bedroom", "--json")[1])
    assert answer == {
        "blocked": True,
        "list": "trackers",
        "line": 3,
        "entry": "||b.example^",
        "text": "b.example # why",
        "device": "bedroom",
        "name": "b.example",
    }
    assert "kitchen: b.example passes" in run("why", "b.example", "--device", "kitchen")[1]
    assert run("export", "trackers", "--format", "dnsmasq")[1] == (
        "local=/a.example/\nlocal=/b.example/\n"
    )
    assert run("remove", "trackers")[0] == 0
    assert "no list speaks of it" in run("why", "a.example")[1]
    assert run("undo", "--list")[1].splitlines() == [
        "remove trackers",
        "disable trackers for kitchen",
        "add trackers",
    ]
    assert run("undo")[1] == "taken back: remove trackers\n"
    assert "is refused" in run("why", "a.example", "--device", "bedroom")[1]
    for _ in range(2):
        assert run("undo")[0] == 0
    assert run("undo")[:2] == (1, "nothing to undo\n")


def test_a_list_that_would_break_the_voice_needs_consent(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "apple.txt"
    path.write_text("guzzoni.apple.com\n")
    status, out, err = run("add", path)
    assert status == 1
    assert "voice of apple" in out
    assert "--accept" in err
    assert "no list speaks" in run("why", "guzzoni.apple.com")[1]
    assert run("add", path, "--accept")[0] == 0
    assert "is refused by apple:1" in run("why", "guzzoni.apple.com")[1]


def test_a_vendor_that_is_not_in_the_house_needs_no_consent(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "apple.txt"
    path.write_text("guzzoni.apple.com\n")
    (tmp_path / "hushgate.yaml").write_text(CONFIG.replace("LOCATION", str(path)))
    assert run("add", path, "--name", "apple")[0] == 2  # it is there, under the other name
    path.with_name("other.txt").write_text("guzzoni.apple.com\n")
    assert run("add", path.with_name("other.txt"))[0] == 0


def test_an_update_brings_the_new_version_or_says_why_not(run: Run, trackers: Path) -> None:
    run("add", trackers)
    assert "unchanged" in run("update")[1]
    trackers.write_text("c.example\nd.example\n")
    status, out, _ = run("update", "trackers")
    assert (status, "updated  2 entries" in out) == (0, True)
    trackers.write_text("<html>")
    status, out, _ = run("update")
    assert status == 1
    assert "refused  2 entries: is an HTML page, not a list" in out
    assert "--accept" not in out
    assert "problem: is an HTML page" in run()[1]
    assert "is refused by trackers:1" in run("why", "c.example")[1]
    trackers.write_text("".join(f"host{number}.example\n" for number in range(20)))
    assert "all the same: --accept" in run("update")[1]


def test_a_shipped_list_is_switched_on_and_off(run: Run) -> None:
    rows = {row["id"]: row for row in json.loads(run("--json")[1])}
    assert rows["amazon-telemetry"]["for"] == "off"
    assert run("enable", "amazon-telemetry", "--device", "kitchen")[0] == 0
    name = "x.minerva.devices.a2z.com"
    assert "is refused by amazon-telemetry:" in run("why", name, "--device", "kitchen")[1]
    assert "passes" in run("why", name, "--device", "bedroom")[1]
    assert run("disable", "amazon-telemetry")[0] == 0
    assert "passes" in run("why", name, "--device", "kitchen")[1]
    assert run("enable", "amazon-telemetry")[0] == 0
    assert "is refused" in run("why", name, "--device", "bedroom")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("remove", "amazon-telemetri"), 'nearest: "amazon-telemetry"'),
        (("add", "/nowhere", "--name", "Not A Name"), "cannot be a name"),
        (("add", "/nowhere", "--name", "own"), "already"),
        (("why", "a..b"), "empty label"),
    ],
)
def test_mistakes_are_said_with_the_way_out(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert message in err


def test_the_owners_list_is_edited_checked_and_undone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "! mine\n||a.example^  # why\nbad line!\n")
    status, out, _ = run("edit")
    assert status == 0
    assert "1 invalid" in out
    assert run("export")[1].endswith("! mine\n||a.example^  # why\nbad line!\n")
    assert "is refused by own:" in run("why", "a.example")[1]
    assert run("undo")[0] == 0
    assert "passes" in run("why", "a.example")[1]


def test_an_edit_that_would_break_the_voice_needs_consent_and_is_not_lost(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "||guzzoni.apple.com^\n")
    status, out, err = run("edit")
    assert status == 1
    assert "voice of apple" in out
    kept = tmp_path / "state" / "lists" / "own.rejected.txt"
    assert str(kept) in err
    assert kept.read_text().endswith("||guzzoni.apple.com^\n")
    assert "passes" in run("why", "guzzoni.apple.com")[1]
    assert run("edit", "--accept")[0] == 0
    assert "is refused by own:" in run("why", "guzzoni.apple.com")[1]


def test_an_edit_without_a_change_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "true")
    assert run("edit")[:2] == (0, "nothing changed\n")
    assert run("undo")[0] == 1


@pytest.mark.parametrize(
    ("command", "message"), [("/no/such/editor", "cannot be started"), ("false", "status 1")]
)
def test_an_editor_that_fails_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    status, _, err = run("edit")
    assert (status, message in err) == (1, True)
