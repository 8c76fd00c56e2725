"""One direction of a TCP connection, put in order from the segments of a capture.

In: sequence numbers and bytes, as they were seen on the wire. Out: how many of the bytes are new,
and the bytes that follow without a hole on what was given before. Rules: bytes count once, when
they are first seen, also when they come early; a byte seen twice is the first one; a hole that is
not filled before the bound is reached is given up.
"""

from typing import NamedTuple

MAX_WAITING = 256 * 1024
"""Most bytes that wait for a hole to be filled: a receive window of a speaker, generously."""
MAX_PIECES = 128
_FARTHEST = 2**24
"""A segment this far away belongs to another connection that uses the ports again."""


class Arrival(NamedTuple):
    """What a segment brought."""

    new: int
    """Bytes not seen before."""
    data: bytes
    """Bytes that now follow on those given before."""
    gap: bool
    """Bytes in front of ``data`` were never seen."""


NOTHING = Arrival(0, b"", gap=False)


class Stream:
    """Puts the segments of one direction in order."""

    __slots__ = ("_limit", "_next", "_waiting")

    def __init__(self, first: int, limit: int = MAX_WAITING) -> None:
        self._limit = limit
        self._next = first
        """Sequence number that follows on the bytes given so far."""
        self._waiting: list[tuple[int, bytes]] = []
        """Pieces that came early: distance from ``_next``, bytes; sorted, without overlaps."""

    def add(self, sequence: int, data: bytes) -> Arrival:
        """Take the payload of one segment."""
        if not data:
            return NOTHING
        distance = (sequence - self._next + 2**31) % 2**32 - 2**31
        if abs(distance) > _FARTHEST:
            self._next, self._waiting = (sequence + len(data)) % 2**32, []
            return Arrival(len(data), data, gap=True)
        if distance < 0:
            data, distance = data[-distance:], 0
        pieces = self._without_known(distance, data)
        new = sum(len(piece) for _, piece in pieces)
        if not new:
            return NOTHING
        self._waiting = sorted(self._waiting + pieces)
        gap = self._is_full()
        if gap:
            self._move(self._waiting[0][0])
        return Arrival(new, self._give(), gap)

    def _without_known(self, start: int, data: bytes) -> list[tuple[int, bytes]]:
        """Cut what is waiting already out of a new piece."""
        pieces, at, end = [], start, start + len(data)
        for known, waiting in self._waiting:
            if known > at:
                pieces.append((at, data[at - start : min(known, end) - start]))
            at = max(at, known + len(waiting))
            if at >= end:
                break
        if at < end:
            pieces.append((at, data[at - start :]))
        return [(where, piece) for where, piece in pieces if piece]

    def _is_full(self) -> bool:
        if not self._waiting or self._waiting[0][0] == 0:
            return False
        return (
            len(self._waiting) > MAX_PIECES
            or sum(len(piece) for _, piece in self._waiting) > self._limit
        )

    def _give(self) -> bytes:
        """Take the pieces off the front that follow without a hole."""
        ready, end = [], 0
        for start, piece in self._waiting:
            if start != end:
                break
            ready.append(piece)
            end += len(piece)
        del self._waiting[: len(ready)]
        self._move(end)
        return b"".join(ready)

    def _move(self, distance: int) -> None:
        self._next = (self._next + distance) % 2**32
        self._waiting = [(start - distance, piece) for start, piece in self._waiting]
