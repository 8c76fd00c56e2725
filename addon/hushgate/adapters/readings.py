"""Numbers that are kept elsewhere and read only when Prometheus asks.

In: a function that gives the readings of now. Out: a collector for the registry of metrics.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hushgate.core.link import GateState
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId


@dataclass(frozen=True, slots=True)
class Readings:
    """The state of the moment."""

    gate: GateState | None = None
    """What the gate last said; None: it is not reached."""
    flows: Mapping[DeviceId, int] = field(default_factory=dict)
    """Open connections by device."""
    budgets: Mapping[DeviceId, float] = field(default_factory=dict)
    """Share of the budget that each device has used up."""
    held_bytes: int = 0
    held_limit_bytes: int = 0
    pending: int = 0
    """Held utterances that wait for the owner's answer."""
    ledger_written: int = 0
    ledger_lost: int = 0
    ledger_waiting: int = 0


class ReadingsCollector(Collector):
    """Asks for the readings at each scrape."""

    def __init__(self, devices: Callable[[], frozenset[str]]) -> None:
        self._devices = devices
        self.read: Callable[[], Readings] = Readings

    def collect(self) -> Iterable[Metric]:
        """Yield every metric that is read, not counted, here."""
        now = self.read()
        yield from _gate(now.gate)
        flows = GaugeMetricFamily(
            "hushgate_flows", "Open connections of speakers.", labels=("device",)
        )
        for device, count in self._by_label(now.flows).items():
            flows.add_metric((device,), count)
        yield flows
        budgets = GaugeMetricFamily(
            "hushgate_budget_used_ratio",
            "Other uploads outside windows, of what a speaker at rest needs.",
            labels=("device",),
        )
        for device in sorted(self._devices()):
            budgets.add_metric((device,), now.budgets.get(DeviceId(device), 0.0))
        yield budgets
        yield GaugeMetricFamily(
            "hushgate_held_bytes", "Upload bytes that wait in the proxy.", now.held_bytes
        )
        yield GaugeMetricFamily(
            "hushgate_held_limit_bytes", "Upload bytes that may wait.", now.held_limit_bytes
        )
        yield GaugeMetricFamily(
            "hushgate_pending_requests", "Held utterances the owner may let go.", now.pending
        )
        yield CounterMetricFamily(
            "hushgate_ledger_rows", "Rows written to the ledger.", now.ledger_written
        )
        yield CounterMetricFamily(
            "hushgate_ledger_lost_rows", "Rows that could not be written.", now.ledger_lost
        )
        yield GaugeMetricFamily(
            "hushgate_ledger_waiting_rows", "Rows that wait to be written.", now.ledger_waiting
        )

    def _by_label(self, flows: Mapping[DeviceId, int]) -> Counter[str]:
        devices = self._devices()
        counts = Counter(dict.fromkeys(devices, 0))
        for device, count in flows.items():
            counts[device if device in devices else UNKNOWN_DEVICE] += count
        return counts


def _gate(gate: GateState | None) -> Iterable[Metric]:
    yield GaugeMetricFamily("hushgate_gate_up", "1 while the gate answers.", gate is not None)
    packets = CounterMetricFamily(
        "hushgate_gate_packets", "Packets of speakers, by what the kernel did.", labels=("counter",)
    )
    reasserted = CounterMetricFamily(
        "hushgate_gate_table_reasserted",
        "Times the nftables table had to be put back because something took it away.",
        labels=(),
    )
    problems = GaugeMetricFamily(
        "hushgate_gate_problems", "What lets speakers past the gate, as far as it is known."
    )
    waiting = GaugeMetricFamily(
        "hushgate_gate_queue_packets", "Packets that wait for the gate to be judged."
    )
    if gate is not None:
        waiting.add_metric((), gate.waiting)
        problems.add_metric((), len(gate.problems))
        for counter, count in gate.counters.items():
            packets.add_metric((counter,), count)
        reasserted.add_metric((), gate.reasserted)
    yield packets
    yield waiting
    yield problems
    yield reasserted
