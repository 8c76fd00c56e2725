"""Words for people: the nearest valid word, lists in a sentence, spans of time.

Strings in, strings out; used by every message that says what was expected.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like a word, or None if none is alike."""
    by_lower = {choice.lower(): choice for choice in choices}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def suggest(word: str, choices: Sequence[str]) -> str:
    """End of a complaint about a word: the nearest choice, else all of them when they are few."""
    match = nearest(word, choices)
    if match is not None:
        return f'; nearest: "{match}"'
    if 0 < len(choices) <= 12:
        return f"; expected one of: {', '.join(choices)}"
    return ""


def listing(parts: Sequence[str], *, last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def counted(count: int, one: str, many: str) -> str:
    """``1 entry``, ``2,000 entries``."""
    return f"{count:,} {one if count == 1 else many}"


def duration(span: timedelta) -> str:
    """A span of time as its owner would write it: ``20m``, ``1h30m``, ``2d``, ``90s``."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 120:
        return f"{seconds}s"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def moment(at: datetime) -> str:
    """A moment on the wall clock of its own zone: ``sun 2026-11-01 22:30``."""
    return f"{at:%a}".lower() + f" {at:%Y-%m-%d %H:%M}"
