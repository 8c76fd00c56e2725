"""The ledger after a crash or a power cut: whole transactions, none of them torn."""

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from hushgate.adapters.ledger import read_rows
from hushgate.adapters.ledger_file import insert, open_for_writing
from tests.adapters.crash import fork
from tests.core.samples import row

BATCH = 7


def batches(count: int, first: int = 0) -> list[list[int]]:
    """Ids of rows, by transaction."""
    return [list(range(n * BATCH + 1, (n + 1) * BATCH + 1)) for n in range(first, first + count)]


def write(connection: sqlite3.Connection, ids: list[int]) -> None:
    insert(connection, [row(id=each) for each in ids])


def whole_batches(path: Path) -> int:
    """How many transactions are there; nothing else may be."""
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ids = sorted(each.id for each in read_rows(path))
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) % BATCH == 0
    return len(ids) // BATCH


def test_a_power_cut_at_any_byte_of_the_log_leaves_whole_transactions(tmp_path: Path) -> None:
    path, wal = tmp_path / "ledger.sqlite", tmp_path / "ledger.sqlite-wal"
    counts = []
    with closing(open_for_writing(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for ids in batches(6):
            write(connection, ids)
        for cut in [*range(0, wal.stat().st_size, 509), wal.stat().st_size]:
            after = tmp_path / "after"
            after.mkdir()
            shutil.copy(path, after)
            (after / wal.name).write_bytes(wal.read_bytes()[:cut])
            counts.append(whole_batches(after / path.name))
            shutil.rmtree(after)
    assert counts == sorted(counts)
    assert set(counts) == set(range(7))


@pytest.mark.parametrize("wait", [0.0, 0.003, 0.01, 0.03, 0.1])
def test_a_writer_killed_at_work_leaves_whole_transactions(tmp_path: Path, wait: float) -> None:
    path = tmp_path / "ledger.sqlite"
    open_for_writing(path).close()
    told, tell = os.pipe()
    child = fork()
    if child == 0:
        try:
            connection = open_for_writing(path)
            for ids in batches(10_000):
                write(connection, ids)
                os.write(tell, b".")
        finally:
            os._exit(1)
    os.read(told, 1)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(tell)
    with open(told, "rb") as pipe:
        promised = 1 + len(pipe.read())
    assert whole_batches(path) >= promised
    with closing(open_for_writing(path)) as connection:
        write(connection, batches(1, first=whole_batches(path))[0])
