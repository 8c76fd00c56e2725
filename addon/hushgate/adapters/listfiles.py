"""Files of lists, read by the rules of the core."""

import mmap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hushgate.adapters.listrows import Source
from hushgate.adapters.publicsuffix import public_suffixes
from hushgate.core.errors import UnavailableError, why
from hushgate.core.listreading import BLOCK_BYTES, Reading, read_list


def read_source(
    path: Path, source: Source, progress: Callable[[int], None] = lambda size: None
) -> Reading:
    """Read the file of a list; raises UnavailableError if there is none."""
    return read_list(
        read_blocks(path),
        name_of(source.location),
        suffixes=public_suffixes(),
        form=source.format,
        meaning=source.meaning,
        allow=source.allow,
        progress=progress,
    )


def read_blocks(path: Path) -> Iterator[bytes]:
    """A file as blocks of whole lines; raises UnavailableError."""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block + file.readline()
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {why(error)}") from error


@contextmanager
def map_file(path: Path) -> Iterator[mmap.mmap]:
    """A file that is not empty as if it were in memory; raises UnavailableError."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {why(error)}") from error
    except ValueError as error:
        raise UnavailableError(f"{path} cannot be read: {error}") from error


def read_lines(path: Path, numbers: Iterable[int]) -> dict[int, str]:
    """Some lines of a file, by number."""
    wanted = set(numbers)
    with path.open("r", encoding="utf-8-sig", errors="replace") as file:
        return {n: line.strip() for n, line in enumerate(file, 1) if n in wanted}


def name_of(location: str) -> str:
    """The file name in a location: it may say what a bare name in the list means."""
    return unquote(urlsplit(location).path).rpartition("/")[2] or location
