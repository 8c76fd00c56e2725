"""What all connections of one device upload together, while its voice may not leave.

In: sizes and times, by flow. Out: a judgement where the sum is as steady as speech although no flow
is, and the flows that made it. Rules:

- A connection counts from its second second on: a speaker that starts up opens dozens at once.
- While one flow speaks, the sum starts over: what that flow sent is judged already.
- The sum must be steadier than a flow: more than one innocent connection may be busy.
"""

from collections.abc import Sequence
from typing import Final

from hushgate.core.bursts import DEFAULT_LIMITS, SECONDS, TENTHS, Limits
from hushgate.core.model import FlowKey, Instant, Judgement, Likeness
from hushgate.core.slots import Slots

SETTLED: Final = 1.0
"""Seconds after which a connection counts. Counted from their start, they fill up to 9 of 10 tenths
where nobody speaks; from then on, up to 5."""
STEADY: Final = 8
"""Filled tenths of the last second, and filled seconds of the last ten, that make speech: without
any, they are 0 to 5, and 0 to 4."""


class Totals:
    """The sum over the flows of one device."""

    __slots__ = ("_begin", "_last", "_limits", "_opened", "_recent", "_seconds", "_size", "_tenths")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._begin: Instant | None = None
        self._last = Instant(0.0)
        self._size = 0
        """Bytes since a second of quiet."""
        self._tenths = Slots(limits.tenths)
        self._seconds = Slots(limits.seconds)
        self._opened: dict[FlowKey, Instant] = {}
        self._recent: dict[FlowKey, Instant] = {}
        """Flows that counted, and when last."""

    def open(self, flow: FlowKey, now: Instant) -> None:
        """A flow begins."""
        self._opened[flow] = now

    def close(self, flow: FlowKey) -> None:
        """A flow is over."""
        self._opened.pop(flow, None)
        self._recent.pop(flow, None)

    def age(self, flow: FlowKey, now: Instant) -> float:
        """Return the seconds since a flow began; endless if it is over."""
        return now - self._opened.get(flow, float("-inf"))

    def add(self, flow: FlowKey, size: int, now: Instant) -> Judgement | None:
        """Take in upload bytes; return a judgement while the sum is speech."""
        if now - self._opened.get(flow, now) < SETTLED:
            return None
        if self._begin is None:
            self._begin = now
        elif now - self._last >= self._limits.pause:
            self._size = 0
        self._last = self._recent[flow] = now
        self._size += size
        elapsed = now - self._begin
        self._tenths.add(size, elapsed)
        self._seconds.add(size, elapsed)
        if self._tenths.filled_of(TENTHS) >= STEADY and self._size >= self._limits.speech_size:
            return self._judge(
                f"{self._tenths.filled_of(TENTHS)} of the last {TENTHS} tenths of a second"
            )
        if self._seconds.filled >= STEADY:
            return self._judge(f"{self._seconds.filled} of the last {SECONDS} seconds")
        return None

    def start_over(self) -> None:
        """Forget what has been sent: a flow speaks, or voice may leave."""
        self._size = 0
        self._tenths.clear()
        self._seconds.clear()
        self._recent.clear()

    def contributors(self, now: Instant) -> Sequence[FlowKey]:
        """Return the flows that counted within the last second."""
        return [flow for flow, last in self._recent.items() if now - last <= 1.0]

    def _judge(self, rhythm: str) -> Judgement:
        flows = len(self.contributors(self._last))
        evidence = (
            f"upload in {rhythm} over {flows} connections together, {self._size:,} bytes:"
            " as steady as speech"
        )
        return Judgement(Likeness.SPEECH, "together", evidence, self._last)
