"""Calendars on the web: fetched twice a day, and the last good copy is what counts.

In: addresses. Out: files that the configuration reads; a new one makes the policy anew like any
change of a file. Rules: what is fetched is read as a calendar before it takes the place of the old
copy; an address that fails is a problem to show, and changes nothing; homes do not ask together.
"""

import asyncio
import json
import logging
import random
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hushgate.adapters.fetch import Limits, Stamp, fetch
from hushgate.adapters.filewrite import replace_file
from hushgate.config_calendars import LARGEST, kept_copy, parse_calendar
from hushgate.core.errors import UnavailableError

_log = logging.getLogger(__name__)

LIMITS: Final = Limits(size=LARGEST, seconds=60.0)
EVERY: Final = 43_200.0
AGAIN: Final = 900.0
"""Seconds until an address that failed is asked again."""
_POLL: Final = 2.0
_SPREAD: Final = 0.2
"""Share by which each wait is longer or shorter."""


class CalendarKeeper:
    """Keeps copies current; run it as one task."""

    def __init__(self, folder: Path) -> None:
        self.problems: dict[str, str] = {}
        """Why an address gave no calendar, by address: for the status."""
        self._folder = folder
        self._wanted: Sequence[str] = ()
        self._zone = ZoneInfo("UTC")
        self._due: dict[str, float] = {}

    def want(self, addresses: Sequence[str], zone: ZoneInfo) -> None:
        """Say which calendars the configuration names; `zone`: in which it reads them."""
        self._wanted, self._zone = addresses, zone
        self.problems = {each: why for each, why in self.problems.items() if each in addresses}

    async def run(self) -> None:
        """Fetch what is due until cancelled."""
        while True:
            for address in self._wanted:
                if time.monotonic() >= self._due.get(address, 0.0):
                    await asyncio.to_thread(self.ask, address)
            await asyncio.sleep(_POLL)

    def ask(self, address: str) -> None:
        """Ask for one calendar now, and remember when to ask again."""
        wait = EVERY
        try:
            if refresh(self._folder, address, self._zone):
                _log.info("calendar fetched address=%s", address)
            self.problems.pop(address, None)
        except UnavailableError as error:
            wait = AGAIN
            if address not in self.problems:
                _log.warning("calendar not fetched, the last copy stays error=%s", error)
            self.problems[address] = str(error)
        spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311
        self._due[address] = time.monotonic() + wait * spread


def refresh(folder: Path, address: str, zone: ZoneInfo, limits: Limits = LIMITS) -> bool:
    """Fetch a calendar; return whether there is a new copy.

    Raises:
        UnavailableError: there is none, or what came is no calendar; the old copy stays.
    """
    copy = kept_copy(folder, address)
    stamp_file, part = copy.with_suffix(".json"), copy.with_suffix(".part")
    location = re.sub("^webcal:", "https:", address, flags=re.IGNORECASE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = _read_stamp(stamp_file) if copy.exists() else None
        stamp = fetch(location, part, known=known, limits=limits)
        if stamp is None:
            return False
        data = part.read_bytes()
        parse_calendar(data, zone, address)
        changed = not copy.exists() or copy.read_bytes() != data
        if changed:
            replace_file(copy, data)
        replace_file(stamp_file, json.dumps(asdict(stamp)).encode())
    except (OSError, ValueError) as error:
        raise UnavailableError(str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return changed


def _read_stamp(path: Path) -> Stamp | None:
    """What the server said of the copy; None: ask for all of it."""
    try:
        return Stamp(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
