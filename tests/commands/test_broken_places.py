"""Whatever is wrong with the files a command needs, it says so in a sentence: every command."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hushgate.cli import COMMANDS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "hushgate.example.yaml"
STATE_FILES = ("ledger.sqlite", "overrides.json", "history.json", "household.json", "names.json")
WORKS = ("run", "gate", "addon", "shut", "cleanup", "open-everything")
"""These change the machine they run on."""


class Places(NamedTuple):
    """Where the files are that something is wrong with."""

    config: Path
    state: Path
    runtime: Path


def good(folder: Path) -> Places:
    places = Places(folder / "hushgate.yaml", folder / "state", folder / "run")
    places.config.write_bytes(EXAMPLE.read_bytes())
    places.state.mkdir()
    places.runtime.mkdir()
    return places


def absent(folder: Path) -> Places:
    return Places(folder / "none.yaml", folder / "no-state", folder / "no-run")


def swapped(folder: Path) -> Places:
    places = absent(folder)
    places.config.mkdir()
    places.state.write_text("a file")
    places.runtime.write_text("a file")
    return places


def secret(folder: Path) -> Places:
    places = good(folder)
    for path in places:
        path.chmod(0)
    return places


def secret_state(folder: Path) -> Places:
    places = good(folder)
    for name in STATE_FILES:
        (places.state / name).write_text("{}")
    places.state.chmod(0)
    return places


def full_of_directories(folder: Path) -> Places:
    places = good(folder)
    for name in (*STATE_FILES, "lists"):
        (places.state / name).mkdir()
    (places.runtime / "control.sock").mkdir()
    return places


def full_of_junk(folder: Path) -> Places:
    places = good(folder)
    places.config.write_bytes(b"\xff\x00junk")
    for name in (*STATE_FILES, "lists"):
        (places.state / name).write_bytes(b"\xff\x00{junk")
    (places.runtime / "control.sock").write_text("no socket")
    return places


def unwritable(folder: Path) -> Places:
    places = good(folder)
    places.state.chmod(0o500)
    places.runtime.chmod(0o500)
    places.config.chmod(0o400)
    folder.chmod(0o500)
    return places


def empty(folder: Path) -> Places:
    places = good(folder)
    places.config.write_bytes(b"")
    for name in STATE_FILES:
        (places.state / name).write_bytes(b"")
    return places


FAULTS = (
    pytest.param(absent, id="nothing is there"),
    pytest.param(swapped, id="files for directories and a directory for a file"),
    pytest.param(secret, id="nothing may be read"),
    pytest.param(secret_state, id="the state may not be read"),
    pytest.param(full_of_directories, id="directories for files in the state"),
    pytest.param(full_of_junk, id="no text in any file"),
    pytest.param(unwritable, id="nothing may be written"),
    pytest.param(empty, id="empty files"),
)


def commands(folder: Path) -> list[list[str]]:
    """Every command, some with files of their own that are as broken."""
    capture = str(folder / "capture.pcap")
    return [
        ["check"],
        ["status"],
        ["status", "--json"],
        ["prove", "kitchen", "--seconds", "1"],
        ["allow", "kitchen", "1m"],
        ["block", "kitchen"],
        ["pause", "kitchen"],
        ["pending"],
        ["resume", "kitchen"],
        ["windows"],
        ["windows", "--week"],
        ["explain", "--device", "kitchen"],
        ["explain", "--device", "kitchen", "--to", "alexa.example"],
        ["set", "kitchen.outside", "delay"],
        ["unset", "kitchen.windows"],
        ["undo"],
        ["undo", "--list"],
        ["backup", str(folder / "backup.tar.gz")],
        ["backup", str(folder)],
        ["restore", "--dry-run", str(folder / "none.tar.gz")],
        ["restore", str(folder)],
        ["restore", str(EXAMPLE)],
        ["log"],
        ["report"],
        ["report", "--html", str(folder)],
        ["ship", "--gateway", "here", "--once"],
        ["forget", "kitchen", "--yes"],
        ["lists"],
        ["lists", "check", str(folder / "none.txt")],
        ["lists", "check", str(folder)],
        ["lists", "add", str(folder / "none.txt")],
        ["lists", "add", str(folder)],
        ["lists", "enable", "amazon-telemetry"],
        ["lists", "why", "metrics.apple.com"],
        ["lists", "undo"],
        ["devices"],
        ["device", "set", "50:14:79:10:00:09", "--not-speaker"],
        ["endpoints", "kitchen"],
        ["replay", capture],
        ["replay", str(folder)],
        ["identify", capture],
        ["identify", str(folder)],
        ["evaluate", capture],
        ["ruleset"],
        ["ruleset", "--diff"],
        ["doctor"],
    ]


def test_every_command_is_asked(tmp_path: Path) -> None:
    asked = {words[0] for words in commands(tmp_path)}
    assert asked == {command.name for command in COMMANDS} - set(WORKS)


def environment(places: Places) -> dict[str, str]:
    names = ("HUSHGATE_CONFIG", "HUSHGATE_STATE_DIR", "HUSHGATE_RUNTIME_DIR")
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} | dict(
        zip(names, map(str, places), strict=True)
    )


def ask_all(words: list[list[str]], places: Places) -> list[dict[str, Any]]:
    """Run commands as an ordinary user; return status, what was said and the traceback of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.commands.askall"],
        input=json.dumps(words),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(places),
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which anything may be forbidden; it can be removed afterwards."""
    yield tmp_path
    tmp_path.chmod(0o700)
    for path in tmp_path.iterdir():
        path.chmod(0o700)


@pytest.mark.parametrize("break_places", FAULTS)
def test_every_command_says_in_a_sentence_what_is_wrong(
    folder: Path, break_places: Callable[[Path], Places]
) -> None:
    words = commands(folder)
    answers = ask_all(words, break_places(folder))
    for command, answer in zip(words, answers, strict=True):
        said = f"{' '.join(command)}: {answer['said']}"
        assert not answer["trace"], f"{said}{answer['trace']}"
        assert "Errno" not in said
        assert "Traceback" not in said
        if answer["status"]:
            assert len(answer["said"].split()) > 3, said


def test_a_backup_without_what_may_not_be_read_is_not_made(folder: Path) -> None:
    backup = folder / "backup.tar.gz"
    [answer] = ask_all([["backup", str(backup)]], secret_state(folder))
    assert answer["status"] == 1
    assert "state cannot be read: no right" in answer["said"]
    assert not backup.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["run"], "cannot be read: it is a directory", id="run, a directory to read"),
        pytest.param(["shut"], "cannot be read: it is a directory", id="shut, a directory to read"),
        pytest.param(
            ["addon", "--config", str(EXAMPLE)], "a file is where a directory should be", id="addon"
        ),
        pytest.param(
            ["run", "--config", str(EXAMPLE)],
            "cannot be used: a file is where a directory should be",
            id="run, a file for the state",
        ),
        pytest.param(["gate"], "a file is where a directory should be", id="gate"),
    ],
)
def test_what_guards_the_speakers_does_not_start_without_its_places(
    folder: Path, words: list[str], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hushgate", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(swapped(folder)),
        check=False,
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
