"""`hushgate status` for people: each thing is said once."""

from pathlib import Path
from typing import Any

import pytest

from hushgate.cli import main
from tests.commands.test_pending import gateway

FAR = "2199-01-01T00:00:00+00:00"
KITCHEN = {
    "id": "kitchen",
    "name": "Kitchen Echo",
    "voice": "allowed",
    "reason": "override-open",
    "rule": "Kitchen Echo allowed by anna until tue 2199-01-01 00:00",
    "until": FAR,
}


def status(folder: Path, device: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    answer = {
        "protecting": True,
        "problems": [],
        "warnings": [],
        "devices": [device],
        "held_bytes": 0,
    }
    with gateway(folder, lambda _: answer):
        assert main(["status", "--runtime-dir", str(folder)]) == 0
    return capsys.readouterr().out


def test_the_end_of_what_holds_for_a_while_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = " ".join(status(tmp_path, KITCHEN, capsys).split())
    assert said.endswith("left) (allowed by anna)")
    assert said.count("until") == 1


def test_the_end_of_it_is_said_where_voice_goes_on_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    longer = KITCHEN | {"until": "2199-01-02T00:00:00+00:00"}
    said = " ".join(status(tmp_path, longer, capsys).split())
    assert said.endswith("(allowed by anna until tue 2199-01-01 00:00)")
