"""Reads a run of bytes from front to back and never past its end.

In: bytes that are complete. Out: numbers and pieces, in network order. Rule: a read that the bytes
cannot satisfy raises WireError; nothing is ever padded or guessed.
"""

from hushgate.wire.errors import WireError


class Cursor:
    """A position in bytes; every read moves it forward."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """Read exactly ``size`` bytes."""
        start = self._at
        self._at = end = start + size
        if end > len(self._data):
            raise WireError(f"{size} bytes announced, {len(self._data) - start} left")
        return self._data[start:end]

    def number(self, width: int) -> int:
        """Read an unsigned number of ``width`` bytes."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """Read bytes that follow their own length, a number of ``width`` bytes."""
        data, start = self._data, self._at + width
        self._at = end = start + int.from_bytes(data[start - width : start])
        if end > len(data):
            raise WireError(f"{end - start} bytes announced, {max(len(data) - start, 0)} left")
        return data[start:end]

    def skip(self, byte: bytes) -> None:
        """Pass over a run of one byte; there may be none of it."""
        rest = self._data[self._at :]
        self._at += len(rest) - len(rest.lstrip(byte))
