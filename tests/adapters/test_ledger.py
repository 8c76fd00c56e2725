"""The ledger: nothing waits for it, nothing is lost unsaid, and people find what they look for."""

import os
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters import ledger as ledger_module
from hushgate.adapters.ledger import Ledger, Retention, read_rows
from hushgate.adapters.ledger_file import (
    forget_device,
    insert,
    open_for_writing,
    remove_some,
)
from hushgate.core.errors import UnavailableError
from hushgate.core.model import DeviceId, Instant, Reason, Verdict
from hushgate.core.records import Kind
from hushgate.core.rows import Row
from tests.core.samples import NOON, epoch, record, row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@contextmanager
def writing(path: Path, **options: object) -> Iterator[Ledger]:
    ledger = Ledger(path, epoch=epoch, **options)  # type: ignore[arg-type]
    try:
        yield ledger
    finally:
        ledger.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another thread; the limit is there only for a test that fails."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_record_comes_back_as_it_was(path: Path) -> None:
    with writing(path) as ledger:
        row_id = ledger.append(record(), device_name="Kitchen Echo")
    assert list(read_rows(path)) == [row(id=row_id)]


def test_ids_grow_even_when_a_burst_began_before_the_last(path: Path) -> None:
    with writing(path) as ledger:
        ids = [
            ledger.append(record(start=Instant(start)), device_name="Kitchen")
            for start in (5.0, 1.0, 1.0, 6.0)
        ]
    with writing(path) as again:
        ids.append(again.append(record(start=Instant(0.0)), device_name="Kitchen"))
    assert ids == sorted(set(ids))
    assert len(list(read_rows(path))) == 5


def test_only_the_owner_and_the_group_may_read_it(path: Path) -> None:
    with writing(path) as ledger:
        ledger.append(record(), device_name="Kitchen")
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_a_locked_file_is_waited_for_and_costs_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "RETRY_SECONDS", 0.05)
    open_for_writing(path).close()
    with writing(path) as ledger:
        with locked(path):
            for n in range(10):
                ledger.append(record(start=Instant(n)), device_name="Kitchen")
            wait_until(lambda: ledger.error is not None)
            assert ledger.error == "database is locked"
        wait_until(lambda: ledger.written == 10)
        assert (ledger.error, ledger.lost) == (None, 0)


def test_rows_are_told_also_while_the_file_is_locked(path: Path) -> None:
    open_for_writing(path).close()
    told: list[Row] = []
    ledger = Ledger(path, epoch=epoch, tell=told.extend)
    with locked(path):
        ledger.append(record(endpoint="a:443"), device_name="Kitchen")
        wait_until(lambda: len(told) == 1)
    ledger.close()
    assert (told[0].endpoint, ledger.written) == ("a:443", 1)


def test_what_does_not_fit_in_the_queue_is_lost_and_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "QUEUE_ROWS", 5)
    open_for_writing(path).close()
    with locked(path), writing(path) as ledger:
        for n in range(1000):
            ledger.append(record(start=Instant(n)), device_name="Kitchen")
    assert ledger.lost == 1000
    assert ledger.written == 0


def test_a_full_disk_costs_no_decision_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    monkeypatch.setattr(ledger_module, "RETRY_SECONDS", 0.05)
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        with writing(small / "ledger.sqlite") as ledger:
            for n in range(9000):
                ledger.append(record(start=Instant(n)), device_name="Kitchen")
            wait_until(lambda: ledger.error is not None)
            assert "full" in str(ledger.error) or "disk" in str(ledger.error)
        assert ledger.lost > 0
        assert ledger.lost + ledger.written == 9000
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_file_that_is_no_ledger_is_said_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to look at. " * 50)
    with writing(path) as ledger:
        ledger.append(record(), device_name="Kitchen")
        wait_until(lambda: ledger.error is not None)
        assert ledger.error == "file is not a database"
    assert ledger.lost == 1
    with pytest.raises(UnavailableError, match="not a database"):
        list(read_rows(path))


@pytest.mark.parametrize(
    "take_away",
    [
        pytest.param(Path.unlink, id="deleted"),
        pytest.param(lambda file: file.rename(f"{file}.old"), id="moved"),
    ],
)
def test_a_file_that_is_taken_away_is_begun_anew(
    path: Path, take_away: Callable[[Path], None]
) -> None:
    with writing(path) as ledger:
        for n in range(2):
            ledger.append(record(start=Instant(n)), device_name="Kitchen")
            wait_until(lambda: ledger.written == n + 1)  # noqa: B023 - waited for at once
            if n == 0:
                for file in path.parent.iterdir():
                    take_away(file)
    assert [row.time for row in read_rows(path)] == [NOON + timedelta(seconds=1)]


