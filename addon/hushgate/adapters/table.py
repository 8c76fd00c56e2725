"""Our table in the kernel, kept as it is wanted whatever others do to nftables."""

import contextlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from hushgate.adapters import nft
from hushgate.adapters.xtqueue import add_queue_rule
from hushgate.core.errors import UnavailableError
from hushgate.core.flowtally import FlowTally
from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from hushgate.core.ruleset import (
    TABLE,
    render_ended,
    render_heard,
    render_open,
    render_speakers,
    render_table,
)
from hushgate.core.udpflows import FlowId
from hushgate.core.wiring import QueueKind

_log = logging.getLogger(__name__)


class KernelTable:
    """Loads the table, changes it by steps, and notices when it is not as it was left."""

    def __init__(self) -> None:
        self.queue = nft.probe_queue()
        """How the kernel hands packets over; known for sure once the table is loaded."""
        self.reasserted = 0
        """Times it had to be put back because somebody took it away or changed it."""
        self._shape: tuple[tuple[str, int], ...] | None = None
        self._counters: Counter[str] = Counter()
        self._sent: Counter[Mac] = Counter()
        """What tables before this one had counted."""
        self._tally = FlowTally()
        self._talking: set[str] = set()
        """Where speakers are whose packets pass without being noted."""
        self._ended: set[Mac] = set()
        """Speakers with flows that were ended."""
        self._last: nft.TableReading | None = None

    def load(self, snapshot: Snapshot, open_for: Mapping[str, float]) -> None:
        """Put the whole table in force, in place of what is there.

        Raises:
            UnavailableError: The kernel or the rights do not allow it.
        """
        if self._last is not None:
            self._counters.update(self._last.counters)
            self._sent.update(self._last.sent)
            self._last = None
        self._tally.begin_anew()
        self._ended.clear()
        nft.apply(self._render(snapshot))
        if self.queue is QueueKind.XT:
            try:
                add_queue_rule(TABLE, "ask", snapshot.wiring.queue_number)
            except UnavailableError as error:
                _log.warning("no queue error=%s", error)
                self.queue = QueueKind.NONE
                nft.apply(self._render(snapshot))
        if open_for:  # not before the queue is there to judge by
            with contextlib.suppress(UnavailableError):  # taken away since; the next look sees it
                nft.apply(render_open(open_for))
        self._shape = None

    def update(self, before: Snapshot, snapshot: Snapshot, open_for: Mapping[str, float]) -> None:
        """Bring the table from one snapshot to the next."""
        if snapshot.wiring != before.wiring or snapshot.addresses != before.addresses:
            self.load(snapshot, open_for)
            return
        document = render_open(open_for, self._ended)
        if set(snapshot.speakers) != set(before.speakers):
            document = render_speakers(snapshot.speakers, snapshot.addresses) + document
            self._shape = None
        try:
            nft.apply(document)
        except UnavailableError:  # the table was taken away a moment ago
            self._put_back(snapshot, open_for)
        if self._talking:
            with contextlib.suppress(UnavailableError):  # more addresses than fit, or no table
                nft.apply(render_heard(self._talking))
            self._talking.clear()

    def look(self, snapshot: Snapshot, open_for: Mapping[str, float]) -> nft.TableReading | None:
        """Read what the kernel counted; put the table back if it is not as it was left."""
        reading = nft.read_table()
        if (
            reading is None
            or self._shape not in (None, reading.shape)
            or reading.speakers != set(snapshot.speakers)
        ):
            self._put_back(snapshot, open_for)
            return None
        self._shape, self._last = reading.shape, reading
        self._talking |= self._tally.take(reading.flows)
        self._ended = set(reading.ended)
        return reading

    def end(self, flows: Sequence[FlowId]) -> None:
        """Have flows refused that passed; where the table is gone, so are they."""
        self._ended.update(flow.mac for flow in flows)
        with contextlib.suppress(UnavailableError):
            nft.apply(render_ended(flows))

    def totals(self) -> tuple[Mapping[str, int], Mapping[Mac, int]]:
        """Return packets by counter and bytes sent by speaker, since this object was made."""
        counters, sent = Counter(self._counters), Counter(self._sent)
        if self._last is not None:
            counters.update(self._last.counters)  # the operator + would lose what is zero
            sent.update(self._last.sent)
        if self._tally.packets:
            counters["udp_passed"] += self._tally.packets
            sent.update(self._tally.sent)
        return dict(counters), dict(sent)

    def _put_back(self, snapshot: Snapshot, open_for: Mapping[str, float]) -> None:
        self.reasserted += 1
        _log.error("somebody took the table away or changed it; putting it back")
        self.load(snapshot, open_for)

    def _render(self, snapshot: Snapshot) -> str:
        return render_table(
            snapshot.speakers, snapshot.wiring, addresses=snapshot.addresses, queue=self.queue
        )
