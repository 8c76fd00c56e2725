"""The commands that read and change the configuration, as their users call them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hushgate.adapters import catalogue
from hushgate.cli import main

EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, and a state folder, where the commands look for them."""
    path = tmp_path / "hushgate.yaml"
    path.write_text(EXAMPLE.read_text())
    monkeypatch.setenv("HUSHGATE_CONFIG", str(path))
    monkeypatch.setenv("HUSHGATE_STATE_DIR", str(tmp_path / "state"))
    return path


def test_check_says_what_the_file_means(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(config)]) == 0
    out = capsys.readouterr().out
    assert f"{config} is valid: 4 speakers, clock of Europe/Berlin" in out
    assert "mon-fri 07:00-22:00 and sat-sun 09:00-23:00, otherwise blocked" in out
    assert "note: office is NOT protected (outside: observe)" in out


def test_check_for_programs(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["valid"], answer["complaints"]) == (True, [])
    assert [speaker["id"] for speaker in answer["speakers"]] == [
        "kitchen",
        "bedroom",
        "living-room",
        "office",
    ]


def test_check_says_what_is_wrong_with_the_catalogue(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = config.parent / "catalogue"
    spoiled.mkdir()
    (spoiled / "amazon.yaml").write_text("vendor: amazon\nendpoint: []\n")
    monkeypatch.setattr(catalogue, "packaged_path", lambda name: spoiled)
    assert main(["check", str(config)]) == 0
    assert "amazon.yaml:1:1: not a catalogue" in capsys.readouterr().out
    assert main(["check", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any("the catalogue that came with hushgate is spoiled" in note for note in notes)


def test_check_lists_every_complaint_and_fails(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(
        config.read_text().replace("outside: ", "outsid: ").replace("Berlin", "Berln")
    )
    assert main(["check", str(config)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"{config}:") for line in lines)
    assert main(["check", str(config), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["valid"], len(answer["complaints"])) == (False, 4)
    assert answer["complaints"][0]["message"].endswith('nearest: "Europe/Berlin"')


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            ("mac: fc:65:de:10:00:01", "addresses: [10.0.0.1]"), "by its address", id="mac"
        ),
        pytest.param(
            ("outside: block", "outside: block\n  exceptions: {2020-01-01: closed}"),
            "every exception of kitchen is over since 2020-01-01",
            id="exceptions that are over",
        ),
        pytest.param(
            ("\nspeakers:\n", "\nlists: {mine: /nowhere/mine.txt}\nspeakers:\n"),
            "list mine: there is no file /nowhere/mine.txt",
            id="a list that is not there",
        ),
    ],
)
def test_check_notes_what_is_worth_a_second_look(
    config: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    config.write_text(config.read_text().replace(*change))
    assert main(["check"]) == 0
    assert said in capsys.readouterr().out


def test_explain_at_a_moment(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--device", "kitchen", "--at", "2026-11-01 23:30"]) == 0
    out = capsys.readouterr().out
    assert "Kitchen Echo, sun 2026-11-01 23:30: voice is blocked until mon 2026-11-02 07:00" in out


def test_explain_for_programs(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "--device", "Office Echo", "--at", "2026-11-01 23:30", "--json"]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["device"], answer["voice"]) == ("office", "observe")
    assert answer["until"] == "2026-11-02T07:00:00+01:00"


def test_explain_towards_an_endpoint_asks_catalogue_and_lists(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = config.parent / "state" / "lists"
    lists.mkdir(parents=True)
    (lists / "own.txt").write_text("! mine\n||device-metrics-us.amazon.com^\n")
    question = ["explain", "--device", "kitchen", "--to"]
    assert main([*question, "device-metrics-us.amazon.com"]) == 0
    out = capsys.readouterr().out
    assert "(telemetry)" in out
    assert "lists: own:2 refuses it: ||device-metrics-us.amazon.com^" in out
    assert "so it is refused at all hours" in out
    assert main([*question, "nobody.example"]) == 0
    out = capsys.readouterr().out
    assert "endpoint nobody.example: not in the catalogue" in out
    assert "lists: none speaks of it" in out


def test_overrides_on_disk_are_in_every_answer(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = config.parent / "state"
    state.mkdir()
    row = {
        "id": "1",
        "device": None,
        "wish": "block",
        "since": "2026-11-01T00:00:00+00:00",
        "until": "2199-01-01T00:00:00+00:00",
        "by": "anna",
    }
    (state / "overrides.json").write_text(json.dumps({"overrides": [row]}))
    assert main(["explain", "--device", "kitchen", "--at", "2026-12-01 12:00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "override-closed"
    assert main(["windows", "kitchen", "--at", "2198-12-31 00:00"]) == 0
    said = "for a while: all speakers blocked by anna until tue 2199-01-01 01:00 (1d1h left)"
    assert said in capsys.readouterr().out
    assert main(["windows", "--json", "kitchen"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["open"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "--device", "kitchn"], 'there is no speaker "kitchn"; nearest: "kitchen"'),
        (["windows", "kitchn"], 'nearest: "kitchen"'),
        (["windows", "--at", "snu 22:30"], '--at: "snu" is not a day; nearest: "sun"'),
    ],
)
def test_a_word_that_is_not_known_is_answered_with_the_nearest(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_windows_draws_the_week(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["windows", "kitchen", "--week", "--at", "2026-11-05 12:00"]) == 0
    lines = capsys.readouterr().out.splitlines()
    said = "voice is allowed until thu 2026-11-05 22:00 (10h left)"
    assert lines[1] == f"  Kitchen Echo, thu 2026-11-05 12:00: {said}"
    assert lines[3].startswith("  thu 05.11. ")
    assert len([line for line in lines if ".11. " in line]) == 7


def test_windows_as_spans_and_as_svg(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["windows", "--week", "--json", "--at", "2026-11-05 12:00"]) == 0
    kitchen = json.loads(capsys.readouterr().out)[0]
    assert kitchen["open"][0] == {
        "start": "2026-11-05T07:00:00+01:00",
        "end": "2026-11-05T22:00:00+01:00",
        "paused": False,
    }
    assert len(kitchen["open"]) == 7
    assert main(["windows", "--svg"]) == 0
    ElementTree.fromstring(capsys.readouterr().out)


# --- changes ----------------------------------------------------------------------------------


def test_set_changes_one_line_and_undo_gives_the_bytes_back(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_text()
    assert main(["set", "office.outside", "delay"]) == 0
    assert config.read_text() == before.replace("outside: observe", "outside: delay")
    assert main(["undo", "--list"]) == 0
    assert "1. set speakers.office.outside to delay (" in capsys.readouterr().out
    assert main(["undo"]) == 0
    assert config.read_text() == before


@pytest.mark.parametrize(
    ("arguments", "old", "new"),
    [
        pytest.param(
            ["house.windows", "daily 08:00-20:00"],
            "    - mon-fri 07:00-22:00\n    - sat-sun 09:00-23:00\n",
            "    - daily 08:00-20:00\n",
            id="a list",
        ),
        pytest.param(
            ["house.windows", "[]"],
            "  windows:\n    - mon-fri 07:00-22:00\n    - sat-sun 09:00-23:00\n",
            "  windows: []\n",
            id="an empty list",
        ),
        pytest.param(
            ["house.zone", "Asia/Tokyo"], "zone: Europe/Berlin", "zone: Asia/Tokyo", id="zone"
        ),
        pytest.param(
            ["office.hard_edge", "true"],
            "    outside: observe\n",
            "    outside: observe\n    hard_edge: true\n",
            id="a switch",
        ),
    ],
)
def test_set_reads_values_as_the_file_would(
    config: Path, arguments: list[str], old: str, new: str
) -> None:
    before = config.read_text()
    assert main(["set", *arguments]) == 0
    assert config.read_text() == before.replace(old, new, 1)


def test_unset_lets_the_house_count_again(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["unset", "office.outside"]) == 0
    assert main(["explain", "--device", "office", "--at", "2026-11-01 23:30", "--json"]) == 0
    assert '"voice": "block"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set", "kitchn.outside", "delay"], 'nearest: "kitchen"'),
        (["set", "kitchen.outsde", "delay"], 'nearest: "outside"'),
        (["set", "kitchen.outside", "dealy"], 'nearest: "delay"'),
        (["set", "kitchen", "delay"], "names no key"),
        (["set", "kitchen.outside", "delay", "block"], "takes one value"),
        (["set", "bath.mac", "fc:65:de:10:00:01"], 'already belongs to "kitchen"'),
        (["unset", "kitchen.outside"], "there is no speakers.kitchen.outside to remove"),
        (["unset", "house.zone"], '"zone" is missing'),
        (["undo"], "there is no change to undo"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_written(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert config.read_text() == EXAMPLE.read_text()


def test_a_new_speaker_begins_with_its_hardware_address(config: Path) -> None:
    assert main(["set", "bath.mac", "fc:65:de:10:00:09"]) == 0
    assert main(["set", "bath.outside", "delay"]) == 0
    assert main(["check"]) == 0


def test_setting_what_is_set_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "office.outside", "observe"]) == 0
    assert "it was so already" in capsys.readouterr().out


def test_backup_and_restore(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup = config.parent / "home.tar.gz"
    assert main(["backup", str(backup)]) == 0
    assert main(["set", "office.outside", "block"]) == 0
    assert main(["restore", "--dry-run", str(backup)]) == 0
    out = capsys.readouterr().out
    assert f"changed  {config}" in out
    assert "nothing was written" in out
    assert main(["restore", str(backup)]) == 0
    assert config.read_text() == EXAMPLE.read_text()


def test_restore_refuses_what_is_no_backup(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(config)]) == 2
    assert "not a whole backup" in capsys.readouterr().err
