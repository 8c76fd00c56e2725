"""/metrics beside the addon's event loop: Starlette served by uvicorn.

Rules. No speaker depends on this page: while its address cannot be had (another program's port, an
interface that is not up yet), that is said and tried again, and nothing else notices. What takes
long, writing the page and compressing it, is done in a thread, so that no decision waits.
"""

import asyncio
import contextlib
import gzip
import logging
import os
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from prometheus_client.exposition import gzip_accepted
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_log = logging.getLogger(__name__)

RETRY: Final = 2.0
"""Seconds until an address that cannot be had is tried again."""
_LEVEL: Final = 1
"""Of compression: a fifteenth of the page in a millisecond; the highest level saves little more."""

Expose = Callable[[str | None], tuple[str, bytes]]
"""The Accept header to content type and body; called in a thread."""


class _Server(uvicorn.Server):
    """Leaves signals to the process it is part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Page:
    """Serves /metrics at one address; `listen` is ``address:port``."""

    def __init__(self, listen: str, expose: Expose, *, retry: float = RETRY) -> None:
        self._listen = listen
        self._app = make_app(expose)
        self._retry = retry
        self.error: str | None = None
        """Why it is not served; None: it is, or is about to be."""

    async def serve(self) -> None:
        """Serve until cancelled."""
        listener = self._bound()
        while listener is None:
            await asyncio.sleep(self._retry)
            listener = self._bound()
        server = _Server(
            uvicorn.Config(
                self._app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        try:
            await server.serve([listener])
        finally:
            if server.started:  # uvicorn that is cancelled leaves its door open
                await server.shutdown([listener])
            listener.close()

    def _bound(self) -> socket.socket | None:
        """Take the address; None if it cannot be had now."""
        host, _, port = self._listen.rpartition(":")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, int(port)), family=family)
        except OSError as error:
            # create_server() puts the address into the text; what is shown has it already.
            why = os.strerror(error.errno) if error.errno is not None else str(error)
            if self.error is None:
                _log.error("metrics not served listen=%s error=%s", self._listen, why)
            self.error = f"{self._listen}: {why}"
            return None
        if self.error is not None:
            _log.warning("metrics served again listen=%s", self._listen)
            self.error = None
        return listener


def make_app(expose: Expose) -> Starlette:
    """Return the application."""

    async def metrics(request: Request) -> Response:
        asked = request.headers
        encodings = ", ".join(asked.getlist("accept-encoding"))
        return await asyncio.to_thread(_answer, expose, asked.get("accept"), encodings)

    return Starlette(routes=[Route("/metrics", metrics)])


def _answer(expose: Expose, accept: str | None, encodings: str) -> Response:
    content_type, body = expose(accept)
    headers = {"content-type": content_type, "vary": "accept, accept-encoding"}
    if gzip_accepted(encodings):
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return Response(body, headers=headers)
