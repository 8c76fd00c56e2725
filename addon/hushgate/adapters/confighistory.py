"""The configuration file as programs change it: checked, written whole, remembered, undone.

In: a change of text, who made it and when. Out: the changed file, and the last 20 changes with the
text before each. Rules:

1. A change is checked before anything is written; a text with a fault is never written.
2. The history is written before the file. A change the file never saw is recognized by the file
   still being the text before it, and forgotten.
3. Undo restores the very bytes, and only if nobody has changed the file since.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import Complaint, ConfigError, UnavailableError, why

HISTORY_NAME = "history.json"
KEPT = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the configuration by a program."""

    at: str
    """ISO, with an offset."""
    by: str
    what: str
    before: str
    """The text before it."""
    after: str
    """SHA-256 of the text after it."""


class ConfigFile:
    """The owner's file and its history."""

    def __init__(self, path: Path, state: Path, check: Callable[[str], object]) -> None:
        self.path = path
        self._history = state / HISTORY_NAME
        self._check = check

    def edit(self, change: Callable[[str], str], *, by: str, what: str, at: datetime) -> bool:
        """Change the text.

        Returns:
            False if the change changes nothing.

        Raises:
            ConfigError: the file cannot be read, or the changed text would have faults; nothing
                was written.
            UnavailableError: a file cannot be written.
        """
        with self._locked():
            before = self._read()
            after = change(before)
            if after == before:
                return False
            self._check(after)
            entry = Change(at.isoformat(), by, what, before, _digest(after))
            self._save([*self._settled(before), entry])
            replace_file(self.path, after.encode(), backup=True)
            return True

    def undo(self) -> Change:
        """Take back the last change and forget it.

        Raises:
            ConfigError: there is none, the file was changed by hand since, or cannot be read.
            UnavailableError: a file cannot be written.
        """
        with self._locked():
            text = self._read()
            changes = self._settled(text)
            if not changes:
                raise ConfigError(Complaint("there is no change to undo", str(self.path)))
            last = changes[-1]
            if last.after != _digest(text):
                message = f'the file was changed by hand after "{last.what}"; undo would lose that'
                raise ConfigError(Complaint(message, str(self.path)))
            replace_file(self.path, last.before.encode(), backup=True)
            self._save(changes[:-1])
            return last

    def history(self) -> list[Change]:
        """The changes that can be undone, the newest last."""
        return self._settled(self._read())

    def _settled(self, text: str) -> list[Change]:
        """The history without a last change that a crash kept from the file."""
        changes = self._load()
        if changes and changes[-1].before == text and changes[-1].after != _digest(text):
            return changes[:-1]
        return changes

    def _read(self) -> str:
        try:
            return self.path.read_bytes().decode()
        except FileNotFoundError as error:
            message = "there is no such file; --config says where it is"
            raise ConfigError(Complaint(message, str(self.path))) from error
        except OSError as error:
            message = f"cannot be read: {why(error)}"
            raise ConfigError(Complaint(message, str(self.path))) from error
        except UnicodeDecodeError as error:
            message = f"this is not UTF-8 text (byte {error.start + 1})"
            raise ConfigError(Complaint(message, str(self.path))) from error

    def _load(self) -> list[Change]:
        try:
            rows = json.loads(self._history.read_text(encoding="utf-8"))
            return [Change(**row) for row in rows]
        except FileNotFoundError:
            return []
        except OSError as error:
            message = f"cannot be read: {why(error)}"
            raise ConfigError(Complaint(message, str(self._history))) from error
        except (ValueError, TypeError) as error:
            message = f"this is not a history ({error}); removing the file forgets it"
            raise ConfigError(Complaint(message, str(self._history))) from error

    def _save(self, changes: list[Change]) -> None:
        rows = [asdict(each) for each in changes[-KEPT:]]
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        replace_file(self._history, f"{text}\n".encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One program at a time."""
        folder = self._history.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise UnavailableError(f"{folder} cannot be used: {why(error)}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
