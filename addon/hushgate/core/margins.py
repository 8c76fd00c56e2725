"""How near an upload comes to the judge's thresholds: a kept shape of one's own speaker, measured.

In: sizes and times of what a device uploaded. Out: its bursts, what the judge makes of each, and
how far each is from the thresholds of speech. All connections count as one, so that bytes gone may
be another connection's; times are as fine as the looks at the device were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, Final

from hushgate.core.bursts import DEFAULT_LIMITS, HALVES, SECONDS, TENTHS, Limits, Shape
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.slots import Slots
from hushgate.core.trace import Direction, Trace, TraceEvent
from hushgate.core.trial import Tried, try_trace

type Upload = Sequence[tuple[Instant, int]]

_FLOW: Final = FlowKey(DeviceId("speaker"), Transport.TCP, "speaker", 0, "server", 443)


@dataclass(frozen=True, slots=True)
class Margin:
    """One threshold of speech, and the nearest that a burst came to it."""

    measure: str
    reached: int
    needed: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One burst."""

    start: Instant
    seconds: float
    size: int
    speech: bool
    rule: str
    left: int
    """Bytes that the judge would have let go."""
    margins: tuple[Margin, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the burst as programs read it."""
        return {
            "start": round(self.start, 2),
            "seconds": round(self.seconds, 2),
            "size": self.size,
            "speech": self.speech,
            "rule": self.rule,
            "left": self.left,
            "margins": {each.measure: [each.reached, each.needed] for each in self.margins},
        }


def read_shape(document: Any) -> Upload:
    """Read what `hushgate prove --keep` stored.

    Raises:
        ValueError: with what was expected.
    """
    try:
        looks = [(float(look["seconds"]), int(look["came"])) for look in document["looks"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError('no shape; expected what "hushgate prove --keep" stores') from error
    upload: list[tuple[Instant, int]] = []
    for (before, came), (seconds, total) in pairwise(looks):
        if not before <= seconds < inf or total < came:
            raise ValueError("no shape: its times and counts must grow")
        if total > came:
            upload.append((Instant(seconds), total - came))
    return upload


def measure(upload: Upload, limits: Limits = DEFAULT_LIMITS) -> Sequence[Measured]:
    """Judge an upload as if every window were closed, and measure each of its bursts."""
    events = (TraceEvent(at, _FLOW, Direction.UP, size) for at, size in upload)
    tried = try_trace(Trace("", "", "", "", events), limits).bursts
    return [_measure(each, upload, limits) for each in tried]


def _measure(tried: Tried, upload: Upload, limits: Limits) -> Measured:
    burst = tried.burst
    shape, seconds = Shape(burst.start, limits), Slots(limits.seconds)
    filled = halves = lasting = 0
    for at, size in upload:
        if at > burst.end:
            break
        seconds.add(size, at - upload[0][0])
        if at >= burst.start:
            shape.add(size, at)
            filled, halves = max(filled, shape.filled), max(halves, shape.filled_halves)
            lasting = max(lasting, seconds.filled)
    margins = [
        Margin("bytes", burst.size, limits.speech_size),
        Margin(f"filled tenths of a second, of {TENTHS}", filled, limits.steady),
        Margin(f"filled half seconds, of {HALVES}", halves, limits.broken),
        Margin(f"filled seconds, of {SECONDS}", lasting, limits.lasting),
    ]
    if limits.bulk:
        margins.append(Margin("bytes, in whatever rhythm", burst.size, limits.bulk))
    return Measured(
        start=burst.start,
        seconds=burst.end - burst.start,
        size=burst.size,
        speech=tried.is_speech,
        rule=burst.judgement.reason,
        left=tried.left,
        margins=tuple(margins),
    )
