"""The owner's socket: questions are answered, nonsense is refused, absence is explained."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters import control
from hushgate.adapters.asking import SOCKET_NAME, ask
from hushgate.core.errors import RequestError, UnavailableError


@pytest.fixture
async def runtime_dir(tmp_path: Path) -> AsyncIterator[Path]:
    """Where a gateway answers that knows one question."""

    async def answer(request: dict[str, Any]) -> Any:
        if request.get("command") == "status":
            return {"protecting": True}
        if request.get("command") == "override":
            raise UnavailableError("overrides.json cannot be written: No space left on device")
        raise RequestError("unknown request")

    server = await control.serve(tmp_path / SOCKET_NAME, answer)
    yield tmp_path
    server.close()


async def test_question_is_answered(runtime_dir: Path) -> None:
    answer = await asyncio.to_thread(ask, runtime_dir, {"command": "status"})
    assert answer == {"protecting": True}


async def test_refused_request_says_why(runtime_dir: Path) -> None:
    with pytest.raises(RequestError, match="unknown request"):
        await asyncio.to_thread(ask, runtime_dir, {"command": "dance"})


async def test_what_cannot_be_done_now_is_said_with_its_reason(runtime_dir: Path) -> None:
    with pytest.raises(RequestError, match="No space left"):
        await asyncio.to_thread(ask, runtime_dir, {"command": "override"})


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"\xff\xfe\n", id="no text"),
        pytest.param(b"[1, 2]\n", id="not an object"),
        pytest.param(b"{\n", id="broken JSON"),
    ],
)
async def test_nonsense_is_refused_and_the_next_question_answered(
    runtime_dir: Path, line: bytes
) -> None:
    reader, writer = await asyncio.open_unix_connection(runtime_dir / SOCKET_NAME)
    writer.write(line + b'{"command": "status"}\n')
    assert "error" in json.loads(await reader.readline())
    assert json.loads(await reader.readline()) == {"ok": {"protecting": True}}
    writer.close()


async def test_endless_line_is_cut_off(runtime_dir: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(runtime_dir / SOCKET_NAME)
    writer.write(b"x" * (2 * control.LINE_LIMIT))
    assert await reader.read() == b""
    writer.close()


def test_absent_gateway_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="start it: hushgate run"):
        ask(tmp_path, {"command": "status"})


def test_gateway_that_is_gone_is_said_too(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / SOCKET_NAME))
    with pytest.raises(UnavailableError, match="does not run here"):
        ask(tmp_path, {"command": "status"})
