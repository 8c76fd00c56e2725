"""A real Prometheus that scrapes an exporter of this process, on loopback."""

import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import ports
from tests.grafana.panels import GRAFANA

type Expose = Callable[[str | None], tuple[str, bytes]]

_CONFIG = """
global: {{scrape_interval: 250ms, evaluation_interval: 1s}}
rule_files: ['{grafana}/alerts/*.yaml', '{grafana}/rules/*.yaml']
scrape_configs:
  - job_name: hushgate
    static_configs: [{{targets: ['{target}'], labels: {{instance: home}}}}]
"""
_PATIENCE = 60.0


class Prometheus:
    """Asks a running server."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, path: str, **parameters: str) -> Any:
        """Give the data of an API call."""
        query = urllib.parse.urlencode(parameters)
        url = f"http://{self._address}/api/v1/{path}?{query}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)["data"]

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Give the series of an expression now."""
        return list(self.ask("query", query=expr)["result"])

    def query_range(self, expr: str, seconds: float) -> list[dict[str, Any]]:
        """Give the series of an expression over the last seconds."""
        end = time.time()
        times = {"start": str(end - seconds), "end": str(end), "step": "1"}
        return list(self.ask("query_range", query=expr, **times)["result"])

    def wait_for(self, expr: str) -> None:
        """Wait until an expression gives something."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self.query(expr):
                return
            time.sleep(0.2)
        raise AssertionError(f"no data within {_PATIENCE} s: {expr}")


@contextmanager
def scraped(expose: Expose, folder: Path) -> Iterator[Prometheus]:
    """Serve an exporter and run a Prometheus on it."""
    with serving(expose) as target:
        config = _CONFIG.format(grafana=GRAFANA, target=target)
        with running(config, folder, "--enable-feature=exemplar-storage") as address:
            yield Prometheus(address)


@contextmanager
def running(config: str, folder: Path, *options: str) -> Iterator[str]:
    """Run a Prometheus whose data lie in a folder, and give its address."""
    path = folder / "prometheus.yml"
    path.write_text(config, encoding="utf-8")

    def command(port: int) -> list[str]:
        places = [f"--config.file={path}", f"--storage.tsdb.path={folder / 'data'}"]
        return ["prometheus", *places, f"--web.listen-address=127.0.0.1:{port}", *options]

    with ports.serving(command, _is_ready, folder / "prometheus.log") as server:
        yield f"127.0.0.1:{server.port}"


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def serving(expose: Expose) -> Iterator[str]:
    """Serve ``/metrics`` and give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content_type, body = expose(self.headers.get("accept"))
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.end_headers()
            with suppress(ConnectionError):  # it was stopped while it read
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
