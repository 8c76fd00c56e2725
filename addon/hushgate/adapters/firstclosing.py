"""Remembers when voice was first closed here, so that the owner is warned before, and not for ever.

In: the policy and the time. Out: the warning, from the start until a day after the first closing
that a status told of. The moment is kept in the state directory.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import UnavailableError
from hushgate.core.firstclosing import next_closing, warn_of
from hushgate.core.policy import Policy

NAME: Final = "first-closing"
SHOWN: Final = timedelta(days=1)


class FirstClosing:
    """The mark on disk."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME

    def warnings(self, policy: Policy, at: datetime, zone: ZoneInfo) -> list[str]:
        """Warn of the first closing, if it is to come or no day ago."""
        first = self._first()
        if not policy.clock_trusted or (first is not None and at >= first + SHOWN):
            return []
        closing = next_closing(policy, at)
        if closing is None:
            return []
        if first is None and closing.at <= at:
            self._remember(at)
        return [warn_of(closing, zone)]

    def _first(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._path.read_text(encoding="utf-8").strip())
        except (OSError, ValueError):
            return None

    def _remember(self, at: datetime) -> None:
        try:
            replace_file(self._path, f"{at.isoformat()}\n".encode())
        except UnavailableError:
            return  # it is warned of again: better twice than never
