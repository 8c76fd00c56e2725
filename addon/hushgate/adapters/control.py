"""The owner's socket, the gateway's side: one JSON object a line asks, one a line answers.

An answer is either ``{"ok": ...}`` or ``{"error": "a sentence"}``. Who asks is adapters/asking.py.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hushgate.core.errors import RequestError, UnavailableError

_log = logging.getLogger(__name__)

LINE_LIMIT: Final = 64 << 10

Answer = Callable[[dict[str, Any]], Awaitable[Any]]


async def serve(path: Path, answer: Answer) -> asyncio.Server:
    """Listen for the owner's requests; the socket is for root and its group."""
    _make_room(path)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _reply(line, answer)).encode() + b"\n")
                await writer.drain()
        except (ValueError, OSError) as error:
            _log.info("request cut short error=%r", error)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(handle, path, limit=LINE_LIMIT)
    _grant(path)
    return server


def _make_room(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


def _grant(path: Path) -> None:
    path.chmod(0o660)


async def _reply(line: bytes, answer: Answer) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise RequestError("a request is a JSON object")
        return {"ok": await answer(request)}
    except (ValueError, UnavailableError) as error:
        return {"error": str(error)}
