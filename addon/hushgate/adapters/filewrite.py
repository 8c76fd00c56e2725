"""Whole-file writes that a crash or a power cut cannot tear.

In: a path and bytes. Out: the file holds either all of the old bytes or all of the new ones.
Rules: write beside, fsync, rename over, fsync the folder; the bytes before stay as ``NAME.bak``.
"""

import os
from pathlib import Path

from hushgate.core.errors import UnavailableError, why


def replace_file(path: Path, data: bytes, *, backup: bool = False) -> None:
    """Put new bytes in a file's place; mode and owner stay, a new file has its folder's owner.

    Raises:
        UnavailableError: it could not be written; the old bytes are still there.
    """
    try:
        if backup and path.exists():
            _write(path.with_name(f"{path.name}.bak"), path.read_bytes(), like=path)
        _write(path, data, like=path)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {why(error)}") from error


def _write(path: Path, data: bytes, *, like: Path) -> None:
    beside = path.with_name(f".{path.name}.new")
    exists = like.exists()
    model = (like if exists else path.parent).stat()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        if exists:
            os.fchmod(descriptor, model.st_mode & 0o777)
        if os.geteuid() == 0:
            # A command run by root must not lock out the addon, which is not root.
            os.fchown(descriptor, model.st_uid, model.st_gid)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(beside, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
