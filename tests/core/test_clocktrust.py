"""Whether the wall clock can be trusted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.clocktrust import SETTLED, STARTING, ClockWatch, Distrust, Mark, Reading

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = 86400.0


def reading(
    wall: datetime = NOON,
    running: float = DAY,
    *,
    synchronized: bool = False,
    has_rtc: bool = False,
) -> Reading:
    return Reading(wall, running, synchronized, has_rtc)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(reading(), None, id="an old machine without NTP is believed"),
        pytest.param(reading(synchronized=True), None, id="NTP is believed"),
        pytest.param(
            reading(datetime(1970, 1, 1, tzinfo=UTC)), Distrust.IN_THE_PAST, id="the epoch is not"
        ),
        pytest.param(
            reading(running=20.0), Distrust.NOT_SET, id="just started, no clock of its own"
        ),
        pytest.param(reading(running=20.0, has_rtc=True), None, id="just started, with a clock"),
        pytest.param(reading(running=20.0, synchronized=True), None, id="just started, with NTP"),
        pytest.param(reading(running=STARTING), None, id="started a while ago"),
    ],
)
def test_the_first_reading(now: Reading, expected: Distrust | None) -> None:
    assert ClockWatch().judge(now) is expected


@pytest.mark.parametrize("step", [timedelta(days=365), timedelta(days=-20), timedelta(seconds=12)])
def test_a_step_is_distrusted_until_the_clock_has_run_evenly(step: timedelta) -> None:
    watch = ClockWatch()
    watch.judge(reading(NOON, DAY))
    after = NOON + step
    assert watch.judge(reading(after, DAY + 1)) is Distrust.STEPPED
    later = timedelta(seconds=SETTLED)
    before = watch.judge(reading(after + later - timedelta(seconds=1), DAY + SETTLED))
    assert before is Distrust.STEPPED
    assert watch.judge(reading(after + later, DAY + 1 + SETTLED)) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(Mark("a", 1000.0), Mark("a", 1000.0), 0, id="nobody touched it"),
        pytest.param(Mark("a", 1000.0), Mark("a", 1004.0), 0, id="a small correction is no step"),
        pytest.param(Mark("a", 1000.0), Mark("a", 8200.0), 7200, id="set ahead"),
        pytest.param(Mark("a", 1000.0), Mark("a", -2600.0), -3600, id="set back"),
        pytest.param(Mark("a", 1000.0), Mark("b", 1000.0), None, id="the machine was started"),
        pytest.param(Mark("", 1000.0), Mark("", 1000.0), None, id="it does not say when"),
    ],
)
def test_what_a_mark_tells_of_the_time_between(
    before: Mark, after: Mark, expected: int | None
) -> None:
    step = None if expected is None else timedelta(seconds=expected)
    assert before.step_to(after) == step


def test_a_step_is_measured_and_told_once() -> None:
    watch = ClockWatch()
    watch.judge(reading(NOON, DAY))
    assert watch.step == 0.0
    watch.judge(reading(NOON + timedelta(hours=2, seconds=1), DAY + 1))
    assert watch.step == pytest.approx(7200.0)
    watch.judge(reading(NOON + timedelta(hours=2, seconds=2), DAY + 2))
    assert watch.step == 0.0


def test_ntp_ends_the_distrust_after_a_step() -> None:
    watch = ClockWatch()
    watch.judge(reading(NOON, DAY))
    after = NOON + timedelta(days=1)
    assert watch.judge(reading(after, DAY + 1)) is Distrust.STEPPED
    assert watch.judge(reading(after, DAY + 2, synchronized=True)) is None
    assert watch.judge(reading(after, DAY + 3)) is None


@given(st.lists(st.tuples(st.floats(0.1, 5000), st.floats(-9, 9)), max_size=30))
def test_even_running_with_small_corrections_is_never_a_step(
    moves: list[tuple[float, float]],
) -> None:
    """However long the pause between two readings: a busy loop, a suspended machine."""
    watch = ClockWatch()
    wall, running = NOON, DAY
    for pause, correction in moves:
        running += pause
        wall += timedelta(seconds=pause + correction)
        assert watch.judge(reading(wall, running)) is None
