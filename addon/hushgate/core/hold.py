"""The bytes of one flow that wait for a judgement.

In: sizes and times of what the speaker uploads. Out: how many bytes may go, when to ask again, and
what each burst was taken for. Rules:

- Bytes leave from the front, in order, each exactly once.
- Judged speech, and everything behind it, stays until the owner of the Hold says otherwise.
- A call that comes late gives the same result as one on time.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hushgate.core.bursts import DEFAULT_LIMITS, Limits, Shape
from hushgate.core.model import Instant, Judgement, Likeness

TICK: Final = 0.01
"""Arrivals within one tick wait as one: bounds the queue whatever the size of the writes."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A run of upload bytes that is over."""

    start: Instant
    end: Instant
    """Its last byte."""
    size: int
    judgement: Judgement
    size_at_judgement: int
    """Bytes of the burst seen when it was judged."""
    held_seconds: float
    """Longest time a released byte of it waited."""
    speech_seconds: float | None
    """Estimate of how long somebody spoke; None where it is not speech."""
    accidental: str | None
    """Evidence of a probable accidental wake-up; an estimate only."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one call changed."""

    release: int
    """Bytes to let go now from the front of the held queue."""
    judgement: Judgement | None
    """Newly reached for the current burst."""
    ended: Burst | None
    """A burst that closed before the bytes of this call."""
    wake: Instant | None
    """Call `due` then at the latest; None: nothing waits."""


class Hold:
    """Meters, judges and holds the upload of one flow; knows sizes and times, never content."""

    __slots__ = (
        "_at_judgement",
        "_download",
        "_judgement",
        "_limits",
        "_longest",
        "_queue",
        "_shape",
        "held",
        "retained",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.held = 0
        """Bytes waiting now."""
        self.retained = False
        """The current or held burst is speech: nothing goes until `release_all` or `discard`."""
        self._limits = limits
        self._queue: deque[tuple[Instant, int]] = deque()
        self._shape: Shape | None = None
        self._judgement: Judgement | None = None
        self._at_judgement = 0
        self._longest = 0.0
        self._download = 0

    def upload(self, size: int, now: Instant, records: Sequence[int] | None = None) -> Step:
        """Take `size` bytes from the speaker into the hold."""
        release, ended = self._advance(now)
        shape = self._shape
        if shape is None:
            shape = self._shape = Shape(now, self._limits)
        self._enqueue(size, now)
        found = shape.add(size, now)
        judgement = None
        if found is not None and not self._is_speech():
            judgement = self._judge(found)
            self.retained = True
        return Step(release, judgement, ended, self._wake())

    def download(self, size: int, now: Instant) -> None:
        """Note `size` bytes from the server."""
        self._advance_download(size)

    def due(self, now: Instant) -> Step:
        """Let go what has waited long enough, and close the burst if it is over."""
        before = self._judgement
        release, ended = self._advance(now)
        judgement = self._judgement if self._judgement is not before else None
        return Step(release, judgement, ended, self._wake())

    def release_all(self, now: Instant) -> int:
        """Let everything go; return how many bytes that is."""
        if self._queue:
            self._longest = max(self._longest, now - self._queue[0][0])
        return self._empty()

    def discard(self, now: Instant) -> int:
        """Drop everything held; return how many bytes that is."""
        return self._empty()

    def close(self, now: Instant) -> Burst | None:
        """End the flow: return the burst it cut off, if one was under way."""
        return self._end(now) if self._shape is not None else None

    def _advance(self, now: Instant) -> tuple[int, Burst | None]:
        release = self._release_due(now)
        shape = self._shape
        ended = None
        if shape is not None and now >= shape.last + self._limits.pause:
            ended = self._end(now)
        return release, ended

    def _release_due(self, now: Instant) -> int:
        shape = self._shape
        if self.retained or not self._queue or shape is None:
            return 0
        quiet_at = shape.last + self._limits.quiet
        count = 0
        while self._queue and now >= min(quiet_at, self._queue[0][0] + self._limits.age):
            arrived, size = self._queue.popleft()
            count += size
            left_at = min(quiet_at, arrived + self._limits.age)
            self._longest = max(self._longest, left_at - arrived)
        if count:
            self.held -= count
            if self._judgement is None:
                quiet = now >= quiet_at
                reason = "quiet" if quiet else "sparse"
                evidence = (
                    f"{shape.size:,} bytes, then nothing for {self._limits.quiet:g} s"
                    if quiet
                    else f"{shape.size:,} bytes in too few tenths of a second"
                )
                self._judge(Judgement(Likeness.OTHER, reason, evidence, now))
        return count

    def _judge(self, judgement: Judgement) -> Judgement:
        assert self._shape is not None
        self._judgement = judgement
        self._at_judgement = self._shape.size
        return judgement

    def _is_speech(self) -> bool:
        return self._judgement is not None and self._judgement.likeness is Likeness.SPEECH

    def _end(self, now: Instant) -> Burst:
        shape = self._shape
        assert shape is not None
        if self._judgement is None:
            evidence = f"over after {shape.size:,} bytes in {shape.last - shape.start:.1f} s"
            self._judge(Judgement(Likeness.OTHER, "short", evidence, now))
        judgement = self._judgement
        assert judgement is not None
        burst = Burst(
            start=shape.start,
            end=shape.last,
            size=shape.size,
            judgement=judgement,
            size_at_judgement=self._at_judgement,
            held_seconds=self._longest,
            speech_seconds=shape.last - shape.start if self._is_speech() else None,
            accidental=None,
        )
        self._shape = None
        self._judgement = None
        self._at_judgement = 0
        self._longest = 0.0
        self.retained = self.retained and self.held > 0
        return burst

    def _enqueue(self, size: int, now: Instant) -> None:
        self.held += size
        if self._queue and (self.retained or now - self._queue[-1][0] < TICK):
            arrived, waiting = self._queue[-1]
            self._queue[-1] = (arrived, waiting + size)
        else:
            self._queue.append((now, size))

    def _empty(self) -> int:
        count, self.held = self.held, 0
        self._queue.clear()
        self.retained = self._is_speech()
        return count

    def _advance_download(self, size: int) -> None:
        self._download += size

    def _wake(self) -> Instant | None:
        shape = self._shape
        if shape is None:
            return None
        times = [shape.last + self._limits.pause]
        if self._queue and not self.retained:
            times.append(shape.last + self._limits.quiet)
            times.append(self._queue[0][0] + self._limits.age)
        return Instant(min(times))
