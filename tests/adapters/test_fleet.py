"""Many gateways, one central ledger, on a real PostgreSQL."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters import ledger_file
from hushgate.adapters.ledger_query import read_rows
from hushgate.cli import main
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Instant
from tests.adapters.postgres import Postgres, running
from tests.core.samples import NOON, row

fleet: Any = pytest.importorskip(
    "hushgate.adapters.fleet", reason="SQLAlchemy is not installed", exc_type=ImportError
)

GATEWAYS = [f"house-{n}" for n in range(10)]
ROWS = 600
SPAN = (NOON - timedelta(days=1), NOON + timedelta(days=1))


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def center(server: Postgres) -> Iterator[Any]:
    center = fleet.Center(server.url)
    center.prepare()
    yield center
    with center._engine.begin() as connection:
        connection.execute(fleet.RECORDS.delete())
        connection.execute(fleet.GATEWAYS.delete())
    center.close()


def write(path: Path, ids: range) -> None:
    with closing(ledger_file.open_for_writing(path)) as connection:
        rows = [row(id=n, start=Instant(float(n))) for n in ids]
        ledger_file.insert(connection, rows)


def test_rows_arrive_once_and_as_they_were(center: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    write(path, range(1, 4))
    assert center.ship(path, "house") == 3
    assert center.ship(path, "house") == 0
    write(path, range(4, 6))
    assert center.ship(path, "house") == 2
    (first, *_) = found = list(center.read(*SPAN))
    assert (first.device, first.name) == ("house/kitchen", "house: Kitchen Echo")
    assert [each.id for each in found] == [1, 2, 3, 4, 5]
    local, *_ = read_rows(path, newest_first=False)
    assert (first.time, first.size, first.reason) == (local.time, local.size, local.reason)


def test_a_row_that_began_earlier_but_ended_later_is_not_missed(
    center: Any, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(ledger_file.open_for_writing(path)) as connection:
        ledger_file.insert(connection, [row(id=1, start=Instant(9.0))])
        assert center.ship(path, "house") == 1
        ledger_file.insert(connection, [row(id=2, start=Instant(1.0))])
    assert center.ship(path, "house") == 1


def test_ten_gateways_lose_and_double_nothing_while_the_database_restarts(
    server: Postgres, center: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "BATCH_ROWS", 20)
    failures: list[str] = []
    begun, down = threading.Event(), threading.Event()

    def gateway(name: str) -> None:
        path, mine = tmp_path / f"{name}.sqlite", fleet.Center(server.url)
        for start in range(1, ROWS + 1, 100):
            write(path, range(start, start + 100))
            if start > ROWS // 2:
                down.wait(60)
            _ship(mine, path, name)
            begun.set()
        while not _ship(mine, path, name):
            time.sleep(0.05)
        mine.close()

    def _ship(mine: Any, path: Path, name: str) -> bool:
        try:
            mine.ship(path, name)
        except UnavailableError as error:
            failures.append(str(error))
            return False
        return True

    threads = [threading.Thread(target=gateway, args=[name]) for name in GATEWAYS]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    server.stop()
    down.set()
    while not failures:
        time.sleep(0.01)
    server.start()
    for thread in threads:
        thread.join()
    found = sorted((each.device, each.id) for each in center.read(*SPAN))
    expected = [(f"{name}/kitchen", n) for name in GATEWAYS for n in range(1, ROWS + 1)]
    assert found == sorted(expected)


def test_ten_gateways_may_make_the_table_at_once(server: Postgres) -> None:
    center = fleet.Center(server.url)
    with center._engine.begin() as connection:
        fleet.RECORDS.drop(connection)
        fleet.GATEWAYS.drop(connection)
    errors: list[Exception] = []

    def prepare() -> None:
        mine = fleet.Center(server.url)
        try:
            mine.prepare()
        except UnavailableError as error:
            errors.append(error)
        mine.close()

    threads = [threading.Thread(target=prepare) for _ in GATEWAYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    center.close()
    assert errors == []


def test_the_commands_ship_and_report(
    server: Postgres,
    center: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path / ledger_file.NAME, range(1, 4))
    monkeypatch.setenv("HUSHGATE_FLEET_URL", server.url)
    state = ["--state-dir", str(tmp_path)]
    assert main(["ship", "--once", "--gateway", "house", *state]) == 0
    assert capsys.readouterr().out == "3 rows sent\n"
    assert main(["report", "--fleet", "--json", "--until", "2026-11-25", *state]) == 0
    (device,) = json.loads(capsys.readouterr().out)["devices"]
    assert (device["device"], device["utterances"]["stopped"]) == ("house/kitchen", 3)


def test_two_gateways_cannot_go_by_one_name(
    server: Postgres,
    center: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Else the second would take the first one's newest row for its own, and send nothing older."""
    monkeypatch.setenv("HUSHGATE_FLEET_URL", server.url)
    status = {}
    for folder, ids in (("first", range(5, 8)), ("second", range(1, 4)), ("first", range(8, 9))):
        state = tmp_path / folder
        state.mkdir(exist_ok=True)
        write(state / ledger_file.NAME, ids)
        words = ["ship", "--once", "--gateway", "debian", "--state-dir", str(state)]
        status[folder] = main(words)
    assert status == {"first": 0, "second": 1}
    assert 'another gateway is called "debian"' in capsys.readouterr().err
    assert [each.id for each in center.read(*SPAN)] == [5, 6, 7, 8]
    center.ship(tmp_path / "second" / ledger_file.NAME, "second")
    assert len(list(center.read(*SPAN))) == 7


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no central database: set HUSHGATE_FLEET_URL"),
        ("nonsense", "the central database cannot be used"),
        ("postgresql://127.0.0.1:1/x", "the central database does not answer"),
    ],
)
def test_what_is_wrong_with_the_database_is_said(
    url: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUSHGATE_FLEET_URL", url)
    assert main(["ship", "--once", "--state-dir", str(tmp_path)]) != 0
    assert said in capsys.readouterr().err
