"""What the command line says of itself, and how it answers a word that it does not know."""

import importlib
import shlex
import sys

import pytest

from hushgate.cli import COMMANDS, Command, main
from hushgate.commands.examples import EXAMPLES
from hushgate.commands.terminal import say


def test_each_command_has_examples_and_each_example_its_command() -> None:
    assert list(EXAMPLES) == [command.name for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_example_is_understood_and_shown_in_the_help(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    module = importlib.import_module(f"hushgate.commands.{command.module}")
    monkeypatch.setattr(module, "run", lambda args: 0)
    with pytest.raises(SystemExit):
        main([command.name, "--help"])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    for example in EXAMPLES[command.name]:
        assert f"\n  hushgate {example}\n" in shown
        words = shlex.split(example.partition(" > ")[0], comments=True)
        assert words[0] == command.name
        assert main(words) == 0


def test_a_word_that_is_no_command_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["stauts"])
    assert stopped.value.code == 2
    assert 'there is no command "stauts"; nearest: "status"' in capsys.readouterr().err


def test_without_a_word_the_help_is_shown_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "open-everything" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("run --simulate adon-down", 'nearest: "addon-down"'),
        ("lists check --format nothing x", "expected one of: hosts, domains, "),
        ("ruleset --queue yes", "expected one of: nft, xt, none"),
    ],
)
def test_a_word_that_an_option_does_not_know_gets_those_it_knows(
    line: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(line.split())
    assert stopped.value.code == 2
    assert hint in capsys.readouterr().err


LONG = "  kitchen  voice blocked until Tue 07:00 (9h left)"


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [
        pytest.param(
            True,
            "  kitchen  voice blocked until\n           Tue 07:00 (9h left)\n",
            id="a terminal: wrapped",
        ),
        pytest.param(False, f"{LONG}\n", id="a program: one line"),
    ],
)
def test_a_long_line(
    is_terminal: bool,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    say(LONG, hang=11)
    assert capsys.readouterr().out == shown
