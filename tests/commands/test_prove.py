"""`hushgate prove`: what it says of a gateway that answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters import control
from hushgate.adapters.asking import SOCKET_NAME
from hushgate.cli import main


class Gateway:
    """Answers as a gateway does whose speaker is spoken to after the second look."""

    def __init__(self) -> None:
        self.voice = "block"
        self.said = 60_000
        self.looks = 0

    async def answer(self, request: dict[str, Any]) -> Any:
        assert request == {"command": "upload", "device": "kitchen"}
        self.looks += 1
        said = self.said if self.looks > 2 else 0
        return {
            "name": "Kitchen",
            "voice": self.voice,
            "rule": "outside its hours",
            "came": 1_000 + said,
            "let_go": 1_000,
            "held": said if self.looks == 3 else 0,
            "sent": {"tcp kitchen > cloud": 1_500},
        }


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway()
    server = await control.serve(tmp_path / SOCKET_NAME, gateway.answer)
    yield gateway
    server.close()


async def prove(tmp_path: Path, *options: str) -> int:
    arguments = ["prove", "kitchen", "--seconds", "1", "--runtime-dir", str(tmp_path), *options]
    return await asyncio.to_thread(main, arguments)


async def test_what_was_said_and_stopped_is_proven(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await prove(tmp_path, "--keep", str(tmp_path / "shape.json")) == 0
    out = capsys.readouterr().out
    assert out.startswith("Say something to Kitchen now")
    assert "Proven: 60,000 bytes were kept back as speech" in out
    kept = json.loads((tmp_path / "shape.json").read_text())
    assert {key for look in kept["looks"] for key in look} == {"seconds", "came", "held", "let_go"}


async def test_silence_proves_nothing(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.said = 0
    assert await prove(tmp_path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["proven"] is False


async def test_an_open_hour_has_nothing_to_prove(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.voice = "allowed"
    assert await prove(tmp_path) == 1
    assert "hushgate block kitchen 5m" in capsys.readouterr().err


async def test_a_shape_that_could_not_be_kept_is_refused_before_anybody_speaks(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await prove(tmp_path, "--keep", str(tmp_path / "away" / "shape.json")) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{tmp_path / 'away'} is no folder" in said.err
    assert gateway.looks == 1
