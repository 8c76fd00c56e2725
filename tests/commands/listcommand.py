"""Calls `hushgate lists` in a house of its own, for tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hushgate.cli import main

type Run = Callable[..., tuple[int, str, str]]


def list_command(
    folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """A function that runs `hushgate lists` and gives its status and what it printed."""
    patch.setenv("HUSHGATE_STATE_DIR", str(folder / "state"))
    patch.setenv("HUSHGATE_CONFIG", str(folder / "hushgate.yaml"))

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main(["lists", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call
