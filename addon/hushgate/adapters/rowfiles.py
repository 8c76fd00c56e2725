"""Rows of the ledger as files for other programs: JSON lines, CSV, Parquet.

docs/ledger.md describes the columns; they are the fields of core.rows.Row, in its order.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import batched, chain
from pathlib import Path
from typing import TextIO

from hushgate.core.errors import UnavailableError
from hushgate.core.rows import Row, as_json

_COLUMNS = tuple(field.name for field in fields(Row))
_PARQUET_ROWS = 50_000


def write_json_lines(rows: Iterable[Row], out: TextIO) -> None:
    """Write one JSON object a line."""
    out.writelines(json_line(row) + "\n" for row in rows)


def json_line(row: Row) -> str:
    """Return one JSON object on one line."""
    return json.dumps(as_json(row), ensure_ascii=False, separators=(",", ":"))


def write_csv(rows: Iterable[Row], out: TextIO) -> None:
    """Write a heading and one line a row (RFC 4180)."""
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        values = as_json(row)
        writer.writerow([_inert(values[column]) for column in _COLUMNS])


def write_parquet(rows: Iterable[Row], path: Path) -> None:
    """Write a Parquet file; the time is a timestamp in UTC.

    Raises:
        UnavailableError: pyarrow is not installed, or the file cannot be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UnavailableError(
            "Parquet needs pyarrow: pip install 'hushgate[analysis]', or use --csv"
        ) from error
    numbers = {"id": pa.int64(), "size": pa.int64(), "left": pa.int64()}
    reals = dict.fromkeys(("seconds", "held_seconds", "speech_seconds"), pa.float64())
    types = {**numbers, **reals, "time": pa.timestamp("ms", tz="UTC")}
    schema = pa.schema([(column, types.get(column, pa.string())) for column in _COLUMNS])
    batches = batched(rows, _PARQUET_ROWS, strict=False)
    first = next(batches, ())  # a ledger that cannot be read leaves no file behind
    try:
        with pq.ParquetWriter(path, schema) as writer:
            for batch in chain([first], batches):
                writer.write_table(pa.table(dict(_columns(batch)), schema=schema))
    except OSError as error:
        raise UnavailableError(f"cannot write {path}: {error.strerror or error}") from error


def _columns(rows: Iterable[Row]) -> Iterator[tuple[str, list[object]]]:
    for column in _COLUMNS:
        yield column, [getattr(row, column) for row in rows]


def _inert(value: object) -> object:
    """Keep a spreadsheet from taking a stranger's text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
