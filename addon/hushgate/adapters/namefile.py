"""Names learned from DNS and hellos, kept over restarts.

A restart in the middle of the night must not make every server nameless until the speakers ask DNS
again. The file is a cache: one that cannot be read is as good as none.
"""

import json
import logging
from datetime import datetime
from pathlib import Path

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Instant
from hushgate.core.names import NameTable

_log = logging.getLogger(__name__)


class NameFile:
    """The cache on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, names: NameTable, now: Instant, at: datetime) -> None:
        """Put what was saved last into a table."""
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
            slept = (at - datetime.fromisoformat(saved["at"])).total_seconds()
            names.load(saved["names"], now, slept=max(slept, 0.0))
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("learned names are lost file=%s error=%r", self._path, error)

    def save(self, names: NameTable, now: Instant, at: datetime) -> None:
        """Replace what is on disk."""
        text = json.dumps({"at": at.isoformat(), "names": names.dump(now)})
        try:
            replace_file(self._path, text.encode())
        except UnavailableError as error:
            _log.warning("learned names are not saved error=%s", error)
