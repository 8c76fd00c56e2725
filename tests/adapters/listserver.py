"""A list server on loopback that behaves as badly as asked."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

type Behavior = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ListServer:
    """What it serves, by path, and what it was asked."""

    url: str = ""
    pages: dict[str, Behavior] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, behavior: Behavior) -> str:
        """Serve a path in some way; gives its address."""
        self.pages[path] = behavior
        return self.url + path


def answer(body: bytes, status: int = 200, **headers: str) -> Behavior:
    """An ordinary answer."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def stream(chunks: Callable[[threading.Event], Iterator[bytes]]) -> Behavior:
    """A body without a length that is written until the client has enough or the test is over."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            for chunk in chunks(handler.server.over):  # type: ignore[attr-defined]
                handler.wfile.write(chunk)

    return behave


@contextlib.contextmanager
def list_server() -> Iterator[ListServer]:
    """A server for the time of a test."""
    state = ListServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, dict(self.headers)))
            state.pages.get(self.path, answer(b"not here", 404))(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join(5)
