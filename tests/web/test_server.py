"""The page of numbers: what scrapers get, and what happens when its address cannot be had."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from hushgate.adapters.tasks import spawn
from hushgate.web.server import Page

ADDRESS = "127.91.8.1"
"""An address of the loopback that nobody else takes ports of."""
PATIENCE = 60.0
"""Seconds; only a test that fails waits so long."""
PAGE = b"hushgate_addon_up 1.0\n" * 1000


def expose(accept: str | None) -> tuple[str, bytes]:
    """Stand for the exporter: the type tells what was asked for."""
    return f"text/plain; asked={accept}", PAGE


@contextlib.asynccontextmanager
async def served(page: Page) -> AsyncIterator[None]:
    task = spawn(page.serve(), "page")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def get(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(url, headers=asked), timeout=60) as answer:
        return dict(answer.headers), answer.read()


async def refused(page: Page) -> str:
    """Wait until the page says why it is not served."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if page.error is not None:
                return page.error
            await asyncio.sleep(0.01)


async def ask(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """Ask until somebody listens."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await asyncio.to_thread(get, url, **headers)
            except URLError as error:
                if not isinstance(error.reason, ConnectionRefusedError):
                    raise
                await asyncio.sleep(0.01)


async def test_a_scraper_gets_what_it_asks_for() -> None:
    url = f"http://{ADDRESS}:9108/metrics"
    async with served(Page(f"{ADDRESS}:9108", expose)):
        headers, body = await ask(url, Accept="application/openmetrics-text")
    assert headers["content-type"] == "text/plain; asked=application/openmetrics-text"
    assert "content-encoding" not in headers
    assert body == PAGE


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param("gzip", id="as Prometheus asks"),
        pytest.param("br, GZIP;q=0.8", id="among others"),
    ],
)
async def test_it_is_compressed_for_whoever_accepts_that(accepted: str) -> None:
    async with served(Page(f"{ADDRESS}:9109", expose)):
        headers, body = await ask(f"http://{ADDRESS}:9109/metrics", Accept_Encoding=accepted)
    assert headers["content-encoding"] == "gzip"
    assert len(body) < len(PAGE) / 10
    assert gzip.decompress(body) == PAGE


async def test_a_port_that_is_taken_is_said_and_had_as_soon_as_it_is_free() -> None:
    page = Page(f"{ADDRESS}:9110", expose, retry=0.01)
    with socket.create_server((ADDRESS, 9110)) as other:
        async with served(page):
            assert await refused(page) == f"{ADDRESS}:9110: Address already in use"
            other.close()
            _, body = await ask(f"http://{ADDRESS}:9110/metrics")
    assert (page.error, body) == (None, PAGE)


async def test_an_interface_that_is_not_up_yet_is_waited_for() -> None:
    page = Page("[2001:db8::1]:9108", expose, retry=0.01)
    async with served(page):
        assert await refused(page) == "[2001:db8::1]:9108: Cannot assign requested address"
