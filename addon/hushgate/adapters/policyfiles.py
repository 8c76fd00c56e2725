"""The file in which overrides outlive restarts and power cuts.

In: overrides, and where the clocks stand. Out: JSON with absolute ends, replaced as a whole. A file
that cannot be understood is an error, never "no overrides": that would drop a block its owner
relies on. A file without the clocks, as earlier versions wrote it, is one of another start of the
machine.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from hushgate.adapters.filewrite import replace_file
from hushgate.core.clocktrust import Mark
from hushgate.core.errors import Complaint, ConfigError, why
from hushgate.core.model import DeviceId
from hushgate.core.overrides import Override, Wish, resumed

OVERRIDES_NAME = "overrides.json"


class OverrideFile:
    """Overrides on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, now: Mark) -> tuple[Override, ...]:
        """The overrides saved last, as they are to be read now; none where there is no file.

        Raises:
            ConfigError: the file cannot be read or understood.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except OSError as error:
            message = f"cannot be read: {why(error)}"
            raise ConfigError(Complaint(message, str(self.path))) from error
        except UnicodeDecodeError as error:
            raise self._broken(error) from error
        try:
            document = json.loads(text)
            overrides = map(_override, document["overrides"])
            return resumed(overrides, _mark(document).step_to(now))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise self._broken(error) from error

    def save(self, overrides: Iterable[Override], now: Mark) -> None:
        """Replace what is on disk.

        Raises:
            UnavailableError: it could not be written; what was saved before is still there.
        """
        rows = [_row(each) for each in overrides]
        document = {"clocks": now._asdict(), "overrides": rows}
        text = json.dumps(document, indent=1, ensure_ascii=False)
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
        "is_span": override.is_span,
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
        is_span=bool(row.get("is_span", False)),
    )


def _mark(document: dict[str, Any]) -> Mark:
    clocks = document.get("clocks", {"boot": "", "offset": 0})
    return Mark(str(clocks["boot"]), float(clocks["offset"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
