"""The file in which overrides outlive restarts and power cuts.

In: overrides. Out: JSON with absolute ends, replaced as a whole. A file that cannot be understood
is an error, never "no overrides": that would drop a block its owner relies on.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.model import DeviceId
from hushgate.core.overrides import Override, Wish

OVERRIDES_NAME = "overrides.json"


class OverrideFile:
    """Overrides on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[Override, ...]:
        """The overrides saved last, expired ones too; none where there is no file.

        Raises:
            ConfigError: the file cannot be read or understood.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise self._broken(error) from error
        try:
            return tuple(map(_override, json.loads(text)["overrides"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(error) from error

    def save(self, overrides: Iterable[Override]) -> None:
        """Replace what is on disk.

        Raises:
            UnavailableError: it could not be written; what was saved before is still there.
        """
        rows = [_row(each) for each in overrides]
        text = json.dumps({"overrides": rows}, indent=1, ensure_ascii=False)
        replace_file(self.path, f"{text}\n".encode())

    def _broken(self, error: Exception) -> ConfigError:
        message = f"these are not overrides ({error}); removing the file forgets all of them"
        return ConfigError(Complaint(message, str(self.path)))


def _row(override: Override) -> dict[str, Any]:
    return {
        "id": override.id,
        "device": override.device,
        "wish": override.wish,
        "since": override.since.isoformat(),
        "until": override.until.isoformat(),
        "by": override.by,
    }


def _override(row: dict[str, Any]) -> Override:
    device = row["device"]
    if not (device is None or isinstance(device, str)):
        raise ValueError(f"override {row['id']}")
    return Override(
        device=None if device is None else DeviceId(device),
        wish=Wish(row["wish"]),
        since=_moment(row["since"]),
        until=_moment(row["until"]),
        by=str(row["by"]),
        id=str(row["id"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
