"""Helpers of the tests of windows: schedules from text, and a brute force that knows no theory.

The brute force paints each date's minutes on a calendar of the wall clock, then looks at the clock
on the wall, minute by minute. It shares no code with core.schedule but the parsed hours.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hushgate.core.schedule import Schedule
from hushgate.core.windows import DateException, Hours, Window

MINUTE = timedelta(minutes=1)

WINDOWS = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(
        lambda pair: Hours(pair[0], pair[0] + pair[1])
    ),
)


def schedule(
    *windows: str, zone: str = "Europe/Berlin", exceptions: dict[str, str] | None = None
) -> Schedule:
    """A schedule from its texts; an exception is ``closed`` or hours with commas between."""
    return Schedule(
        zone=ZoneInfo(zone),
        windows=tuple(map(Window.parse, windows)),
        exceptions=tuple(exception(*item) for item in (exceptions or {}).items()),
    )


def exception(dates: str, hours: str) -> DateException:
    parsed = () if hours == "closed" else tuple(map(Hours.parse, hours.split(",")))
    first, last, yearly = DateException.parse_dates(dates)
    return DateException(first, last, parsed, yearly=yearly)


def local(text: str, zone: str = "Europe/Berlin", *, second_pass: bool = False) -> datetime:
    """A moment on the wall clock; in a repeated hour the first pass unless told."""
    wall = datetime.fromisoformat(text)
    return wall.replace(tzinfo=ZoneInfo(zone), fold=int(second_pass)).astimezone(UTC)


def _speaks(each: DateException, day: date) -> bool:
    if not each.yearly:
        return each.first <= day <= each.last
    # The days of a leap year as a circle, walked from the first to the last.
    circle = [f"{date(2000, 1, 1) + timedelta(days):%m-%d}" for days in range(366)]
    first, last = (circle.index(f"{end:%m-%d}") for end in (each.first, each.last))
    length = (last - first) % 366
    return (circle.index(f"{day:%m-%d}") - first) % 366 <= length


class Calendar:
    """Open minutes of the wall clock, painted date by date."""

    def __init__(self, plan: Schedule) -> None:
        self.plan = plan
        self.days: dict[date, bytearray] = {}

    def is_open(self, at: datetime) -> bool:
        wall = at.astimezone(self.plan.zone)
        return bool(self._day(wall.date())[wall.hour * 60 + wall.minute])

    def _day(self, day: date) -> bytearray:
        if day not in self.days:
            painted = bytearray(1440)
            for minute in self._minutes(day):
                if minute < 1440:
                    painted[minute] = 1
            for minute in self._minutes(day - timedelta(days=1)):
                if minute >= 1440:
                    painted[minute - 1440] = 1
            self.days[day] = painted
        return self.days[day]

    def _minutes(self, day: date) -> Iterator[int]:
        hours = [each.hours for each in self.plan.windows if day.weekday() in each.days]
        for each in reversed(self.plan.exceptions):
            if _speaks(each, day):
                hours = list(each.hours)
        for span in hours:
            yield from range(span.start, span.end)

    def flips(self, start: datetime, end: datetime) -> list[datetime]:
        """Every minute of UTC in (start, end) at which open becomes closed or the reverse."""
        found = []
        before = self.is_open(start)
        # A million minutes for each of 600 zones: the clock on the wall is asked at each of them,
        # and nothing else is done. fromutc() wants UTC with the zone's name on it.
        fromutc, days = self.plan.zone.fromutc, self.days
        at, stop = (each.replace(tzinfo=self.plan.zone) for each in (start + MINUTE, end))
        while at < stop:
            wall = fromutc(at)
            painted = days.get(wall.date()) or self._day(wall.date())
            now = bool(painted[wall.hour * 60 + wall.minute])
            if now != before:
                found.append(at.replace(tzinfo=UTC))
            before = now
            at += MINUTE
        return found
