"""What ledger, log and report say of a speaker that was found."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hushgate.core.householdrecords import record_of_found
from hushgate.core.model import Instant, Mac
from hushgate.core.newcomers import Found
from hushgate.core.report import summarize
from hushgate.core.reporttext import report_lines
from hushgate.core.rows import Row, row_of
from hushgate.core.telling import tell

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ECHO = Found(Mac("fc:65:de:00:00:01"), "amazon", "Echo Dot 2", 0.9)


def row(*, guarded: bool) -> Row:
    record = record_of_found(ECHO, Instant(5.0), guarded=guarded)
    return row_of(record, id=1, time=AT, name=ECHO.name)


@pytest.mark.parametrize(
    ("guarded", "outcome"), [(True, "guarded by the rules of the house"), (False, "NOT PROTECTED")]
)
def test_the_log_says_who_was_found_and_whether_it_is_guarded(guarded: bool, outcome: str) -> None:
    words = tell(row(guarded=guarded))
    assert "fc:65:de:00:00:01" in words
    assert outcome in words


def test_it_is_no_upload_in_the_report() -> None:
    report = summarize([row(guarded=True)], AT, AT + timedelta(days=1), ZoneInfo("UTC"))
    assert report.devices == ()
    assert any("fc:65:de:00:00:01" in line for line in report_lines(report))
    assert row(guarded=False).unallowed == 0
