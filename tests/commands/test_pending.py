"""`hushgate pending` against a gateway that has one or two utterances waiting."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters.asking import SOCKET_NAME
from hushgate.adapters.control import serve
from hushgate.cli import main

KITCHEN = {
    "id": 3,
    "device": "kitchen",
    "name": "Kitchen Echo",
    "since": "2026-11-24T02:59:52+01:00",
    "bytes": 41_230,
    "endpoint": "voice.example:443",
    "speech_seconds": 2.3,
    "expires_in": 12.0,
}
OFFICE = KITCHEN | {"id": 4, "device": "office", "name": "Office Echo"}


@contextmanager
def gateway(folder: Path, reply: Callable[[dict[str, Any]], Any]) -> Iterator[None]:
    """Answer at the control socket as long as the context lasts."""
    loop = asyncio.new_event_loop()

    async def answer(request: dict[str, Any]) -> Any:
        return reply(request)

    server = loop.run_until_complete(serve(folder / SOCKET_NAME, answer))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUSHGATE_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("waiting", "lines"),
    [
        pytest.param([], ["nothing waits for your answer"], id="nothing"),
        pytest.param(
            [KITCHEN],
            [
                "3. Kitchen Echo, 02:59:52: 2 s of speech, 41,230 bytes to voice.example:443;"
                " discarded in 12 s",
                "hushgate pending allow lets it go, pending refuse discards it;"
                " for a while: hushgate allow kitchen 10m",
            ],
            id="one",
        ),
    ],
)
def test_what_waits_is_listed_with_the_ways_to_answer(
    runtime: Path,
    capsys: pytest.CaptureFixture[str],
    waiting: list[dict[str, Any]],
    lines: list[str],
) -> None:
    with gateway(runtime, lambda request: waiting):
        assert main(["pending"]) == 0
        assert capsys.readouterr().out.splitlines() == lines
        assert main(["pending", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"pending": waiting}


def test_where_several_wait_the_hint_names_one(
    runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with gateway(runtime, lambda request: [KITCHEN, OFFICE]):
        assert main(["pending"]) == 0
    assert "hushgate pending allow 3 lets it go" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "request_", "said"),
    [
        (["allow", "3"], {"which": "3", "allow": True}, "let go: 3. Kitchen Echo"),
        (["refuse", "kitchen"], {"which": "kitchen", "allow": False}, "refused: 3. Kitchen Echo"),
        (["allow"], {"which": "", "allow": True}, "let go: 3."),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_an_answer_goes_to_the_gateway_and_comes_back_in_words(
    runtime: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    request_: dict[str, Any],
    said: str,
) -> None:
    asked: list[dict[str, Any]] = []

    def reply(request: dict[str, Any]) -> Any:
        asked.append(request)
        return {"allow": request["allow"], "answered": [KITCHEN]}

    with gateway(runtime, reply):
        assert main(["pending", *words]) == 0
    assert asked == [{"command": "answer", **request_}]
    assert capsys.readouterr().out.startswith(said)
