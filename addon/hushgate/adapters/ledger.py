"""The ledger's writer: records in, rows in an SQLite file; nothing ever waits for it.

Rules. ``append`` neither blocks nor raises: it hands the row to one writer thread through a
bounded queue. That thread alone writes, in batches. While the file cannot be written (full disk,
another program's lock, a broken file) rows wait in the queue and the write is tried again; what
does not fit is lost and counted. No decision depends on any of it.
"""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hushgate.adapters import ledger_file
from hushgate.adapters.ledger_query import newest_id, read_rows
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Instant
from hushgate.core.records import Record
from hushgate.core.rows import Row, row_of

__all__ = ["Ledger", "Retention", "Row", "read_rows"]

log = logging.getLogger(__name__)

QUEUE_ROWS = 10_000
"""Rows that may wait: an hour of a house that talks without a pause, 5 MB."""

BATCH_ROWS = 500
"""2.9 us a row in batches of this size, 32 us one by one."""

FLUSH_SECONDS = 0.5
"""Longest time a row waits for company; a flash card lives longer."""

RETRY_SECONDS = 1.0
TIDY_SECONDS = 3600.0
"""A row that is too old is gone at most this much later."""

TIDY_ROWS = 1_000
"""Deleted at once; between two lots the queue is written."""

CLOSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows are kept: whichever bound is met first."""

    days: float = 90.0
    max_bytes: int = 256_000_000


class Ledger:
    """Writes rows. ``epoch`` gives the wall-clock time of a monotonic instant."""

    def __init__(
        self,
        path: Path,
        *,
        epoch: Callable[[Instant], datetime],
        retention: Retention = Retention(),
        tell: Callable[[Sequence[Row]], None] | None = None,
    ) -> None:
        """Start the writer; `tell` is called on its thread with each batch, written or not."""
        self._path = path
        self._tell = tell
        self._epoch = epoch
        self._retention = retention
        self._queue: queue.Queue[Row | None] = queue.Queue(QUEUE_ROWS)
        self._closing = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Which file the connection has open."""
        self._last_id = newest_id(path)
        self._tidy_at = time.monotonic()
        self._overflowed = 0  # written by the callers' thread
        self._unwritten = 0  # written by the writer's thread
        self.written = 0
        """Rows in the file that this object put there."""
        self.error: str | None = None
        """Why rows cannot be written now; None: they can."""
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Rows that could not be written and never will be."""
        return self._overflowed + self._unwritten

    @property
    def waiting(self) -> int:
        """Rows in the queue."""
        return self._queue.qsize()

    def append(self, record: Record, *, device_name: str) -> int:
        """Queue a record and return its row's id; called from one thread."""
        began = self._epoch(record.start).astimezone(UTC)
        # The id is known before the row is written, so that metrics can point to it. It grows from
        # row to row: microseconds since 1970, or one more than the last.
        self._last_id = max(self._last_id + 1, round(began.timestamp() * 1e6))
        try:
            self._queue.put_nowait(row_of(record, id=self._last_id, time=began, name=device_name))
        except queue.Full:
            self._overflowed += 1
        return self._last_id

    def close(self) -> None:
        """Write what waits and close the file; what cannot be written within 10 s is lost."""
        self._closing.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            batch = self._take()
            if batch and self._tell is not None:
                self._tell(batch)
            while batch and not self._wrote(batch):
                if self._closing.wait(RETRY_SECONDS):
                    self._unwritten += len(batch) + len(self._drain(QUEUE_ROWS))
                    batch = []
            self._tidy()
        if self._connection:
            self._connection.close()

    def _take(self) -> list[Row]:
        """Wait for a row, then for company; empty when it is time to tidy or to close."""
        try:
            first = self._queue.get(timeout=max(0.0, self._tidy_at - time.monotonic()))
        except queue.Empty:
            return []
        if first is None:
            return self._drain(BATCH_ROWS)
        self._closing.wait(0.0 if self._queue.qsize() >= BATCH_ROWS else FLUSH_SECONDS)
        return [first, *self._drain(BATCH_ROWS - 1)]

    def _drain(self, at_most: int) -> list[Row]:
        rows: list[Row] = []
        with contextlib.suppress(queue.Empty):
            while len(rows) < at_most:
                if row := self._queue.get_nowait():
                    rows.append(row)
        return rows

    def _wrote(self, batch: Sequence[Row]) -> bool:
        """Write a batch; False: try again later."""
        try:
            added = ledger_file.insert(self._opened(), batch)
        except (OverflowError, ValueError) as error:
            # A value SQLite cannot hold; trying again would block every later row.
            log.warning("ledger rows unfit rows=%d error=%s", len(batch), error)
            self._unwritten += len(batch)
            return True
        except (sqlite3.Error, OSError, UnavailableError) as error:
            self._failed(error)
            return False
        self.written += added
        self._unwritten += len(batch) - added
        if self.error:
            log.warning("ledger written again path=%s lost=%d", self._path, self.lost)
            self.error = None
        return True

    def _failed(self, error: Exception) -> None:
        if not self.error:
            log.error("ledger not written path=%s error=%s", self._path, error)
        self.error = str(error)
        if self._connection:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and _file_at(self._path) != self._file:
            # SQLite would go on writing into a file that has no name any more.
            log.warning("ledger begun anew, somebody took the file away path=%s", self._path)
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = ledger_file.open_for_writing(self._path)
            self._file = _file_at(self._path)
        return self._connection

    def _tidy(self) -> None:
        """Delete one lot of rows that need not be kept; come back soon if there are more."""
        now = time.monotonic()
        if now < self._tidy_at or self._closing.is_set():
            return
        self._tidy_at = now + TIDY_SECONDS
        try:
            removed = ledger_file.remove_some(
                self._opened(),
                before=self._epoch(Instant(now)) - timedelta(days=self._retention.days),
                max_bytes=self._retention.max_bytes,
                at_most=TIDY_ROWS,
            )
        except (sqlite3.Error, OSError, UnavailableError) as error:
            self._failed(error)
            return
        if removed == TIDY_ROWS:
            self._tidy_at = now


def _file_at(path: Path) -> tuple[int, int] | None:
    """Say which file has this name now."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
