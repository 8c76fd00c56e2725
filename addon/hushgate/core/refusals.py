"""How long a speaker that keeps coming back to where it is refused waits for the next refusal.

In: refusals at connect, by flow and endpoint. Out: when to tell the speaker. A client that connects
again without a pause would else do so hundreds of times a second; one that waits for an answer does
not. Rules:

- The first refusal is told at once, and each that follows soon later than the one before.
- Nothing of a flow leaves while it waits; a new standing of its device ends the wait.
- Bounded: past `MOST` endpoints the one refused longest ago is forgotten; a device has `WAITING`
  flows that wait at most, and is told at once of others.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from hushgate.core.model import DeviceId, FlowKey, Instant

DELAYS: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds until a refusal is told: of the first, the second and so on; the last for all others."""
CALM: Final = 60.0
"""Seconds after an answer in which no other refusal makes the next the first again."""
MOST: Final = 1024
"""Endpoints of devices remembered."""
WAITING: Final = 16
"""Flows of a device that wait."""


class Refusals:
    """Remembers who was refused where a moment ago."""

    def __init__(self) -> None:
        self._streaks: OrderedDict[tuple[DeviceId, str], tuple[int, Instant]] = OrderedDict()
        """Refusals in a row, and until when the next one belongs to them."""
        self._waiting: dict[FlowKey, None] = {}

    def refuse(self, flow: FlowKey, endpoint: str, now: Instant) -> Instant | None:
        """Take note of a refusal; return when to tell the speaker; None: at once."""
        count, until = self._streaks.pop((flow.device, endpoint), (0, now))
        if now >= until:
            count = 0
        at = Instant(now + DELAYS[min(count, len(DELAYS) - 1)])
        self._streaks[flow.device, endpoint] = (count + 1, Instant(at + CALM))
        if len(self._streaks) > MOST:
            self._streaks.popitem(last=False)
        if at == now or len(self.waiting(flow.device)) >= WAITING:
            return None
        self._waiting[flow] = None
        return at

    def waiting(self, device: DeviceId) -> Sequence[FlowKey]:
        """Return the flows of a device that wait to be told."""
        return [flow for flow in self._waiting if flow.device == device]

    def close(self, flow: FlowKey) -> None:
        """Forget a flow that is over."""
        self._waiting.pop(flow, None)
