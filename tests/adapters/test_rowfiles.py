"""The ledger for other programs."""

import csv
import io
import json
from dataclasses import fields
from pathlib import Path

import pytest

from hushgate.adapters.rowfiles import write_csv, write_json_lines, write_parquet
from hushgate.core.rows import Row, as_json
from tests.core.samples import row

ROWS = [row(), row(id=2, judgement=None, speech_seconds=None, endpoint='a "quoted", one:443')]


def test_json_lines_hold_one_row_each() -> None:
    out = io.StringIO()
    write_json_lines(ROWS, out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [*map(as_json, ROWS)]


def test_csv_has_a_heading_and_keeps_quotes() -> None:
    out = io.StringIO()
    write_csv(ROWS, out)
    heading, first, second = csv.reader(io.StringIO(out.getvalue()))
    assert heading == [field.name for field in fields(Row)]
    assert first[heading.index("size")] == "45000"
    assert second[heading.index("endpoint")] == 'a "quoted", one:443'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_csv_holds_no_formulas(text: str) -> None:
    out = io.StringIO()
    write_csv([row(endpoint=text)], out)
    assert f"'{text}" in out.getvalue()


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    write_parquet(iter(ROWS), tmp_path / "rows.parquet")
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert table.column("endpoint").to_pylist() == [each.endpoint for each in ROWS]
    assert table.column("time").to_pylist() == [each.time for each in ROWS]
    assert table.column("speech_seconds").to_pylist() == [2.5, None]


def test_no_rows_make_an_empty_parquet_file(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    write_parquet([], tmp_path / "rows.parquet")
    assert parquet.read_table(tmp_path / "rows.parquet").num_rows == 0
