"""A week of a speaker's voice on the wall clock, drawn as text or SVG.

In: the policy and a first day. Out: each day's 1440 minutes, allowed, paused or neither, and
drawings of them. The minutes come from Policy.next_change, so what is drawn is what holds,
overrides included; a pause is drawn as a pause: voice leaves, and nothing is protected.
Rule: on a day of a clock change the drawing has 24 hours like the wall; a minute of the repeated
hour is allowed if it is in either pass, one of the skipped hour never.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId, Reason, Voice
from hushgate.core.policy import Policy
from hushgate.core.stretches import stretches

MINUTES = 24 * 60
_CELL = 30


class Marks(NamedTuple):
    """Characters of a drawing: allowed all of the half hour, part of it, not at all; paused."""

    full: str
    part: str
    none: str
    paused: str


BLOCKS = Marks("\N{FULL BLOCK}", "\N{LEFT HALF BLOCK}", "\N{MIDDLE DOT}", "\N{MEDIUM SHADE}")
ASCII = Marks("#", "+", ".", "P")
_ALLOWED, _PAUSED = 1, 2


class Span(NamedTuple):
    """A span in which voice leaves; UTC."""

    start: datetime
    end: datetime
    paused: bool
    """Because protection is paused."""


class Day(NamedTuple):
    """One day on the wall."""

    date: date
    minutes: bytes
    """1 where voice is allowed, 2 where protection is paused, else 0."""

    @property
    def paused(self) -> bool:
        """Whether protection is paused in any of it."""
        return _PAUSED in self.minutes


@dataclass(frozen=True, slots=True)
class Week:
    """Days in a row of one zone."""

    zone: ZoneInfo
    days: tuple[Day, ...]


def open_spans(policy: Policy, device: DeviceId, start: datetime, end: datetime) -> Iterator[Span]:
    """The spans between two instants in which voice is allowed or protection paused, in order."""
    at: datetime | None = start
    while at is not None and at < end:
        ruling = policy.ruling(device, at)
        paused = ruling.reason is Reason.OVERRIDE_PAUSED
        change = policy.next_change(device, at)
        if paused or ruling.voice is Voice.ALLOWED:
            until = end if change is None else min(change, end)
            yield Span(at.astimezone(UTC), until.astimezone(UTC), paused)
        at = change


def paint_week(policy: Policy, device: DeviceId, first: date, days: int = 7) -> Week:
    """The days of a known device from a date on."""
    zone = policy.devices[device].schedule.zone
    midnight = datetime(first.year, first.month, first.day)
    start = midnight.replace(tzinfo=zone)
    end = (midnight + timedelta(days=days)).replace(tzinfo=zone)
    minutes = bytearray(days * MINUTES)
    for span in open_spans(policy, device, start, end):
        mark = _PAUSED if span.paused else _ALLOWED
        for begin, stop, offset in stretches(zone, span.start, span.end):
            low, high = (
                round((at + offset - midnight).total_seconds() / 60) for at in (begin, stop)
            )
            low, high = max(low, 0), min(high, len(minutes))
            minutes[low:high] = bytes([mark]) * max(high - low, 0)
    return Week(
        zone,
        tuple(
            Day(first + timedelta(days=day), bytes(minutes[day * MINUTES : (day + 1) * MINUTES]))
            for day in range(days)
        ),
    )


def draw_text(week: Week, marks: Marks = BLOCKS) -> Iterator[str]:
    """One line for the hours, one for each day; a character is half an hour."""
    yield " " * 11 + "".join(f"{hour:<6d}" for hour in range(0, 24, 3)) + "24"
    for day in week.days:
        cells = (day.minutes[at : at + _CELL] for at in range(0, MINUTES, _CELL))
        yield f"{day.date:%a %d.%m.} ".lower() + "".join(_mark(cell, marks) for cell in cells)


def _mark(cell: bytes, marks: Marks) -> str:
    if _PAUSED in cell:
        return marks.paused
    if all(cell):
        return marks.full
    return marks.part if any(cell) else marks.none


_LEFT, _TOP, _ROW, _WIDTH = 90, 34, 20, 720


def draw_svg(weeks: Sequence[tuple[str, Week]]) -> str:
    """All weeks below each other, each with its title, in one SVG document."""
    parts: list[str] = []
    y = 8
    for title, week in weeks:
        parts.extend(_svg_week(title, week, y))
        y += _TOP + _ROW * len(week.days) + 24
    width = _LEFT + _WIDTH + 20
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" role="img">'
    style = (
        "<style>text{font:12px sans-serif;fill:currentColor}.day{fill:#8884}"
        ".open{fill:#2a8f4f}.paused{fill:#d08700}.title{font-weight:bold}</style>"
    )
    return "\n".join((head, style, *parts, "</svg>", ""))


def _svg_week(title: str, week: Week, top: int) -> Iterator[str]:
    yield f'<text class="title" x="4" y="{top + 12}">{escape(title)}</text>'
    for hour in range(0, 25, 3):
        x = _LEFT + _WIDTH * hour / 24
        yield f'<text x="{x:.0f}" y="{top + 28}" text-anchor="middle">{hour}</text>'
    for row, day in enumerate(week.days):
        y = top + _TOP + _ROW * row
        yield f'<text x="4" y="{y + 12}">{day.date:%a %d.%m.}</text>'
        yield f'<rect class="day" x="{_LEFT}" y="{y}" width="{_WIDTH}" height="{_ROW - 4}"/>'
        for kind, start, end in _runs(day.minutes):
            style, words = _LOOKS[kind]
            x, width = (_LEFT + start * _WIDTH / MINUTES, (end - start) * _WIDTH / MINUTES)
            span = f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"
            yield (
                f'<rect class="{style}" x="{x:g}" y="{y}" width="{width:g}" height="{_ROW - 4}">'
                f"<title>{words} {span}</title></rect>"
            )


_LOOKS = {_ALLOWED: ("open", "voice allowed"), _PAUSED: ("paused", "NOT protecting: paused")}


def _runs(minutes: bytes) -> Iterator[tuple[int, int, int]]:
    """Each run of minutes that are not closed: what they are, its start and its end."""
    start = 0
    for kind, run in groupby(minutes):
        end = start + len(list(run))
        if kind:
            yield kind, start, end
        start = end
