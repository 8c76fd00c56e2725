"""Has a file changed? Answered by what a file system keeps of it, without reading it."""

from pathlib import Path
from typing import NamedTuple


class FileStamp(NamedTuple):
    """What is another after a write or a replacement."""

    written_ns: int
    size: int
    inode: int


def stamp_of(path: Path) -> FileStamp | None:
    """Return a file's stamp; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(status.st_mtime_ns, status.st_size, status.st_ino)
