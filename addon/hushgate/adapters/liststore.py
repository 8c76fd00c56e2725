"""The blocklists on disk: which there are, for whom, their copies, and the way back.

In: changes. Out: the state, and the lists in force as a ListSet. Rules:
- ``lists.json`` names the lists; ``own.txt`` is the owner's own, kept byte by byte; ``copies/``
  holds each version under the hash of its content, so a new version never touches the old one.
- Every change first puts the state it replaces into ``history/``; undoing is loading that.
- A copy goes when neither the state nor the history speaks of it.
"""

import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from hushgate.adapters.filewrite import replace_file
from hushgate.adapters.listfiles import map_file, read_source
from hushgate.adapters.listrows import Source, State, state_from_json, state_to_json
from hushgate.adapters.shipped import shipped_lists
from hushgate.core.errors import Complaint, ConfigError, UnavailableError, why
from hushgate.core.listformats.entry import Entry, Format
from hushgate.core.listreading import Reading, find_line
from hushgate.core.lists import BlockList, ListSet

OWN = "own"
"""The id of the owner's own list."""
OWN_SOURCE = Source(OWN, "own.txt", format=Format.ADBLOCK)
SHIPPED = "shipped:"
"""How the location of a list begins that comes with hushgate."""

_HISTORY = 50
"""Changes that can be undone."""
_STALE = 3600.0
"""Seconds that a copy nobody speaks of is kept: another process may be about to."""

OWN_HEADER = """\
! Your own list. It is asked first, and what it says stands.
!   ads.example            blocks this name
!   ||ads.example^         blocks this name and everything below it
!   @@||ok.example^        lets this name and everything below it pass
! Lines that begin with "!" or "#" are comments. Order and comments are kept.
"""


