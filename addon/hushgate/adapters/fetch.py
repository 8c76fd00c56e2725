"""One blocklist from where it lives to a file here.

In: an ``https:``, ``http:`` or ``file:`` address and what the server said last time. Out: the whole
text in a file of ours, or None if it has not changed. Rules: nothing is kept of a download that did
not end well; sizes are counted after decompression, times from the first packet; never from https
to http, and never to another kind of address, by redirect.
"""

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urljoin, urlsplit

from hushgate import __version__
from hushgate.core.errors import UnavailableError

if TYPE_CHECKING:
    import requests

_GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK = 1 << 16
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may cost."""

    size: int = 64 << 20
    """Bytes of text; the largest list in use has about a fifth of that."""
    seconds: float = 300.0
    silence: float = 20.0
    """Longest wait for the next bytes, and for a connection."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the server said about the version that was fetched, to ask for a newer one only."""

    etag: str | None = None
    modified: str | None = None


def fetch(
    location: str,
    into: Path,
    *,
    known: Stamp | None = None,
    limits: Limits | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Stamp | None:
    """Fetch a list into a file; None if the version known is still the newest.

    Raises:
        UnavailableError: with the reason; then there is no file.
    """
    known, limits = known or Stamp(), limits or Limits()
    read = _read_file if is_file(location) else _read_web
    try:
        return read(location, into, known, _Budget(limits, progress))
    except UnavailableError as error:
        into.unlink(missing_ok=True)
        raise UnavailableError(f"{location}: {error}") from error.__cause__
    except (OSError, zlib.error) as error:  # requests' errors are OSErrors
        into.unlink(missing_ok=True)
        raise UnavailableError(f"{location}: {_in_words(error)}") from error


def is_file(location: str) -> bool:
    """Whether a location is on this machine; raises UnavailableError for an unknown kind."""
    scheme, separator, _ = location.partition("://")
    if not separator or scheme.lower() == "file":
        return True
    if scheme.lower() not in ("http", "https"):
        raise UnavailableError(f'"{scheme}:" addresses are not read; use https, http or file')
    return False


def file_path(location: str) -> Path:
    """The path of a location on this machine."""
    return Path(unquote(urlsplit(location).path) if "://" in location else location)


def redirect_target(location: str, target: str) -> str:
    """Where a redirect leads; raises UnavailableError if it must not be followed."""
    after = urljoin(location, target)
    before_scheme, scheme = urlsplit(location).scheme.lower(), urlsplit(after).scheme.lower()
    if scheme not in ("http", "https") or (before_scheme == "https" and scheme == "http"):
        raise UnavailableError(f"redirects to {after}, which is not followed")
    return after


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, decompressed if they begin as gzip does.

    Raises:
        UnavailableError: the compressed data ends too early.
        zlib.error: it is damaged.
    """
    first = next(chunks, b"")
    while len(first) < len(_GZIP_MAGIC) and (more := next(chunks, b"")):
        first += more
    if not first.startswith(_GZIP_MAGIC):
        yield first
        yield from chunks
        return
    unpack = _new_member()
    for packed in _chain(first, chunks):
        data = packed
        while data:
            if unpack.eof:  # files of several members are joined
                unpack = _new_member()
            yield unpack.decompress(data, _CHUNK)
            data = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    if not unpack.eof:
        raise UnavailableError("the compressed data ends too early")


class _Budget:
    """Writes what arrives and stops when a limit is passed."""

    def __init__(self, limits: Limits, progress: Callable[[int, int | None], None]) -> None:
        self.limits = limits
        self._progress = progress
        self._end = time.monotonic() + limits.seconds

    @property
    def seconds_left(self) -> float:
        return self._end - time.monotonic()

    def save(self, chunks: Iterator[bytes], into: Path, total: int | None) -> None:
        size = 0
        with into.open("wb") as file:
            for chunk in gunzip(gunzip(self._watch(chunks))):
                size += len(chunk)
                if size > self.limits.size:
                    raise UnavailableError(f"larger than {self.limits.size >> 20} MiB")
                file.write(chunk)
                self._progress(size, total)

    def _watch(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self.seconds_left < 0:
                raise UnavailableError(f"not finished after {self.limits.seconds:.0f} s")
            yield chunk


def _new_member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=31)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _read_file(location: str, into: Path, known: Stamp, budget: _Budget) -> Stamp | None:
    path = file_path(location)
    state = path.stat()
    stamp = Stamp(etag=f"{state.st_mtime_ns}-{state.st_size}-{state.st_ino}")
    if stamp == known:
        return None
    if not path.is_file():
        raise UnavailableError("is not a file")
    with path.open("rb") as file:
        budget.save(iter(lambda: file.read(_CHUNK), b""), into, state.st_size)
    return stamp


def _read_web(location: str, into: Path, known: Stamp, budget: _Budget) -> Stamp | None:
    headers = {"User-Agent": f"hushgate/{__version__}", "Accept-Encoding": "gzip"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.modified:
        headers["If-Modified-Since"] = known.modified
    import requests  # with what it brings 9 MB, which a gateway without lists does without

    with requests.Session() as session:
        response = _follow(session, location, headers, budget)
        if response.status_code == 304:
            return None
        if response.status_code != 200:
            raise UnavailableError(f"answered {response.status_code} {response.reason}")
        length = response.headers.get("Content-Length", "")
        budget.save(_body(response), into, int(length) if length.isdecimal() else None)
        return Stamp(response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _follow(
    session: "requests.Session", location: str, headers: dict[str, str], budget: _Budget
) -> "requests.Response":
    for _ in range(budget.limits.redirects + 1):
        response = _ask(session, location, headers, budget)
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            return response
        response.close()
        location = redirect_target(location, target)
    raise UnavailableError(f"redirects more than {budget.limits.redirects} times")


def _ask(
    session: "requests.Session", location: str, headers: dict[str, str], budget: _Budget
) -> "requests.Response":
    """The response as soon as its headers are there.

    In a thread of its own, because the timeout of a socket starts anew with every byte: a server
    that sends its headers drop by drop would never be given up.
    """
    from requests import RequestException

    outcome: list[requests.Response | Exception] = []

    def ask() -> None:
        try:
            outcome.append(
                session.get(
                    location,
                    headers=headers,
                    timeout=budget.limits.silence,
                    stream=True,
                    allow_redirects=False,
                )
            )
        except (RequestException, ValueError) as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, name="list-headers", daemon=True)
    thread.start()
    thread.join(max(budget.seconds_left, 0))
    if not outcome:
        raise UnavailableError(f"no answer within {budget.limits.seconds:.0f} s")
    if isinstance(outcome[0], Exception):
        raise UnavailableError(_in_words(outcome[0])) from outcome[0]
    return outcome[0]


def _body(response: "requests.Response") -> Iterator[bytes]:
    """The body as it arrives: at most one wait for the network per piece."""
    from urllib3.exceptions import HTTPError

    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            yield chunk
    except HTTPError as error:
        raise UnavailableError(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    from requests import exceptions

    match error:
        case exceptions.SSLError():
            return "its certificate is not trusted"
        case exceptions.Timeout():
            return "does not answer"
        case exceptions.ConnectionError():
            return "cannot be reached"
        case zlib.error():
            return "the compressed data is damaged"
        case OSError() if error.strerror:
            return error.strerror
        case _:
            return f"the transfer broke off ({type(error).__name__})"
