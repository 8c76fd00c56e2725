"""A million rows in the ledger, and the metrics page of a large house.

python -m tests.bench ledger
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import batched
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from hushgate.adapters.ledger import BATCH_ROWS, Ledger
from hushgate.adapters.ledger_file import forget_device, insert, open_for_writing, remove_some
from hushgate.adapters.ledger_query import read_rows
from hushgate.adapters.metrics import Metrics
from hushgate.core.model import DeviceId, Instant, Verdict
from hushgate.core.rows import Row
from tests.adapters.fullmetrics import fill
from tests.bench.report import Result, alone
from tests.core.samples import NOON, epoch, record, row

ROWS: Final = 1_000_000
RUNS: Final = 5
FOREVER: Final = 1 << 40

MIDDLE = NOON + timedelta(days=170)
QUESTIONS: dict[str, dict[str, Any]] = {
    "the newest 100": {},
    "100 of one speaker": {"device": "speaker3"},
    "100 of one verdict": {"verdict": Verdict.ACCEPT},
    "a verdict that never was": {"verdict": Verdict.REJECT},
    "one day": {"since": MIDDLE, "until": MIDDLE + timedelta(days=1)},
    "a word of every endpoint": {"text": "amazon"},
    "a word of one in seven": {"text": "alexa3"},
    "a word within one day": {
        "text": "alexa3",
        "since": MIDDLE,
        "until": MIDDLE + timedelta(days=1),
    },
}


def rows() -> Iterator[Row]:
    """A row every half minute for a year: ten speakers, seven endpoints."""
    for n in range(ROWS):
        start = 30.0 * n
        yield row(
            id=round((NOON.timestamp() + start) * 1e6),
            start=Instant(start),
            device=DeviceId(f"speaker{n % 10}"),
            endpoint=f"alexa{n % 7}-eu.amazon.com:443",
            verdict=Verdict.DROP if n % 9 else Verdict.ACCEPT,
        )


def milliseconds(act: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Time one call."""
    start = clock()
    act()
    return (clock() - start) * 1000


def measure() -> dict[str, Result]:
    """Measure the ledger, then the page."""
    with tempfile.TemporaryDirectory() as folder:
        return {**_ledger(Path(folder) / "ledger.sqlite"), **_append(Path(folder)), **_page()}


def _ledger(path: Path) -> dict[str, Result]:
    spent = 0.0
    with closing(open_for_writing(path)) as connection:
        for batch in batched(rows(), BATCH_ROWS, strict=False):
            start = process_time()
            insert(connection, batch)
            spent += process_time() - start
        results = {"ledger: insert (processor)": alone([ROWS / spent], "rows/s")}
        for name, question in QUESTIONS.items():
            times = [milliseconds(partial(_ask, path, question)) for _ in range(RUNS)]
            results[f"ledger: {name}"] = alone(times, "ms")
        tidy = [
            milliseconds(
                lambda: remove_some(
                    connection,
                    before=NOON + timedelta(days=30),
                    max_bytes=FOREVER,
                    at_most=1000,
                )
            )
            for _ in range(RUNS)
        ]
        results["ledger: retention, 1,000 rows at once"] = alone(tidy, "ms")
    size = sum(file.stat().st_size for file in path.parent.iterdir())
    results["ledger: file"] = alone([size / ROWS], "bytes/row")
    forgotten = milliseconds(lambda: forget_device(path, "speaker3"))
    results["ledger: forget one speaker of ten"] = alone([forgotten], "ms")
    return results


def _ask(path: Path, question: dict[str, Any]) -> None:
    deque(read_rows(path, **question, limit=100), maxlen=0)


def _append(folder: Path) -> dict[str, Result]:
    """What the loop that decides pays for a row."""
    ledger = Ledger(folder / "append.sqlite", epoch=epoch)
    sample, count = record(), 5_000

    def append() -> None:
        for _ in range(count):
            ledger.append(sample, device_name="Kitchen Echo")

    spent = milliseconds(append)
    ledger.close()
    return {"ledger: append, in the loop": alone([spent / count * 1000], "us")}


def _page() -> dict[str, Result]:
    results = {}
    for house, count in (("5 speakers", 5), ("50 speakers", 50)):
        devices = [DeviceId(f"speaker{n}") for n in range(count)]
        metrics = Metrics(devices)
        fill(metrics, devices)
        for form, accept in (("text", None), ("OpenMetrics", "application/openmetrics-text")):
            times = [
                milliseconds(partial(metrics.expose, accept), process_time) for _ in range(RUNS)
            ]
            results[f"/metrics, {house}, {form} (processor)"] = alone(times, "ms")
        size = len(metrics.expose(None)[1])
        results[f"/metrics, {house}"] = alone([size / 1000], "kB")
    return results
