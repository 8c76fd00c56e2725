"""Whether the wall clock can be trusted: windows are judged by it, so a wrong one opens at night.

In: readings of the clocks, one a second or so. Out: why the wall clock is not trusted, or None.
Rules, the first that applies:

1. A clock that the kernel calls synchronized (NTP) is trusted.
2. A clock that shows a time before this software existed is wrong.
3. A machine without a clock of its own (no RTC), just started, shows when it was last on.
4. A clock that jumped against the running time has been set by somebody: it is trusted again when
   it has run evenly for a while.

Theory: running time (CLOCK_BOOTTIME) only ever grows, suspended or not, so the difference between
it and the wall clock is constant but for slow corrections; a jump of that difference is a step.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
STEP = 10.0
"""Seconds between two readings that no correction of a running clock makes."""
STARTING = 90.0
"""Seconds after the start of a machine in which NTP usually answers."""
SETTLED = 600.0
"""Seconds after which a clock that was set and runs evenly is believed."""


class Distrust(StrEnum):
    """Why the wall clock is not trusted."""

    IN_THE_PAST = "in-the-past"
    """It shows a time before this software existed."""
    NOT_SET = "not-set"
    """The machine has no clock of its own and has just started."""
    STEPPED = "stepped"
    """It was set a moment ago."""
    REHEARSED = "rehearsed"
    """The owner rehearses what happens then."""


class Mark(NamedTuple):
    """Where the wall clock stands against the running time of one start of the machine."""

    boot: str
    """Which start of the machine; empty: it does not say."""
    offset: float
    """Wall clock less running time, in seconds."""

    def step_to(self, later: "Mark") -> timedelta | None:
        """Return by how much the wall clock was set up to a later mark.

        None: the running time began anew in between, so nobody can know.
        """
        if not self.boot or later.boot != self.boot:
            return None
        step = later.offset - self.offset
        return timedelta(seconds=round(step) if abs(step) > STEP else 0)


class Reading(NamedTuple):
    """The clocks of the machine at one moment."""

    wall: datetime
    running: float
    """Seconds since the start of the machine."""
    synchronized: bool
    """Whether the kernel says that the wall clock follows a better one."""
    has_rtc: bool
    """Whether the machine keeps the time while it is off."""
    boot: str = ""
    """Which start of the machine this is; empty: it does not say."""

    @property
    def mark(self) -> Mark:
        """What tells later whether the wall clock was set since."""
        return Mark(self.boot, self.wall.timestamp() - self.running)


@dataclass(slots=True)
class ClockWatch:
    """Remembers the difference of the clocks."""

    step: float = field(default=0.0, init=False)
    """Seconds by which the wall clock was set between the last two readings; 0: it was not."""
    _offset: float | None = field(default=None, init=False)
    _stepped: float | None = field(default=None, init=False)
    """Running time of the last step."""

    def judge(self, reading: Reading) -> Distrust | None:
        """Why the wall clock is not trusted now; None: it is."""
        offset = reading.mark.offset
        change = offset - (offset if self._offset is None else self._offset)
        self.step = change if abs(change) > STEP else 0.0
        if self.step:
            self._stepped = reading.running
        self._offset = offset
        if reading.synchronized:
            self._stepped = None
            return None
        if reading.wall < RELEASED:
            return Distrust.IN_THE_PAST
        if not reading.has_rtc and reading.running < STARTING:
            return Distrust.NOT_SET
        if self._stepped is not None and reading.running < self._stepped + SETTLED:
            return Distrust.STEPPED
        return None