@dataclass(frozen=True, slots=True)
class InForce:
    """The lists as loaded, and those that could not be."""

    lists: ListSet
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why a list is not in force, by id."""


class ListStore:
    """The folder of the lists; one writer at a time."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "lists"
        self._index = self.folder / "lists.json"
        self._own = self.folder / "own.txt"
        self._copies = self.folder / "copies"
        self._history = self.folder / "history"

    def revision(self) -> tuple[int, ...]:
        """Differs whenever the state may have changed: for whoever watches it."""
        return tuple(_mtime(path) for path in (self._index, self._own))

    def state(self) -> State:
        """The state; raises ConfigError if it cannot be understood."""
        return self._read(self._index, own=_read_text(self._own))

    @contextmanager
    def change(self, what: str | None) -> Iterator["Change"]:
        """Change the state; others wait meanwhile, and ``undo`` leads back to before.

        ``what`` says what is being done; None: only when a list was last asked for, nothing that
        anybody would undo. Leaving with an exception, or without a new state, changes nothing.
        """
        with self._locked():
            change = Change(self.state())
            yield change
            if change.state == change.before:
                return
            if what is not None:
                self._remember(change.before, what)
            self._write(change.state)
            self._sweep(change.state)

    def undo(self) -> str | None:
        """Take back the last change; gives what it was, None: there is none."""
        with self._locked():
            steps = self._steps()
            if not steps:
                return None
            data = _load_json(steps[-1])
            self._write(self._read(steps[-1]))
            steps[-1].unlink()
            return str(data["what"])

    def history(self) -> list[str]:
        """What was changed, the last change first."""
        return [str(_load_json(path)["what"]) for path in reversed(self._steps())]

    def new_file(self) -> Path:
        """A place to fetch a list to, on the same disk as the copies."""
        self._make_folders()
        return self._copies / f"new.{threading.get_ident()}.{os.getpid()}"

    def keep_copy(self, fetched: Path) -> str:
        """Make a fetched file a copy; gives its name."""
        with fetched.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        fetched.replace(self._copies / name)
        return name

    def path_of(self, source: Source) -> Path | None:
        """The file that is in force for a list; None: there is none yet."""
        if source.location.startswith(SHIPPED):
            return shipped_lists().get(source.location.removeprefix(SHIPPED))
        return self._copies / source.copy if source.copy else None

    def own_path(self) -> Path:
        """The file of the owner's own list."""
        return self._own

    def load(self, state: State, pause: Callable[[int], None] = lambda size: None) -> InForce:
        """Read all lists that are switched on for somebody; ``pause`` is called between blocks."""
        lists, problems = [], {}
        for source in state.sources.values():
            path = self.path_of(source)
            if source.scope.is_off:
                continue
            try:
                if path is None:
                    raise UnavailableError(source.problem or "was never fetched")
                reading = read_source(path, source, pause)
            except UnavailableError as error:
                problems[source.id] = str(error)
                continue
            if reading.refused:
                problems[source.id] = reading.refused
                continue
            lists.append(_in_force(source, path, reading))
        own = read_source(self._own, OWN_SOURCE, pause) if self._own.exists() else None
        if own is not None:
            lists.append(_in_force(OWN_SOURCE, self._own, own))
        return InForce(ListSet(lists), problems)

    def _read(self, path: Path, own: str | None = None) -> State:
        if own is not None and not path.exists():
            return State(own=own)
        data = _load_json(path)
        try:
            state = state_from_json(data)
        except (KeyError, TypeError, ValueError) as error:
            message = f"this is not a state of the lists ({error}); `hushgate lists undo` may help"
            raise ConfigError(Complaint(message, str(path))) from error
        return state if own is None else state.with_own(own)

    def _write(self, state: State) -> None:
        self._make_folders()
        if state.own != _read_text(self._own):
            replace_file(self._own, state.own.encode("utf-8", "surrogateescape"))
        replace_file(self._index, _dump_json(state_to_json(state.with_own(""))))

    def _remember(self, state: State, what: str) -> None:
        self._make_folders()
        steps = self._steps()
        number = int(steps[-1].stem) + 1 if steps else 1
        data = {"what": what, **state_to_json(state)}
        replace_file(self._history / f"{number:06}.json", _dump_json(data))
        for old in steps[: len(steps) + 1 - _HISTORY]:
            old.unlink()

    def _steps(self) -> list[Path]:
        return sorted(self._history.glob("[0-9]*.json"))

    def _sweep(self, state: State) -> None:
        try:
            states = [state, *(self._read(path) for path in self._steps())]
        except ConfigError:
            return  # which copies a damaged step needs is not known
        needed = {source.copy for each in states for source in each.sources.values()}
        for copy in self._copies.iterdir():
            if copy.name not in needed and time.time() - copy.stat().st_mtime >= _STALE:
                copy.unlink()

    def _make_folders(self) -> None:
        try:
            for folder in (self._copies, self._history):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(f"{self.folder} cannot be made: {why(error)}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._make_folders()
        try:
            lock = (self.folder / "lock").open("w")
        except OSError as error:
            raise UnavailableError(f"{self.folder} cannot be changed: {why(error)}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                self._hand_over()

    def _hand_over(self) -> None:
        """Give what root made to the owner of the state: the gateway runs as somebody else."""
        if os.geteuid() != 0:
            return
        owner = self.folder.parent.stat()
        for path in (self.folder, *self.folder.rglob("*")):
            with suppress(FileNotFoundError):  # another process may be done with a download
                os.chown(path, owner.st_uid, owner.st_gid)


@dataclass(slots=True)
class Change:
    """A change under way: assign the new state."""

    before: State
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.before


def _in_force(source: Source, path: Path, reading: Reading) -> BlockList:
    @lru_cache(maxsize=1024)
    def locate(entry: Entry) -> int | None:
        try:
            with map_file(path) as data:
                return find_line(data, reading, entry, allow=source.allow)
        except UnavailableError:
            return None  # a decision is not called off because its line cannot be shown

    own = source.id == OWN
    return BlockList(source.id, reading.rules, source.scope, locate, own, source.checked)


def _mtime(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {why(error)}") from error


def _load_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {why(error)}") from error
    except ValueError as error:
        raise ConfigError(Complaint(f"is not JSON ({error})", str(path))) from error
    if not isinstance(data, dict):
        raise ConfigError(Complaint("expected an object", str(path)))
    return data


def _dump_json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, indent=1).encode() + b"\n"
