"""The documents as a newcomer walks them: each command is understood, each file is valid."""

import importlib
import json
import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

import pytest

from hushgate.cli import COMMANDS, main
from hushgate.config import load_config, parse_config
from hushgate.config_schema import Document
from hushgate.config_tree import read_tree

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config" / "hushgate.example.yaml"
PAGE = (ROOT / "docs" / "configure.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = [textwrap.dedent(text) for language, text in BLOCKS if language == "yaml"]
COMMAND_LINES = [
    line
    for language, text in BLOCKS
    if not language
    for line in text.splitlines()
    if line.startswith("hushgate ")
]
GATEWAY_NEEDED = ("allow", "block", "pause", "pending", "resume", "status", "device")
"""These ask a running gateway: here they are only understood."""


def whole(fragment: str) -> str:
    """A fragment of the page as a file: what is no section of its own belongs to the house."""
    document: Any = read_tree(EXAMPLE.read_text(), "").data
    part: Any = read_tree(fragment, "").data
    for key, value in part.items():
        section = document if key in Document.model_fields else document["house"]
        section[key] = {**document.get(key, {}), **value} if key == "house" else value
    return json.dumps(document)


@pytest.mark.parametrize("fragment", FILES, ids=lambda text: text.split(":")[0])
def test_each_file_of_the_page_is_valid(fragment: str, tmp_path: Path) -> None:
    (tmp_path / "holidays.ics").write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    parse_config(whole(fragment), tmp_path / "hushgate.yaml")


def test_the_file_of_the_readme_is_whole(tmp_path: Path) -> None:
    page = (ROOT / "README.md").read_text()
    [text] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert list(parse_config(text, tmp_path / "hushgate.yaml").policy.devices) == ["kitchen"]


def test_each_command_of_the_page_does_what_it_says_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "hushgate.yaml"
    config.write_text(EXAMPLE.read_text())
    monkeypatch.setenv("HUSHGATE_CONFIG", str(config))
    monkeypatch.setenv("HUSHGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        if command.name in GATEWAY_NEEDED:
            module = importlib.import_module(f"hushgate.commands.{command.module}")
            monkeypatch.setattr(module, "run", lambda args: 0)
    assert len(COMMAND_LINES) > 15
    for line in COMMAND_LINES:
        assert main(shlex.split(line, comments=True)[1:]) == 0, line
    load_config(config)
    assert capsys.readouterr().err == ""


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "grafana" / "README.md"]
TYPED = re.compile(
    r"^(?: {4})?(?:sudo |docker exec hushgate )?(?:\.venv/bin/)?hushgate (.+)$", re.MULTILINE
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_command_of_each_page_is_understood(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fenced = re.findall(r"^```(?:sh)?\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}.+$", page.read_text(), re.MULTILINE)
    for line in TYPED.findall("\n".join([*fenced, *indented])):
        words = shlex.split(line.partition(" > ")[0], comments=True)
        [command] = [each for each in COMMANDS if each.name == words[0]]
        module = importlib.import_module(f"hushgate.commands.{command.module}")
        monkeypatch.setattr(module, "run", lambda args: 0)
        assert main(words) == 0, line
