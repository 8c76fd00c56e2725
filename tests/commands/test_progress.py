"""The progress bar."""

import io
import sys

import pytest

from hushgate.commands.progress import ProgressBar


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_nothing_is_printed_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar("list") as bar:
        bar(50, 100)
    assert capsys.readouterr().err == ""


def test_a_bar_grows_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressBar("list") as bar:
        bar(50, 100)
        bar(50, 100)
        bar(2_000_000, None)
    steps = terminal.getvalue().split("\r")
    assert steps[1].rstrip() == f"list [{'#' * 15}{'.' * 15}]  50%"
    assert steps[2].rstrip() == "list 2.0 MB"
    assert steps[3].strip() == ""
