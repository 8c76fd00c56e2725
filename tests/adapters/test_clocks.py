"""The clocks of this machine."""

import time
from datetime import UTC, datetime, timedelta

from hushgate.adapters.clocks import read_clocks


def test_the_clocks_of_this_machine_are_read() -> None:
    first, second = read_clocks(), read_clocks()
    assert abs(first.wall - datetime.now(UTC)) < timedelta(minutes=1)
    assert 0 < first.running <= second.running <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert isinstance(first.synchronized, bool)
    assert isinstance(first.has_rtc, bool)


def test_a_run_of_this_machine_is_known_again() -> None:
    first, second = read_clocks(), read_clocks()
    assert first.boot == second.boot != ""
    assert first.mark.step_to(second.mark) == timedelta(0)
