"""Backup and restore: the configuration and what was set up beside it, in one file.

In: the configuration's path, the calendars beside it and the state folder. Out: a .tar.gz with a
manifest, and back again.
Rules:

1. The ledger stays at home (it is large, and private), and so do overrides and history: they are
   about a moment that has passed.
2. A backup is read and checked as a whole before anything is written.
3. All or nothing: the files are staged first; once the stage is complete it is carried out, by this
   run or, after a crash, by the next (finish_restore).
"""

import io
import json
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from hushgate import __version__
from hushgate.adapters.confighistory import HISTORY_NAME
from hushgate.adapters.filewrite import replace_file
from hushgate.adapters.policyfiles import OVERRIDES_NAME
from hushgate.core.errors import Complaint, ConfigError, UnavailableError, why

FORMAT = 1
_CONFIG = "etc/hushgate.yaml"
_MANIFEST = "manifest.json"
_STAGE = ".restore"
_READY = "ready.json"
_LARGEST = 200_000_000
_UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, KeyError, TypeError)
_AT_HOME = ("ledger", OVERRIDES_NAME, HISTORY_NAME, ".")


@dataclass(frozen=True, slots=True)
class Step:
    """What restoring does to one file."""

    path: Path
    data: bytes
    change: str
    """``new``, ``changed`` or ``same``."""


def make_backup(config: Path, calendars: Iterable[Path], state: Path, now: datetime) -> bytes:
    """The bytes of a backup; calendars outside the configuration's folder are not in it.

    Raises:
        UnavailableError: a file cannot be read.
    """
    try:
        files = {_CONFIG: config.read_bytes()}
        for calendar in calendars:
            if calendar.is_relative_to(config.parent) and ".." not in calendar.parts:
                name = calendar.relative_to(config.parent).as_posix()
                files[f"etc/{name}"] = calendar.read_bytes()
        for path in sorted(_files_below(state)):
            inside = path.relative_to(state).as_posix()
            if not inside.startswith(_AT_HOME) and path.suffix != ".bak":
                files[f"state/{inside}"] = path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"{error.filename} cannot be read: {why(error)}") from error
    manifest = {
        "format": FORMAT,
        "version": __version__,
        "made": now.isoformat(),
        "files": {name: sha256(data).hexdigest() for name, data in files.items()},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in ({_MANIFEST: json.dumps(manifest, indent=1).encode()} | files).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), int(now.timestamp()), 0o600
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder that may not be there; OSError where one cannot be looked into."""

    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for place, _, names in folder.walk(on_error=fail):
        yield from (place / name for name in names if (place / name).is_file())


def read_backup(path: Path) -> Mapping[str, bytes]:
    """The files in a backup, by name, each checked against the manifest.

    Raises:
        ConfigError: this is no backup, or it is damaged.
    """
    try:
        files = _unpack(path)
        manifest = json.loads(files.pop(_MANIFEST))
        version, digests = int(manifest["format"]), dict(manifest["files"])
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise _refusal(path, f"cannot be read: {why(error)}") from error
    except _UNREADABLE as error:
        raise _refusal(path, f"this is not a whole backup of hushgate ({error})") from error
    if version > FORMAT:
        raise _refusal(path, f"this backup is for a newer hushgate (format {version})")
    found = {name: sha256(data).hexdigest() for name, data in files.items()}
    if found != digests or _CONFIG not in files:
        raise _refusal(path, "this backup is damaged: its files are not those of its manifest")
    return files


def _unpack(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(path, mode="r:gz") as archive:
        for entry in archive:
            name = PurePosixPath(entry.name)
            data = archive.extractfile(entry) if entry.isreg() else None
            known = name.parts[:1] in (("etc",), ("state",), (_MANIFEST,))
            if data is None or not known or ".." in name.parts:
                raise ValueError(f"{entry.name} does not belong into a backup")
            if entry.size + sum(map(len, files.values())) > _LARGEST:
                raise ValueError("it is too large")
            files[str(name)] = data.read()
    return files


def plan_restore(
    files: Mapping[str, bytes], config: Path, state: Path, check: Callable[[Path], object]
) -> list[Step]:
    """What restoring a backup's files would do; nothing is written in its place.

    Raises:
        ConfigError: the configuration in it has faults.
    """
    with TemporaryDirectory(prefix="hushgate-") as folder:
        for name, data in files.items():
            if name.startswith("etc/"):
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        check(Path(folder, _CONFIG))
    steps = []
    for name, data in files.items():
        path = _place(name, config, state)
        old = path.read_bytes() if path.is_file() else None
        change = "new" if old is None else "same" if old == data else "changed"
        steps.append(Step(path, data, change))
    return steps


def _place(name: str, config: Path, state: Path) -> Path:
    if name == _CONFIG:
        return config
    section, _, rest = name.partition("/")
    return (config.parent if section == "etc" else state) / rest


def restore(steps: list[Step], state: Path) -> None:
    """Carry out a plan, all of it or nothing.

    Raises:
        UnavailableError: a file cannot be written; if the stage was complete, the next run goes on.
    """
    finish_restore(state)
    steps = [step for step in steps if step.change != "same"]
    stage = state / _STAGE
    try:
        stage.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise UnavailableError(f"{stage} cannot be made: {why(error)}") from error
    staged = {str(number): str(step.path.absolute()) for number, step in enumerate(steps)}
    for number, step in enumerate(steps):
        replace_file(stage / str(number), step.data)
    # From here on the restore happens, even if this run does not live to see it.
    replace_file(stage / _READY, json.dumps(staged).encode())
    finish_restore(state)


def finish_restore(state: Path) -> bool:
    """Carry out a restore whose stage is complete; forget one whose stage is not.

    Returns:
        Whether there was one to carry out.

    Raises:
        UnavailableError: a file cannot be written; the next call goes on.
    """
    stage = state / _STAGE
    ready = stage / _READY
    if complete := ready.is_file():
        for name, path in json.loads(ready.read_text()).items():
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, (stage / name).read_bytes(), backup=True)
        ready.unlink()
    if stage.is_dir():
        shutil.rmtree(stage)
    return complete


def _refusal(path: Path, message: str) -> ConfigError:
    return ConfigError(Complaint(message, str(path)))
