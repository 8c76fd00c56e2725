"""Moments in the past, as people write them on a command line.

In: words, the now, the house's time zone. Out: an aware datetime. Forms: ``30m`` ``2h`` ``7d``
(ago), ``today`` ``yesterday`` (their midnight), ``18:30`` (the latest one), ``2026-11-24``,
``2026-11-24 18:30``, and ISO 8601 with an offset.
"""

import re
from datetime import datetime, time, timedelta, tzinfo

_AGO = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def parse_past(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Read a moment.

    Raises:
        ValueError: the words are not one; the message says what was expected.
    """
    word, local = text.strip().lower(), now.astimezone(zone)
    try:
        if word in ("today", "yesterday"):
            return midnight(local, days_ago=int(word == "yesterday"))
        if match := _AGO.fullmatch(word):
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := _CLOCK.fullmatch(word):
            clock = time(int(match[1]), int(match[2]))
            today = datetime.combine(local.date(), clock, zone)
            if today <= now:
                return today
            return datetime.combine(local.date() - timedelta(days=1), clock, zone)
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f'"{text}" is no moment; expected e.g. 2h, 7d, yesterday, 18:30, 2026-11-24,'
            ' "2026-11-24 18:30"'
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def midnight(local: datetime, *, days_ago: int = 0) -> datetime:
    """Give the start of the day of a local time, or of an earlier day."""
    return datetime.combine(local.date() - timedelta(days=days_ago), time.min, local.tzinfo)
