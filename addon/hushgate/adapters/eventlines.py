"""Rows of the ledger as lines of JSON, for those who ship logs elsewhere: to a file, or to syslog.

In: rows, on the ledger's thread. Out: one JSON object a line, as `hushgate log --json` prints it
(docs/ledger.md). Rules: a file is opened for each batch, so that whoever rotates it just moves it
away; a target that takes nothing costs lines, which are counted, and never a row or a decision.
"""

import logging
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hushgate.adapters.rowfiles import json_line
from hushgate.core.rows import Row

_log = logging.getLogger(__name__)

SYSLOG: Final = "syslog"
"""The target's word for the machine's log: rsyslog, journald, logd."""
SYSLOG_SOCKET: Final = Path("/dev/log")
_HEAD: Final = b"<134>hushgate-ledger: "
"""RFC 3164: facility local0, severity informational, and the tag."""


class EventLines:
    """Writes lines to one target; made once, used from one thread."""

    def __init__(self, target: str, *, syslog: Path = SYSLOG_SOCKET) -> None:
        self._target = target
        self._syslog = syslog
        self.lost = 0
        """Lines that the target did not take."""
        self.error: str | None = None
        """Why it takes none now; None: it does."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write a line for each row."""
        lines = [json_line(row).encode() for row in rows]
        try:
            if self._target == SYSLOG:
                self._send(lines)
            else:
                _append(Path(self._target), lines)
        except OSError as error:
            if self.error is None:
                _log.error("ledger's lines not written target=%s error=%s", self._target, error)
            self.error = f"{self._target}: {error}"
            self.lost += len(lines)
            return
        if self.error is not None:
            _log.warning("ledger's lines written again lost=%d", self.lost)
            self.error = None

    def _send(self, lines: Sequence[bytes]) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(str(self._syslog))
            for line in lines:
                sock.send(_HEAD + line)


def _append(path: Path, lines: Sequence[bytes]) -> None:
    with path.open("ab") as file:
        file.writelines(line + b"\n" for line in lines)
