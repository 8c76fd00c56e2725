"""The owner's socket: one JSON object a line asks, one JSON object a line answers.

Used by the commands that speak to a running gateway. An answer is either ``{"ok": ...}`` or
``{"error": "a sentence"}``.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hushgate.core.errors import RequestError, UnavailableError

_log = logging.getLogger(__name__)

SOCKET_NAME: Final = "control.sock"
PATIENCE: Final = 10.0
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


def ask(runtime_dir: Path, request: dict[str, Any]) -> Any:
    """Ask the running gateway something and return its answer.

    Raises:
        UnavailableError: No gateway runs there, or it does not answer.
        RequestError: It refuses the request.
    """
    path = runtime_dir / SOCKET_NAME
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(str(path))
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("rb") as lines:
                reply = json.loads(lines.readline())
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise UnavailableError(
            f"hushgate does not run here ({path}); start it: hushgate run"
        ) from error
    except PermissionError as error:
        raise UnavailableError(f"no right to speak to hushgate ({path}); try as root") from error
    except (OSError, ValueError) as error:
        raise UnavailableError(f"hushgate does not answer ({path}): {error}") from error
    if "error" in reply:
        raise RequestError(reply["error"])
    return reply["ok"]
