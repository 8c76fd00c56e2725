"""/metrics beside the addon's event loop: Starlette served by uvicorn."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Expose = Callable[[str | None], tuple[str, bytes]]
"""The Accept header to content type and body; called in a thread, so that no decision waits."""


class _Server(uvicorn.Server):
    """Leaves signals to the process it is part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_app(expose: Expose) -> Starlette:
    """Return the application."""

    async def metrics(request: Request) -> Response:
        content_type, body = await asyncio.to_thread(expose, request.headers.get("accept"))
        return Response(body, headers={"content-type": content_type})

    return Starlette(routes=[Route("/metrics", metrics)])


async def serve_page(listen: str, expose: Expose) -> None:
    """Serve until cancelled; `listen` is ``address:port``."""
    host, _, port = listen.rpartition(":")
    config = uvicorn.Config(
        make_app(expose),
        host=host.strip("[]"),
        port=int(port),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    await _Server(config).serve()
