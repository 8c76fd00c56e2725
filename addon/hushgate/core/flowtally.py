"""Adds up what passed by flow, so that the kernel need not count it a second time by speaker.

In: readings of the kernel's rows of flows, which come and go. Out: sums that only grow.
"""

from collections import Counter
from collections.abc import Mapping

from hushgate.core.model import Mac
from hushgate.core.udpflows import PASSED, Count, FlowId


class FlowTally:
    """Packets and bytes of all flows that passed, since this object was made."""

    def __init__(self) -> None:
        self.packets = 0
        self.sent: Counter[Mac] = Counter()
        """Bytes by speaker."""
        self._rows: Mapping[FlowId, Count] = {}
        """The reading before."""

    def take(self, flows: Mapping[FlowId, Count]) -> set[str]:
        """Take a reading; return the addresses of speakers whose packets passed since the last."""
        talking = set()
        for flow, count in flows.items():
            before = self._rows.get(flow)
            if flow.set != PASSED or count == before:
                continue
            if before is None or count.size < before.size:  # forgotten by the kernel, and anew
                before = Count(0, 0)
            self.packets += count.packets - before.packets
            self.sent[flow.mac] += count.size - before.size
            talking.add(flow.client)
        self._rows = flows
        return talking

    def begin_anew(self) -> None:
        """Take note that the kernel's rows are gone; the sums stay."""
        self._rows = {}
