"""Remembers when voice was first closed here, so that the owner is warned before, and not for ever.

In: the policy and the time. Out: the warning, from the start until a day after the first closing
that a status told of. The moment is kept in the state directory.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import UnavailableError
from hushgate.core.firstclosing import Closing, next_closing, warn_of
from hushgate.core.policy import Policy

NAME: Final = "first-closing"
SHOWN: Final = timedelta(days=1)
AGAIN: Final = timedelta(minutes=1)
"""So often a closing is looked for where there is none to come, or it is now."""


class _Found(NamedTuple):
    """A closing, and while it need not be looked for again."""

    policy: Policy
    since: datetime
    until: datetime
    closing: Closing | None


class FirstClosing:
    """The mark on disk."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME
        self._found: _Found | None = None

    def warnings(self, policy: Policy, at: datetime, zone: ZoneInfo) -> list[str]:
        """Warn of the first closing, if it is to come or no day ago."""
        first = self._first()
        if not policy.clock_trusted or (first is not None and at >= first + SHOWN):
            return []
        closing = self._next(policy, at)
        if closing is None:
            return []
        if first is None and closing.at <= at:
            self._remember(at)
        return [warn_of(closing, zone)]

    def _next(self, policy: Policy, at: datetime) -> Closing | None:
        """Look for the closing, but not at every status: it is a walk through all windows."""
        found = self._found
        if found is None or found.policy is not policy or not found.since <= at < found.until:
            closing = next_closing(policy, at)
            soon = at + AGAIN
            until = soon if closing is None else max(closing.at, soon)
            self._found = found = _Found(policy, at, until, closing)
        return found.closing

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
