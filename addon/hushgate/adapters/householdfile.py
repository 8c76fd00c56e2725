"""The household on disk: who lives here outlives a restart.

What is found is worth more than a cache, since a found speaker may be guarded: the file is written
as soon as one is found, and read before the addon is up, so that it is shut from the start. Rules:

- Nobody waits for the disk: what is to be written is composed at once and written by a thread.
- What somebody else wrote, a backup that was restored, is taken in before it is replaced.
- A file that cannot be read is set aside and said.
"""

import json
import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hushgate.adapters.filestamp import stamp_of
from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import UnavailableError
from hushgate.core.household import Household
from hushgate.core.keeping import dump, load, read_found
from hushgate.core.model import Instant
from hushgate.core.newcomers import Found

_log = logging.getLogger(__name__)

NAME: Final = "household.json"
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


class HouseholdFile:
    """The file in the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="household")
        self._next: deque[dict[str, Any]] = deque(maxlen=1)
        """What the writer is to write; what it has not begun when more comes is not written."""
        self._job: Future[None] | None = None
        self._stamp = stamp_of(self._path)
        """Of the file as it is known here."""

    def load(self, household: Household, now: Instant, at: datetime) -> None:
        """Put what was saved last into a household."""
        saved = self._read()
        if saved is None:
            return
        try:
            load(household, saved, now, at)
        except _WRONG as error:
            self._set_aside(error)

    def found(self) -> list[Found]:
        """Return only the speakers that were found, whatever else the file says."""
        try:
            return read_found(self._read() or {"found": []})
        except _WRONG:
            return []

    def save(self, household: Household, now: Instant, at: datetime) -> None:
        """Replace what is on disk, soon."""
        is_idle = self._job is None or self._job.done()
        if is_idle and stamp_of(self._path) != self._stamp:
            self.load(household, now, at)
        self._next.append(dump(household, now, at))
        self._job = self._writer.submit(self._write)

    def close(self) -> None:
        """Wait until all is written."""
        self._writer.shutdown()

    def _write(self) -> None:
        with suppress(IndexError):
            data = json.dumps(self._next.pop()).encode()
            try:
                replace_file(self._path, data)
            except UnavailableError as error:
                _log.warning("known devices are not saved error=%s", error)
            self._stamp = stamp_of(self._path)

    def _read(self) -> dict[str, Any] | None:
        try:
            saved: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._set_aside(error)
            return None
        return saved

    def _set_aside(self, error: Exception) -> None:
        aside = self._path.with_suffix(".broken")
        _log.error("known devices are lost file=%s error=%r kept=%s", self._path, error, aside)
        try:
            self._path.replace(aside)
        except OSError as failure:
            _log.warning("and cannot be set aside error=%s", failure)
