"""The bytes of one flow that wait for a judgement.

In: sizes and times of what the speaker uploads. Out: how many bytes may go, when to ask again, and
what each burst was taken for. Rules:

- Bytes leave from the front, in order, each exactly once.
- Speech, and everything behind it, stays until the owner of the `Hold` says otherwise; speech that
  is recognised late keeps what is still here.
- The judgement is the same whether bytes were held or passed at once: the queue of the judge runs
  on when `release_all` or `discard` emptied the hold.
- A call that comes late finds what a call on time would have found.
- Speech in lumps, each a burst of its own, is found by the seconds that the flow fills.
"""

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

from hushgate.core.bursts import DEFAULT_LIMITS, LASTING, Limits, Shape
from hushgate.core.model import Instant, Judgement, Likeness
from hushgate.core.slots import Slots

TICK: Final = 0.05
"""Arrivals within a tick wait as one: at most 32 entries, whatever the size of the writes."""

OPENING_SIZE: Final = 4_096
"""Bytes of a TLS handshake that pass at once before the first application data."""

FINISHED: Final = frozenset({53, 69})
"""Lengths of the record that ends a client's handshake in TLS 1.3, where it looks like application
data: a hash of 32 or 48 bytes, its header, its type, its tag (RFC 8446, 4.4.4 and 5.2)."""
FINISHED_SIZE: Final = 80
"""Bytes of it with its header and the ChangeCipherSpec that goes before."""

SILENT_ANSWER: Final = 1_500
"""Bytes from the server that hold no spoken answer: ten bare wake-ups got 443 to 1,286."""


class Burst(NamedTuple):
    """A run of upload bytes that is over. A NamedTuple: one is made for every keep-alive."""

    start: Instant
    end: Instant
    """Its last byte."""
    size: int
    judgement: Judgement
    size_at_judgement: int
    """Bytes of the burst seen when it was judged."""
    held_seconds: float
    """Longest time a released byte waited."""
    speech_seconds: float | None
    """Estimate of how long somebody spoke; None where it is not speech."""
    accidental: str | None
    """Evidence of a probable accidental wake-up; an estimate only."""


class Step(NamedTuple):
    """What one call changed. A NamedTuple: one is made for every chunk."""

    release: int
    """Bytes to let go now from the front of the held queue."""
    judgement: Judgement | None
    """Newly reached for the burst under way."""
    ended: Burst | None
    """A burst that closed before the bytes of this call."""
    wake: Instant | None
    """Call `due` then at the latest; None: nothing is under way."""


