"""The calendars a configuration names, read with it.

In: the checked document and the folder its paths are relative to. Out: the dates of each calendar;
what is wrong is a complaint at the line that names the file, so that a broken calendar is refused
like any other mistake. A calendar on the web is read from the copy that a running gateway keeps of
it; without one it has no dates yet, and that is no mistake of the owner's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from hushgate.config_schema import Document, Rules
from hushgate.config_tree import Path as KeyPath
from hushgate.config_tree import Tree
from hushgate.core.errors import why
from hushgate.core.ical import Dates, read_calendar

type Calendars = Mapping[str, Sequence[Dates]]

LARGEST = 4_000_000
"""Bytes."""
KEPT_NAME = "calendars"
"""The folder of copies, in the state directory."""


def is_address(name: str) -> bool:
    """Whether a calendar is on the web rather than in a file."""
    return "://" in name


def kept_copy(kept: Path, address: str) -> Path:
    """Where the copy of a calendar on the web is kept."""
    return kept / f"{sha256(address.encode()).hexdigest()[:16]}.ics"


def read_calendars(tree: Tree, document: Document, folder: Path, kept: Path | None) -> Calendars:
    """The dates of every calendar named; complaints go into the tree.

    Args:
        tree: The file.
        document: What it says.
        folder: Where paths begin.
        kept: Where copies of calendars on the web are, if it is known.
    """
    calendars: dict[str, Sequence[Dates]] = {}
    for path, rules in _levels(document):
        for name in rules.calendars:
            if name in calendars:
                continue
            calendars[name] = ()
            try:
                if is_address(name):
                    calendars[name] = _read_kept(kept, name, document.house.zone)
                else:
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


def _read_kept(kept: Path | None, address: str, zone: ZoneInfo) -> Sequence[Dates]:
    """The dates of the copy of a calendar; none where there is no copy that can be read.

    Raises:
        ValueError: the address is of a kind that is not fetched.
    """
    if not re.match("(?:https?|webcal)://.", address, re.IGNORECASE):
        raise ValueError(f'"{address}" is not fetched; expected https://, http:// or webcal://')
    path = kept_copy(kept, address) if kept is not None else None
    try:
        return _read(path, zone) if path is not None and path.exists() else ()
    except ValueError:
        return ()


def _read(path: Path, zone: ZoneInfo) -> Sequence[Dates]:
    """The dates of one calendar.

    Raises:
        ValueError: with the first thing that is wrong with it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {why(error)}") from error
    if len(data) > LARGEST:
        raise ValueError(f"{path} is larger than {LARGEST} bytes")
    return parse_calendar(data, zone, str(path))


def parse_calendar(data: bytes, zone: ZoneInfo, where: str) -> Sequence[Dates]:
    """The dates of a calendar's bytes.

    Raises:
        ValueError: with the first thing that is wrong with it.
    """
    dates, complaints = read_calendar(data.decode(errors="replace"), zone)
    if complaints:
        line, message = complaints[0]
        more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
        raise ValueError(f"{where}:{line}: {message}{more}")
    return dates
