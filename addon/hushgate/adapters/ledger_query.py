"""Questions to the ledger's file: conditions in, rows out, one read-only connection each."""

import re
import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from hushgate.adapters.ledger_file import (
    COLUMNS,
    EPOCH,
    MILLISECOND,
    open_for_reading,
    stamp,
)
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Likeness, Reason, Transport, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.rows import Row

_FIELDS = tuple(field.name for field in fields(Row))
_SELECTED = ", ".join(f"record.{column}" for column in COLUMNS)

# The text index holds ids only. Both ends of a time range are therefore looked up as ids first
# (a scan of one index); else every row with the word would be fetched: 380 ms at 1,000,000 rows.
_ID_RANGE = (
    "record_text.rowid >= (SELECT min(id) FROM record WHERE time >= ? AND time < ?)",
    "record_text.rowid <= (SELECT max(id) FROM record WHERE time >= ? AND time < ?)",
)
_END_OF_TIME = 1 << 62


def read_rows(
    path: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    device: str | None = None,
    verdict: Verdict | None = None,
    kind: Kind | None = None,
    text: str | None = None,
    after: int | None = None,
    limit: int | None = None,
    newest_first: bool = True,
) -> Generator[Row]:
    """Read rows with ``since <= time < until``; ``text`` finds the words of an endpoint.

    ``after`` is the id of the last row already seen. Rows come by time; with ``text`` or ``after``
    in the order they were written: the text index yields that without sorting, and whoever goes on
    behind a row must not miss one that began earlier.

    Raises:
        UnavailableError: there is no ledger, it cannot be read, or a newer hushgate wrote it.
    """
    first = stamp(since) if since else 0
    last = stamp(until) if until else _END_OF_TIME
    conditions: list[str] = []
    values: list[object] = []
    for column, value in (("device = ?", device), ("verdict = ?", verdict), ("kind = ?", kind)):
        if value is not None:
            conditions.append(f"record.{column}")
            values.append(value)
    if after is not None:
        conditions.append("record.id > ?")
        values.append(after)
    if since or until:
        conditions.append("time >= ? AND time < ?")
        values += [first, last]
    source, order = "record", "time" if after is None else "record.id"
    if words := re.findall(r"\w+", text or ""):
        source, order = "record_text JOIN record ON id = record_text.rowid", "record_text.rowid"
        conditions.append("record_text MATCH ?")
        values.append(" ".join(f'"{word}"' for word in words))
        if since or until:
            conditions += _ID_RANGE
            values += [first, last, first, last]
    statement = (
        f"SELECT {_SELECTED} FROM {source}"  # noqa: S608 - the values are bound
        f"{' WHERE ' + ' AND '.join(conditions) if conditions else ''}"
        f" ORDER BY {order} {'DESC' if newest_first else 'ASC'} LIMIT ?"
    )
    yield from _selected(path, statement, [*values, -1 if limit is None else limit])


def known_devices(path: Path) -> list[str]:
    """Give every device the ledger has rows of, each found by one step in its index.

    Raises:
        UnavailableError: there is no ledger, or it cannot be read.
    """
    devices: list[str] = []
    following = "SELECT min(device) FROM record WHERE device > ?"
    try:
        with closing(open_for_reading(path)) as connection:
            while device := connection.execute(following, (devices[-1:] or [""])).fetchone()[0]:
                devices.append(device)
    except sqlite3.Error as error:
        raise UnavailableError(f"the ledger {path} cannot be read: {error}") from error
    return devices


def newest_id(path: Path) -> int:
    """Give the highest id in a ledger; 0 if there is none or it cannot be read now."""
    try:
        with closing(open_for_reading(path)) as connection:
            return int(connection.execute("SELECT max(id) FROM record").fetchone()[0] or 0)
    except (sqlite3.Error, UnavailableError):
        return 0


def _selected(path: Path, statement: str, values: Sequence[object]) -> Iterator[Row]:
    try:
        with closing(open_for_reading(path)) as connection:
            for stored in connection.execute(statement, values):
                yield _loaded(stored)
    except sqlite3.Error as error:
        raise UnavailableError(f"the ledger {path} cannot be read: {error}") from error


def _loaded(stored: Sequence[object]) -> Row:
    values = dict(zip(_FIELDS, stored, strict=True))
    return row_from({**values, "time": EPOCH + int(str(values["time"])) * MILLISECOND})


def row_from(values: Mapping[str, Any]) -> Row:
    """Make a row of what a database holds: texts become what they stand for."""
    likeness = values["likeness"]
    return Row(
        **{
            **values,
            "kind": Kind(values["kind"]),
            "transport": Transport(values["transport"]),
            "voice": Voice(values["voice"]),
            "verdict": Verdict(values["verdict"]),
            "reason": Reason(values["reason"]),
            "likeness": None if likeness is None else Likeness(likeness),
        }
    )
