"""The shape of an upload: whether a burst is speech, and from when on it can no longer be.

In: sizes and times of the upload bytes of one flow. Out: a judgement, and the time at which a
waiting byte may leave. Rules:

- A burst begins with the first byte after `Limits.pause` seconds of quiet.
- Speech is steady: somebody who talks sends something in nearly every tenth of a second, whatever
  the codec. Handshakes, keep-alives and reports come in a few lumps.
- A link that stalls turns speech into lumps too, but they go on: half seconds count as well.
- Only cumulative bytes and times count, not how TCP cut the chunks. One that takes a slot from
  nearly nothing past its upper bound never filled it; cut in two it did for a moment, and may be
  the last that speech wanted.

The numbers are measured: docs/detection.md, scripts/choose_thresholds.py.
"""

from dataclasses import dataclass, field
from typing import Final

from hushgate.core.model import Instant, Judgement, Likeness
from hushgate.core.slots import Grid, Slots

TENTHS: Final = 10
"""Slots of a tenth of a second that make the last second."""
HALVES: Final = 4
"""Slots of half a second that are remembered: the last two seconds."""
SECONDS: Final = 10
"""Slots of a second that are remembered."""
LASTING: Final = "lasting"
"""Rule that finds speech in lumps, over the bursts of a flow."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds. Seconds and bytes."""

    pause: float = 1.0
    """Quiet that ends a burst; nothing of it waits any longer."""

    steady: int = 6
    """Filled slots within the last second that make speech: speech reaches 7 to 10, all else 0 to
    5."""
    speech_size: int = 3_000
    """Bytes of a burst before it is called speech."""
    slot_low: int = 100
    """A tenth with less is not filled: acknowledgements and pings. 1 kB/s, under any speech codec
    with its framing."""
    slot_high: int = 16_000
    """A tenth with more is not filled: 160 kB/s, five times raw speech. A pre-roll or a bulk."""

    broken: int = 3
    """Filled halves within the last two seconds that make speech over a link that stalls: of other
    bursts of `broken_size`, none fills more than two."""
    broken_tenths: int = 5
    """Filled tenths within the same two seconds that it needs besides: posts one after the other
    have one each."""
    broken_size: int = 22_000
    """Bytes of a burst before that is called speech. Reports in as many halves have 16,200."""
    half_low: int = 500
    half_high: int = 32_000
    """64 kB/s, twice raw speech."""

    lasting: int = 6
    """Filled seconds within the last ten that make speech in any rhythm, across bursts: all else
    fills 0 to 4."""
    second_low: int = 500
    """Half the rate of the thinnest speech codec with its framing."""
    second_high: int = 52_000
    """A second and a half of raw speech. A start-up's metrics come in lumps of 71 kB."""

    bulk: int = 0
    """Bytes of a burst that make speech whatever its rhythm, `broken_size` at least; 0: size alone
    says nothing."""

    tiny: int = 150
    """A run up to this size cannot start an utterance: the first flight has 200 bytes or more."""
    tiny_quiet: float = 0.25
    """Quiet after which a tiny run leaves."""

    small: int = 1_500
    """A run up to this size, in at most `small_slots`, is no utterance `small_age` after its start:
    every utterance has sent 4 kB by then."""
    small_slots: int = 2
    small_age: float = 0.28
    small_quiet: float = 0.1

    flight: int = 11_500
    """A larger run in few slots would have gone on as speech by `report_age`; one up to this size
    may be a pre-roll that a stalled link cut short, and waits until `flight_age`."""
    flight_age: float = 1.0
    report_age: float = 0.95
    report_slots: int = 3
    report_quiet: float = 0.4
    """Quiet that both need besides."""
    large: int = 18_000
    """From this size on a burst waits for its end: reports have less, a pre-roll that a stalled
    link cut off has more."""

    age: float = 1.6
    """No byte waits longer unless it is speech: an utterance is steady by then."""

    tenths: Grid = field(init=False)
    """As a burst fills them."""
    halves: Grid = field(init=False)
    seconds: Grid = field(init=False)
    """As a flow fills them."""

    def __post_init__(self) -> None:
        tenths = Grid(10.0, 2 * TENTHS, self.slot_low, self.slot_high)
        halves = Grid(2.0, HALVES, self.half_low, self.half_high, lead=True)
        seconds = Grid(1.0, SECONDS, self.second_low, self.second_high)
        object.__setattr__(self, "tenths", tenths)
        object.__setattr__(self, "halves", halves)
        object.__setattr__(self, "seconds", seconds)


DEFAULT_LIMITS: Final = Limits()
STRICT_LIMITS: Final = Limits(bulk=30_000)
"""For an owner who had rather lose metrics: reports on record have up to 24,764 bytes, ten seconds
of thin speech 40,000."""


