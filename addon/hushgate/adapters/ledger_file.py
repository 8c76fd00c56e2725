"""The ledger's SQLite file: how it is opened, its schema by version, writing and deleting.

Rules. ``PRAGMA user_version`` counts the steps of ``_STEPS`` that were applied; a step, once
released, never changes. A file of a newer version is refused, not guessed at. Readers open the file
read-only, so that they work beside the gateway and without it.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hushgate.core.errors import UnavailableError, why
from hushgate.core.rows import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
"""Times are stored as whole milliseconds since EPOCH."""

_BUSY_SECONDS = 1.0
"""How long a writer waits for another one before it reports the file as locked."""

_FORGET_BUSY_SECONDS = 10.0
"""The same for a person who asked to forget a device and would rather wait than ask twice."""

NAME = "ledger.sqlite"
"""Name of the file in the state directory."""

COLUMNS = tuple("left_bytes" if f.name == "left" else f.name for f in fields(Row))

# The texts are indexed without positions (detail=none): words are looked up, never phrases,
# and the index stays at a quarter of the rows' own size.
_VERSION_1 = """
CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    role TEXT NOT NULL,
    transport TEXT NOT NULL,
    size INTEGER NOT NULL,
    left_bytes INTEGER NOT NULL,
    seconds REAL NOT NULL,
    held_seconds REAL NOT NULL,
    voice TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    likeness TEXT,
    judged_by TEXT,
    evidence TEXT,
    speech_seconds REAL,
    accidental TEXT
) STRICT;
CREATE INDEX record_by_time ON record (time);
CREATE INDEX record_by_device ON record (device, time);
CREATE INDEX record_by_verdict ON record (verdict, time);
CREATE VIRTUAL TABLE record_text USING fts5 (
    endpoint, accidental,
    content='record', content_rowid='id', detail='none', columnsize=0
);
CREATE TRIGGER record_added AFTER INSERT ON record BEGIN
    INSERT INTO record_text (rowid, endpoint, accidental)
    VALUES (new.id, new.endpoint, new.accidental);
END;
CREATE TRIGGER record_removed AFTER DELETE ON record BEGIN
    INSERT INTO record_text (record_text, rowid, endpoint, accidental)
    VALUES ('delete', old.id, old.endpoint, old.accidental);
END;
"""

_STEPS = (_VERSION_1,)

_INSERT = (
    f"INSERT OR IGNORE INTO record ({', '.join(COLUMNS)})"  # noqa: S608 - our own field names
    f" VALUES ({', '.join('?' * len(COLUMNS))})"
)


def open_for_writing(path: Path, *, busy_seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """Open the ledger, make it if need be, and bring its schema up to date.

    Raises:
        sqlite3.Error, OSError: the file cannot be written now.
        UnavailableError: a newer hushgate wrote it.
    """
    # When somebody speaks at home is nobody else's business; -wal and -shm get the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o640))
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        # Must come before the first table; lets retention give space back without a full copy.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        connection.execute("PRAGMA secure_delete = ON")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Write rows in one transaction; return how many were new."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        added = connection.executemany(_INSERT, (_stored(row) for row in rows)).rowcount
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return added


def remove_some(
    connection: sqlite3.Connection, *, before: datetime, max_bytes: int, at_most: int
) -> int:
    """Delete up to ``at_most`` rows that are too old, or the oldest of a file that is too big."""
    old = "SELECT id FROM record WHERE time < ? ORDER BY time LIMIT ?"
    removed = _delete(connection, old, (stamp(before), at_most))
    if removed < at_most and _bytes_used(connection) > max_bytes:
        oldest = "SELECT id FROM record ORDER BY time LIMIT ?"
        removed += _delete(connection, oldest, (at_most - removed,))
    if removed:
        connection.execute("PRAGMA incremental_vacuum").fetchall()
    return removed


def forget_device(path: Path, device: str) -> int:
    """Delete every row of a device, overwrite where it stood, and return how many there were.

    Raises:
        UnavailableError: there is no ledger, or it cannot be written now.
    """
    if not path.exists():
        raise UnavailableError(f"there is no ledger at {path}")
    try:
        with closing(open_for_writing(path, busy_seconds=_FORGET_BUSY_SECONDS)) as connection:
            cursor = connection.execute("DELETE FROM record WHERE device = ?", (device,))
            # Deleted words stay in old segments of the text index until they are merged.
            connection.execute("INSERT INTO record_text (record_text) VALUES ('optimize')")
            connection.execute("PRAGMA incremental_vacuum").fetchall()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return cursor.rowcount
    except OSError as error:
        raise UnavailableError(f"the ledger {path} cannot be written: {why(error)}") from error
    except sqlite3.Error as error:
        raise UnavailableError(f"the ledger {path} cannot be written: {error}") from error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the ledger read-only.

    Raises:
        UnavailableError: there is no ledger, it cannot be read, or a newer hushgate wrote it.
    """
    if not path.exists():
        raise UnavailableError(
            f"there is no ledger at {path}; the gateway makes it when it first starts"
            " (--state-dir says where it is looked for)"
        )
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}{_read_mode(path)}", uri=True)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        connection.close()
        raise _unreadable(path, error) from error
    if version != len(_STEPS):
        connection.close()
        raise UnavailableError(_version_complaint(path, version))
    return connection


def _unreadable(path: Path, error: sqlite3.Error) -> UnavailableError:
    return UnavailableError(f"the ledger {path} cannot be read: {error}")


def _read_mode(path: Path) -> str:
    # A reader of a WAL file writes its -shm file. Somebody who may only read can do without when
    # no writer has it open: then there is no -wal either, and nothing can change under the reader.
    if os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-wal").exists():
        return "?mode=ro"
    return "?mode=ro&immutable=1"


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_STEPS):
        raise UnavailableError(_version_complaint(path, version))
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")


def _version_complaint(path: Path, version: int) -> str:
    if version > len(_STEPS):
        return (
            f"the ledger {path} has schema version {version}; this hushgate reads up to"
            f" {len(_STEPS)}: a newer hushgate wrote it"
        )
    return f"the ledger {path} has schema version {version}; start the gateway once to bring it up"


def _delete(connection: sqlite3.Connection, ids: str, values: Iterable[int]) -> int:
    return connection.execute(f"DELETE FROM record WHERE id IN ({ids})", tuple(values)).rowcount  # noqa: S608


def _bytes_used(connection: sqlite3.Connection) -> int:
    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")


def stamp(time: datetime) -> int:
    """Give a time as the file holds it: milliseconds since 1970 in UTC."""
    return (time - EPOCH) // MILLISECOND


def _stored(row: Row) -> tuple[object, ...]:
    values = [getattr(row, f.name) for f in fields(Row)]
    values[1] = stamp(row.time)
    return tuple(values)
