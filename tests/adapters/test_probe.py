"""Asking devices: what they answer, and what they may try instead."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from hushgate.adapters import probe
from hushgate.adapters.probe import LARGEST, ask_device
from hushgate.core.inquiry import Question, Way

type Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
DEVICE_IP = "127.0.0.2"
"""Another address than the one we ask from."""


@asynccontextmanager
async def device(behavior: Behavior, host: str = DEVICE_IP) -> AsyncIterator[Question]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behavior(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Question("f8:0f:f9:00:00:01", Way.UPNP, host, port, "/d.xml")


def answering(answer: bytes) -> Behavior:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return behave


async def ask(behavior: Behavior, host: str = DEVICE_IP) -> bytes | None:
    async with device(behavior, host) as question:
        return await ask_device(question)


def test_the_body_of_a_good_answer_is_given() -> None:
    assert asyncio.run(ask(answering(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody"))) == b"body"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 404 No\r\n\r\nx", id="not found"),
        pytest.param(b"HTTP/1.1 302 Go\r\nLocation: http://10.0.0.1/\r\n\r\n", id="go elsewhere"),
        pytest.param(b"SSH-2.0-x\r\n\r\n", id="another protocol"),
        pytest.param(b"\r\n\r\n", id="no head"),
    ],
)
def test_anything_else_is_no_answer(answer: bytes) -> None:
    assert asyncio.run(ask(answering(answer))) is None


def test_an_endless_answer_is_cut() -> None:
    body = asyncio.run(ask(answering(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(4 * LARGEST))))
    assert body is not None
    assert len(body) < LARGEST


def test_a_silent_device_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PATIENCE", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    assert asyncio.run(ask(silent)) is None


def test_the_gateway_itself_is_not_asked() -> None:
    requests: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.read())

    assert asyncio.run(ask(listen, "127.0.0.1")) is None
    assert not any(requests)


def test_nobody_there_is_no_answer() -> None:
    question = Question("f8:0f:f9:00:00:01", Way.CAST_TLS, DEVICE_IP, 9, "/")
    assert asyncio.run(ask_device(question)) is None
