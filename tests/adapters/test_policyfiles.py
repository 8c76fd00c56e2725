"""Overrides on disk: they outlive restarts and crashes, and are never forgotten in silence."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.adapters.policyfiles import OverrideFile
from hushgate.core.clocktrust import Mark
from hushgate.core.errors import ConfigError
from hushgate.core.model import DeviceId
from hushgate.core.overrides import Override, Wish
from tests.adapters.crash import crashes

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
MARK = Mark("this start", 1_790_000_000.0)


def override(name: str, device: str | None = "kitchen", wish: Wish = Wish.ALLOW) -> Override:
    whom = None if device is None else DeviceId(device)
    return Override(whom, wish, NOON, NOON + timedelta(minutes=20), by="anna", id=name)


def test_there_are_none_before_the_first(tmp_path: Path) -> None:
    assert OverrideFile(tmp_path / "overrides.json").load(MARK) == ()


@given(
    st.lists(
        st.builds(
            Override,
            st.none() | st.text(max_size=10).map(DeviceId),
            st.sampled_from(Wish),
            st.datetimes(timezones=st.just(UTC)),
            st.datetimes(timezones=st.just(UTC)),
            st.text(max_size=10),
            st.text(max_size=10),
            st.booleans(),
        ),
        max_size=4,
    ).map(tuple)
)
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, overrides: tuple[Override, ...]
) -> None:
    file = OverrideFile(tmp_path_factory.getbasetemp() / "overrides.json")
    file.save(overrides, MARK)
    assert file.load(MARK) == overrides


def test_a_length_of_time_is_one_after_a_restart_and_moves_with_a_clock_set_meanwhile(
    tmp_path: Path,
) -> None:
    file = OverrideFile(tmp_path / "overrides.json")
    span, until_seven = replace(override("1"), is_span=True), override("2")
    file.save((span, until_seven), MARK)
    ahead = timedelta(hours=2)
    later = MARK._replace(offset=MARK.offset + ahead.total_seconds())
    assert file.load(later) == (
        replace(span, since=span.since + ahead, until=span.until + ahead),
        until_seven,
    )


def test_after_a_power_cut_the_end_that_was_shown_holds(tmp_path: Path) -> None:
    file = OverrideFile(tmp_path / "overrides.json")
    span = replace(override("1"), is_span=True)
    file.save((span,), MARK)
    assert file.load(Mark("the next start", 5.0)) == (replace(span, is_span=False),)


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    path.write_text(json.dumps({"overrides": [GOOD]}))
    (kept,) = OverrideFile(path).load(MARK)
    assert (kept.wish, kept.until, kept.is_span) == (Wish.BLOCK, NOON, False)


def test_a_crash_at_any_step_leaves_the_old_or_the_new_overrides(tmp_path: Path) -> None:
    file = OverrideFile(tmp_path / "overrides.json")
    old, new = (override("1"),), (override("1"), override("2", None, Wish.PAUSE))
    file.save(old, MARK)
    for _ in crashes(lambda: file.save(new, MARK)):
        assert file.load(MARK) in (old, new)
    assert file.load(MARK) == new


GOOD = {
    "id": "1",
    "device": None,
    "wish": "block",
    "since": NOON.isoformat(),
    "until": NOON.isoformat(),
    "by": "anna",
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut off"),
        pytest.param("[]", id="another shape"),
        pytest.param('{"overrides": [1]}', id="a number"),
        pytest.param('{"overrides": [{}]}', id="nothing in it"),
        pytest.param(json.dumps({"overrides": [GOOD | {"wish": "no"}]}), id="another wish"),
        pytest.param(json.dumps({"overrides": [GOOD | {"device": 7}]}), id="a number for a name"),
        pytest.param(json.dumps({"overrides": [GOOD | {"until": "7:00"}]}), id="no moment"),
        pytest.param(json.dumps({"clocks": 1, "overrides": [GOOD]}), id="a number for the clocks"),
        pytest.param(
            '{"clocks": {"boot": "this start", "offset": 1e999}, "overrides": []}',
            id="clocks out of reach",
        ),
        pytest.param(
            json.dumps({"overrides": [GOOD | {"until": "2026-11-03T12:00"}]}), id="no time zone"
        ),
    ],
)
def test_a_file_that_is_not_understood_is_an_error_not_no_overrides(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "overrides.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="removing the file forgets all of them"):
        OverrideFile(path).load(MARK)


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError):
        OverrideFile(path).load(MARK)
