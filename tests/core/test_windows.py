"""What an owner writes is read as it was meant, or refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.windows import DateException, Window, parse_days, show_days
from tests.core.clockwork import WINDOWS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("mon-fri 07:00-22:00", "mon-fri 07:00-22:00", id="a range of days"),
        pytest.param("sat,sun 9:00-1:00", "sat-sun 09:00-01:00", id="two days, past midnight"),
        pytest.param("fri-mon 20:00-23:00", "fri-mon 20:00-23:00", id="a range round the week"),
        pytest.param("Monday,wed 08:00-09:00", "mon,wed 08:00-09:00", id="long names"),
        pytest.param("weekend 0:00-24:00", "sat-sun 00:00-24:00", id="the weekend, whole days"),
        pytest.param("weekdays 7:00-8:00", "mon-fri 07:00-08:00", id="weekdays"),
        pytest.param("07:00-22:00", "daily 07:00-22:00", id="no days means daily"),
        pytest.param("always", "daily 00:00-24:00", id="always"),
        pytest.param("tue 22:00\N{EN DASH}02:00", "tue 22:00-02:00", id="a typographer's dash"),
    ],
)
def test_a_window_reads_as_its_owner_wrote_it(text: str, shown: str) -> None:
    assert str(Window.parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("mno-fri 07:00-22:00", 'nearest: "mon"', id="misspelt day"),
        pytest.param("mon-fri", "the hours are missing", id="days alone"),
        pytest.param("mon-fri 7-22", "expected e.g. 07:00", id="hours without minutes"),
        pytest.param("mon 07:00", "not a span of time", id="a start alone"),
        pytest.param("mon 25:00-26:00", "expected 00:00 to 24:00", id="an hour past the day"),
        pytest.param("mon 07:60-08:00", "expected 00:00 to 24:00", id="a minute past the hour"),
        pytest.param("mon 07:00-07:00", "write 00:00-24:00", id="no length"),
        pytest.param("mon 24:00-07:00", "write 00:00 of the next day", id="start at 24:00"),
        pytest.param("mon 07:00-08:00 09:00-10:00", "expected one span", id="two spans in a line"),
        pytest.param("", "not a window", id="nothing"),
        pytest.param("time=07:00 days=mon", "is not a", id="an invented modifier"),
        pytest.param("mon-fri 07:00-22:00pm", "not a time of day", id="a suffix"),
    ],
)
def test_a_window_that_is_not_understood_says_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Window.parse(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "mon-fri 07:00-22:00 !holiday",
        "mon-fri 07:00-22:00 weekly",
        "mon-fri,!wed 07:00-22:00",
        "mon-fri@home 07:00-22:00",
        "*-fri 07:00-22:00",
        "2026-12-24 07:00-22:00",
        "mon-fri 07:00-22:00/30",
    ],
)
def test_peer_fault_an_invented_modifier_that_silently_does_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Window.parse(text)
    assert "not a" in str(caught.value)


@given(WINDOWS)
def test_a_window_survives_being_written_and_read(window: Window) -> None:
    assert Window.parse(str(window)) == window


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_survive_being_written_and_read(days: frozenset[int]) -> None:
    assert parse_days(show_days(days)) == days


@given(st.text(max_size=40))
def test_any_text_is_a_window_or_a_sentence(text: str) -> None:
    try:
        window = Window.parse(text)
    except ValueError:
        return
    assert Window.parse(str(window)) == window


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("2026-13-01", "month must be in 1..12", id="no such month"),
        pytest.param("2026-02-29", "is not a date", id="no leap year"),
        pytest.param("24.12.2026", "expected e.g. 2026-12-24", id="another order"),
        pytest.param("2026-12-26 to 2026-12-24", "ends before it starts", id="backwards"),
        pytest.param("2026-1-1 to 2026-1-2 to 2026-1-3", "FIRST to LAST", id="three dates"),
        pytest.param("12-24 to 2026-12-26", "on one side only", id="half a year"),
        pytest.param("02-30", "is not a date", id="no such day in any year"),
        pytest.param("0001-01-01", "2000 to 2200", id="another age"),
    ],
)
def test_dates_that_are_not_understood_say_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        DateException.parse_dates(text)
    assert said in str(caught.value)