class Hold:
    """Meters, judges and holds the upload of one flow; knows sizes and times, never content."""

    __slots__ = (
        "_arrivals",
        "_at_judgement",
        "_begin",
        "_down",
        "_judgement",
        "_limits",
        "_longest",
        "_oldest",
        "_opening",
        "_passed",
        "_queued",
        "_seconds",
        "_shape",
        "_sizes",
        "held",
        "retained",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.held = 0
        """Bytes waiting now."""
        self.retained = False
        """The current or held burst is speech: nothing goes until `release_all` or `discard`."""
        self._limits = limits
        self._opening = OPENING_SIZE
        self._oldest = Instant(0.0)  # arrival of the first held byte
        # What the judge makes wait. Arrays: a list of pairs would take ten times the memory.
        self._arrivals = array("d")
        self._sizes = array("Q")
        self._queued = 0  # sum of the sizes; the held bytes are always its end, unless retained
        self._begin: Instant | None = None  # the first byte of all
        self._seconds = Slots(limits.seconds)
        self._shape: Shape | None = None
        self._judgement: Judgement | None = None
        self._at_judgement = 0
        self._longest = 0.0
        self._passed = 0
        self._down = 0

    def upload(self, size: int, now: Instant, records: Sequence[int] | None = None) -> Step:
        """Take `size` bytes from the speaker into the hold."""
        before = self._judgement
        release, ended = self._advance(now)
        shape = self._shape
        if shape is None:
            shape = self._shape = Shape(now, self._limits)
        shape.add(size, now)
        if self._begin is None:
            self._begin = now
        if not self.held:
            self._oldest = now
        self.held += size
        if not self.speaks:
            self._enqueue(size, now)
            self._seconds.add(size, now - self._begin)
            if (rule := shape.speech_rule) is not None:
                self.condemn(shape.judge_speech(rule))
            elif self._seconds.filled >= self._limits.lasting:
                self.condemn(shape.judge_lasting(self._seconds.filled))
            elif self._opening:
                release += self._open(shape, size, now, records)
        new = self._judgement if self._judgement is not before else None
        return Step(release, new, ended, self._wake())

    def adopt(self, limits: Limits) -> None:
        """Judge the bursts to come by other thresholds."""
        self._limits = limits

    def condemn(self, judgement: Judgement) -> None:
        """Take the burst under way for speech: nothing of it that is still here goes any more."""
        if self._shape is None or self.speaks:
            return
        self._judge(judgement)
        self.retained = True
        self._clear_queue()

    @property
    def speaks(self) -> bool:
        """Whether the burst under way is speech."""
        return self._judgement is not None and self._judgement.likeness is Likeness.SPEECH

    @property
    def oldest(self) -> Instant:
        """Arrival of the first byte that waits."""
        return self._oldest

    @property
    def speech_seconds(self) -> float:
        """Estimate of how long somebody has spoken so far in the burst under way."""
        return self._shape.estimate_seconds() if self._shape is not None and self.speaks else 0.0

    def download(self, size: int, now: Instant) -> None:
        """Note `size` bytes from the server."""
        if self._shape is not None:
            self._down += size

    def due(self, now: Instant) -> Step:
        """Let go what has waited long enough, and close the burst if it is over."""
        before = self._judgement
        release, ended = self._advance(now)
        after = self._judgement
        return Step(release, after if after is not before else None, ended, self._wake())

    def release_all(self, now: Instant) -> int:
        """Let everything go; return how many bytes that is."""
        if not self.held:
            return 0
        self._longest = max(self._longest, now - self._oldest)
        self._passed += self.held
        return self._empty()

    def discard(self, now: Instant) -> int:
        """Drop everything held; return how many bytes that is."""
        return self._empty()

    def close(self, now: Instant) -> Burst | None:
        """End the flow: return the burst it cut off, if one was under way."""
        shape = self._shape
        return None if shape is None else self._end(shape, now)

    def _advance(self, now: Instant) -> tuple[int, Burst | None]:
        """Do what was due up to `now`; return the bytes that leave, and the burst that closed."""
        shape = self._shape
        if shape is None:
            return 0, None
        release = self._let_go(shape, now) if self._arrivals else 0
        over_at = Instant(shape.last + self._limits.pause)
        return release, self._end(shape, over_at) if now >= over_at else None

    def _let_go(self, shape: Shape, now: Instant) -> int:
        arrivals, sizes = self._arrivals, self._sizes
        found = shape.exit_of(arrivals[0])
        if now < found[0]:
            return 0
        if self._judgement is None:
            self._judge(shape.judge_other(found))
        count = 0
        while now >= found[0]:
            arrivals.pop(0)
            count += sizes.pop(0)
            if not arrivals:
                break
            found = shape.exit_of(arrivals[0])
        return self._take(shape, count, now)

    def _open(self, shape: Shape, size: int, now: Instant, records: Sequence[int] | None) -> int:
        """Let the handshake of a new TLS connection pass: it holds no application data."""
        left = self._opening - size
        if records:
            finished = len(records) == 1 and records[0] in FINISHED and size <= FINISHED_SIZE
            left = 0 if finished else -1
        if records is None or left < 0:
            self._opening = 0
            return 0
        self._opening = left
        if self._judgement is None:
            self._judge(shape.judge_other((now, "opening")))
        self._arrivals = array("d")
        self._sizes = array("Q")
        return self._take(shape, self._queued, now)

    def _take(self, shape: Shape, count: int, now: Instant) -> int:
        """Take `count` bytes off the queue; return how many of them are still held and may go."""
        gone = self._queued - self.held
        self._queued -= count
        if not self._arrivals:
            shape.run = 0
        if self.retained or count <= gone:
            return 0
        release = count - gone
        self._longest = max(self._longest, now - self._oldest)
        self._passed += release
        self.held -= release
        if self._arrivals:
            self._oldest = Instant(self._arrivals[0])
        return release

    def _judge(self, judgement: Judgement) -> None:
        self._judgement = judgement
        self._at_judgement = 0 if self._shape is None else self._shape.size

    def _end(self, shape: Shape, now: Instant) -> Burst:
        judgement = self._judgement
        if judgement is None:
            judgement = shape.judge_other((now, "over"))
            self._at_judgement = shape.size
        speech = judgement.likeness is Likeness.SPEECH
        burst = Burst(
            start=shape.start,
            end=shape.last,
            size=shape.size,
            judgement=judgement,
            size_at_judgement=self._at_judgement,
            held_seconds=self._longest,
            speech_seconds=shape.estimate_seconds() if speech else None,
            accidental=self._find_accident(shape) if speech else None,
        )
        if speech and judgement.reason != LASTING:
            self._seconds.clear()  # or the reports that follow an utterance would go on with it
        self._shape = self._judgement = None
        self._at_judgement = self._passed = self._down = 0
        self._longest = 0.0
        self._clear_queue()
        self.retained = self.retained and self.held > 0
        return burst

    def _find_accident(self, shape: Shape) -> str | None:
        """Tell a wake-up that the server answered with nothing audible, where it got to hear it."""
        if self._passed < shape.size or not 0 < self._down <= SILENT_ANSWER:
            return None
        return (
            f"the server sent only {self._down:,} bytes until"
            f" {self._limits.pause:g} s after the end: no spoken answer"
        )

    def _enqueue(self, size: int, now: Instant) -> None:
        self._queued += size
        if self._arrivals and now - self._arrivals[-1] < TICK:
            self._sizes[-1] += size
        else:
            self._arrivals.append(now)
            self._sizes.append(size)

    def _clear_queue(self) -> None:
        if self._arrivals:
            self._arrivals = array("d")
            self._sizes = array("Q")
        self._queued = 0

    def _empty(self) -> int:
        count, self.held = self.held, 0
        self.retained = self.speaks
        return count

    def _wake(self) -> Instant | None:
        shape = self._shape
        if shape is None:
            return None
        if self._arrivals:
            return shape.exit_of(self._arrivals[0])[0]
        return Instant(shape.last + self._limits.pause)
