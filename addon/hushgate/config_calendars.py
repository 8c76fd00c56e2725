"""The calendars a configuration names, read with it.

In: the checked document and the folder its paths are relative to. Out: the dates of each calendar;
what is wrong is a complaint at the line that names the file, so that a broken calendar is refused
like any other mistake.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from hushgate.config_schema import Document, Rules
from hushgate.config_tree import Path as KeyPath
from hushgate.config_tree import Tree
from hushgate.core.ical import Dates, read_calendar

type Calendars = Mapping[str, Sequence[Dates]]

_LARGEST = 4_000_000
"""Bytes."""


def read_calendars(tree: Tree, document: Document, folder: Path) -> Calendars:
    """The dates of every calendar named; complaints go into the tree."""
    calendars: dict[str, Sequence[Dates]] = {}
    for path, rules in _levels(document):
        for name in rules.calendars:
            if name in calendars:
                continue
            calendars[name] = ()
            try:
                calendars[name] = _read(folder / name, document.house.zone)
            except ValueError as error:
                tree.complain((*path, "calendars", name), str(error), key=True)
    return calendars


def _levels(document: Document) -> Iterator[tuple[KeyPath, Rules]]:
    yield ("house",), document.house
    for key, group in document.groups.items():
        yield ("groups", key), group
    for key, speaker in document.speakers.items():
        yield ("speakers", key), speaker


def _read(path: Path, zone: ZoneInfo) -> Sequence[Dates]:
    """The dates of one calendar.

    Raises:
        ValueError: with the first thing that is wrong with it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise ValueError(f"{path} is larger than {_LARGEST} bytes")
    dates, complaints = read_calendar(data.decode(errors="replace"), zone)
    if complaints:
        line, message = complaints[0]
        more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
        raise ValueError(f"{path}:{line}: {message}{more}")
    return dates