_NO_SPEECH: Final = {
    "keep-alive": "only {0:,} bytes, then {3:.2f} s of quiet",
    "small": "only {0:,} bytes, then {3:.2f} s of quiet",
    "report": "{0:,} bytes in {2} tenths of a second, then {3:.2f} s of quiet: no speech followed",
    "sparse": "{1:,} bytes, but only {2} tenths of a second filled",
    "opening": "no application data yet: the handshake",
    "over": "{1:,} bytes, then {3:.1f} s of quiet",
}
"""What each rule has seen: bytes since nothing waited, bytes of the burst, filled tenths, and the
seconds of quiet."""


type Exit = tuple[Instant, str]
"""When a waiting byte leaves if nothing more comes, and by which rule. A bare tuple: made for every
chunk."""


class Shape:
    """What is known of the burst under way. Constant size."""

    __slots__ = ("_halves", "_limits", "_tenths", "early", "last", "run", "size", "start")

    def __init__(self, now: Instant, limits: Limits) -> None:
        self.start = now
        self.last = now
        self.size = 0
        self.early = 0
        """Bytes of the first second."""
        self.run = 0
        """Bytes since nothing waited."""
        self._limits = limits
        self._tenths = Slots(limits.tenths)
        self._halves = Slots(limits.halves)

    def add(self, size: int, now: Instant) -> None:
        """Take in upload bytes."""
        self.size += size
        self.run += size
        self.last = now
        elapsed = now - self.start
        if elapsed < 1.0:
            self.early += size
        self._tenths.add(size, elapsed)
        self._halves.add(size, elapsed)

    @property
    def filled(self) -> int:
        """Filled tenths of the last second."""
        return self._tenths.filled_of(TENTHS)

    @property
    def filled_halves(self) -> int:
        """Filled halves of the last two seconds."""
        return self._halves.filled

    @property
    def speech_rule(self) -> str | None:
        """The rule by which the upload is speech; None: by none."""
        limits, size = self._limits, self.size
        if size >= limits.speech_size and self.filled >= limits.steady:
            return "steady"
        if size < limits.broken_size:
            return None
        if self._halves.filled >= limits.broken and self._tenths.filled >= limits.broken_tenths:
            return "broken"
        return "bulk" if 0 < limits.bulk <= size else None

    def exit_of(self, arrived: float) -> Exit:
        """Say when bytes that came at `arrived` leave if nothing more comes."""
        limits, last, run = self._limits, self.last, self.run
        if run <= limits.tiny:
            at, rule = last + limits.tiny_quiet, "keep-alive"
        elif run <= limits.small:
            at, rule = last + limits.small_age, "small"
            if self.filled <= limits.small_slots:
                at = max(arrived + limits.small_age, last + limits.small_quiet)
        elif self.size >= limits.large:
            at, rule = last + limits.pause, "over"
        elif self.filled <= limits.report_slots:
            age = limits.flight_age if run <= limits.flight else limits.report_age
            at, rule = max(arrived + age, last + limits.report_quiet), "report"
        else:
            at, rule = last + limits.pause, "over"
        if at > last + limits.pause:
            at, rule = last + limits.pause, "over"
        if at > arrived + limits.age:
            at, rule = arrived + limits.age, "sparse"
        return Instant(at), rule

    def judge_speech(self, rule: str) -> Judgement:
        """Say that this is speech, and why."""
        sent = f"{self.size:,} bytes in {self.last - self.start:.1f} s"
        match rule:
            case "steady":
                rhythm = f"{self.filled} of the last {TENTHS} tenths of a second"
                evidence = f"upload in {rhythm}, {sent}: as steady as speech"
            case "broken":
                rhythm = f"{self._halves.filled} of the last {HALVES} half seconds"
                evidence = f"upload in {rhythm}, {sent}: as steady as speech"
            case _:
                evidence = f"{sent}: more than reports have, and strict asks for no rhythm"
        return Judgement(Likeness.SPEECH, rule, evidence, self.last)

    def judge_lasting(self, filled: int) -> Judgement:
        """Say that the flow this burst belongs to has gone on like speech for too long."""
        evidence = (
            f"upload in {filled} of the last {SECONDS} seconds, at the rate of speech:"
            " no report goes on for so long"
        )
        return Judgement(Likeness.SPEECH, LASTING, evidence, self.last)

    def judge_other(self, found: Exit) -> Judgement:
        """Say that this is not speech, and why."""
        at, rule = found
        numbers = self.run, self.size, self.filled, at - self.last
        return Judgement(Likeness.OTHER, rule, _NO_SPEECH[rule], at, numbers)

    def estimate_seconds(self) -> float:
        """Estimate how long somebody spoke: all bytes at the rate that followed the pre-roll.

        The pre-roll is speech from before the upload began, up to three seconds of it.
        """
        seconds = self.last - self.start
        later = self.size - self.early
        if seconds < 1.5 or not later:
            return seconds
        return min(max(self.size * (seconds - 1.0) / later, seconds), seconds + 3.0)
