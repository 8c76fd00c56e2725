"""Calendars on the web: the last good copy counts, whatever the server does."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hushgate.adapters.calendarkeeper import CalendarKeeper, refresh
from hushgate.adapters.fetch import Limits
from hushgate.config_calendars import kept_copy
from hushgate.core.errors import UnavailableError
from tests.adapters.crash import crashes
from tests.adapters.listserver import ListServer, answer, list_server

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(day: str) -> bytes:
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", f"DTSTART:{day}", "END:VEVENT", "END:VCALENDAR")
    return "\r\n".join((*lines, "")).encode()


OLD, NEW = calendar("20261224"), calendar("20261225")


@pytest.fixture
def server() -> Iterator[ListServer]:
    with list_server() as server:
        yield server


def test_a_calendar_is_fetched_once_and_then_only_if_it_changed(
    server: ListServer, tmp_path: Path
) -> None:
    address = server.serve("/away.ics", answer(OLD, ETag="one"))
    assert refresh(tmp_path, address, BERLIN)
    assert kept_copy(tmp_path, address).read_bytes() == OLD
    server.serve("/away.ics", answer(b"", 304))
    assert not refresh(tmp_path, address, BERLIN)
    assert server.asked[-1][1]["If-None-Match"] == "one"
    server.serve("/away.ics", answer(NEW, ETag="two"))
    assert refresh(tmp_path, address, BERLIN)
    assert kept_copy(tmp_path, address).read_bytes() == NEW


def test_the_same_calendar_again_is_no_change(server: ListServer, tmp_path: Path) -> None:
    address = server.serve("/away.ics", answer(OLD))
    assert refresh(tmp_path, address, BERLIN)
    assert not refresh(tmp_path, address, BERLIN)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param(b"", 404, "answered 404", id="it is gone"),
        pytest.param(b"<html>Please log in", 200, "not a calendar", id="a page instead"),
        pytest.param(OLD.replace(b"20261224", b"someday"), 200, "not a date", id="a broken event"),
        pytest.param(OLD * 100, 200, "larger than", id="larger than a calendar may be"),
    ],
)
def test_what_is_no_calendar_leaves_the_last_copy_and_is_said(
    server: ListServer, tmp_path: Path, body: bytes, status: int, said: str
) -> None:
    address = server.serve("/away.ics", answer(OLD))
    refresh(tmp_path, address, BERLIN)
    server.serve("/away.ics", answer(body, status))
    with pytest.raises(UnavailableError, match=said):
        refresh(tmp_path, address, BERLIN, Limits(size=1_000))
    assert kept_copy(tmp_path, address).read_bytes() == OLD
    assert not list(tmp_path.glob("*.part"))


def test_a_crash_at_any_step_leaves_the_old_or_the_new_copy(
    server: ListServer, tmp_path: Path
) -> None:
    address = server.serve("/away.ics", answer(OLD, ETag="one"))
    refresh(tmp_path, address, BERLIN)
    server.serve("/away.ics", answer(NEW, ETag="two"))
    for _ in crashes(lambda: refresh(tmp_path, address, BERLIN)):
        assert kept_copy(tmp_path, address).read_bytes() in (OLD, NEW)
    assert kept_copy(tmp_path, address).read_bytes() == NEW


def test_a_problem_is_shown_until_the_calendar_is_there(server: ListServer, tmp_path: Path) -> None:
    address = f"{server.url}/away.ics"
    keeper = CalendarKeeper(tmp_path)
    keeper.want([address], BERLIN)
    keeper.ask(address)
    assert "answered 404" in keeper.problems[address]
    server.serve("/away.ics", answer(OLD))
    keeper.ask(address)
    assert keeper.problems == {}
    keeper.problems[address] = "it is down"
    keeper.want([], BERLIN)
    assert keeper.problems == {}