def test_a_ledger_of_a_newer_version_is_refused(path: Path) -> None:
    with closing(open_for_writing(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UnavailableError, match="a newer hushgate wrote it"):
        list(read_rows(path))
    with pytest.raises(UnavailableError, match="a newer hushgate wrote it"):
        open_for_writing(path)


def test_without_a_ledger_the_reader_says_where_it_looked(path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no ledger at"):
        list(read_rows(path))


def test_reading_does_not_disturb_writing(path: Path) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def look() -> None:
        while not stop.is_set():
            if path.exists():
                try:
                    seen.append(sum(1 for _ in read_rows(path)))
                except UnavailableError:
                    continue  # being made

    reader = threading.Thread(target=look)
    reader.start()
    with writing(path) as ledger:
        for n in range(2000):
            ledger.append(record(start=Instant(n)), device_name="Kitchen")
    stop.set()
    reader.join()
    assert (ledger.lost, ledger.written) == (0, 2000)
    assert seen == sorted(seen)


@pytest.fixture
def filled(path: Path) -> Path:
    """A ledger with a row a minute: two speakers, two verdicts, two endpoints."""
    with closing(open_for_writing(path)) as connection:
        insert(
            connection,
            [
                row(
                    id=n + 1,
                    start=Instant(60.0 * n),
                    device=DeviceId("kitchen" if n % 2 else "hall"),
                    verdict=Verdict.DROP if n % 3 else Verdict.REJECT,
                    kind=Kind.UTTERANCE if n % 3 else Kind.UPLOAD,
                    reason=Reason.WINDOW_CLOSED if n % 3 else Reason.BLOCKLISTED,
                    endpoint="avs-alexa-eu.amazon.com:443" if n % 5 else "ads.example.net:443",
                )
                for n in range(60)
            ],
        )
    return path


def minute(n: int) -> datetime:
    return NOON + timedelta(minutes=n)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        pytest.param({"limit": 3}, [60, 59, 58], id="the newest"),
        pytest.param({"limit": 3, "newest_first": False}, [1, 2, 3], id="the oldest"),
        pytest.param(
            {"since": minute(10), "until": minute(12)}, [12, 11], id="the end does not belong to it"
        ),
        pytest.param({"device": "kitchen", "since": minute(56)}, [60, 58], id="one speaker"),
        pytest.param({"verdict": Verdict.REJECT, "limit": 2}, [58, 55], id="one verdict"),
        pytest.param({"kind": Kind.UPLOAD, "limit": 2}, [58, 55], id="one kind"),
        pytest.param({"after": 57, "newest_first": False}, [58, 59, 60], id="what is new"),
        pytest.param({"text": "example", "limit": 2}, [56, 51], id="a word of the endpoint"),
        pytest.param(
            {"text": "ads", "since": minute(20), "until": minute(31)},
            [31, 26, 21],
            id="a word within a span",
        ),
        pytest.param({"text": "ads", "until": minute(0)}, [], id="a word within an empty span"),
        pytest.param({"text": "amazon ads"}, [], id="all words must be there"),
        pytest.param({"text": '" OR * -ads AND', "limit": 1}, [], id="no query language"),
        pytest.param({"device": "garage"}, [], id="nobody"),
    ],
)
def test_rows_are_found(filled: Path, asked: dict[str, Any], ids: list[int]) -> None:
    assert [each.id for each in read_rows(filled, **asked)] == ids


def test_too_old_rows_are_deleted_and_newer_ones_kept(filled: Path) -> None:
    with closing(open_for_writing(filled)) as connection:
        remove_some(connection, before=minute(50), max_bytes=10**9, at_most=1000)
    assert [each.id for each in read_rows(filled, newest_first=False)] == list(range(51, 61))


def test_a_file_that_is_too_big_loses_its_oldest_rows(filled: Path) -> None:
    with closing(open_for_writing(filled)) as connection:
        remove_some(connection, before=NOON, max_bytes=1, at_most=10)
    assert [each.id for each in read_rows(filled, newest_first=False)] == list(range(11, 61))


def test_retention_works_through_everything_while_rows_are_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "TIDY_ROWS", 7)
    with closing(open_for_writing(path)) as connection:
        old = [row(id=n + 1, start=Instant(-10 * 86_400.0)) for n in range(100)]
        insert(connection, old)
    started = time.monotonic()
    with writing(path, retention=Retention(days=1)) as ledger:
        ledger.append(record(start=Instant(started)), device_name="Kitchen")
        wait_until(lambda: ledger.written == 1 and len(list(read_rows(path))) == 1)


def test_a_forgotten_device_leaves_no_trace_in_the_file(filled: Path) -> None:
    assert forget_device(filled, "hall") == 30
    assert {each.device for each in read_rows(filled)} == {"kitchen"}
    assert forget_device(filled, "kitchen") == 30
    assert list(read_rows(filled, text="amazon")) == []
    for file in filled.parent.iterdir():
        content = file.read_bytes()
        assert b"hall" not in content
        assert b"amazon" not in content


def test_forgetting_needs_a_ledger(path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no ledger"):
        forget_device(path, "kitchen")
    assert not path.exists()
