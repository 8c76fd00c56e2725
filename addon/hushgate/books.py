"""Bookkeeping: what the engine did and what is in force, into ledger and metrics."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.readings import Readings
from hushgate.core.contacts import Contacts
from hushgate.core.engine import Engine
from hushgate.core.householdrecords import record_of_found
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Instant, Mac, Reason
from hushgate.core.newcomers import Found
from hushgate.core.policy import Policy
from hushgate.core.records import Kind, Record
from hushgate.core.settings import Cause, Fail
from hushgate.core.trace import Direction
from hushgate.core.udpflows import UdpFlow
from hushgate.core.udprecords import record_of


class Books:
    """Carries records and states to where people look for them."""

    def __init__(self, engine: Engine, ledger: Ledger, metrics: Metrics, link: GateLink) -> None:
        self._engine = engine
        self._ledger = ledger
        self._metrics = metrics
        self._link = link
        self.contacts = Contacts()
        """What each speaker sent to whom."""
        self._fails: dict[Cause, int] = {}
        """Failures that the gate told of, as far as they are in the metrics."""
        self._sent: dict[Mac, int] = {}
        """Bytes that left outside the proxy, as far as they are in the metrics."""
        metrics.watch(self._read)

    def carry(self, policy: Policy, at: datetime, now: Instant) -> None:
        """Write down what has happened since the last call, and what is in force now."""
        for budget in self._engine.budgets.values():
            budget.look(now)
        for record in self._engine.records():
            self._enter(record, policy)
        for (device, direction), size in self._engine.take_traffic().items():
            self._metrics.add_bytes(device, direction, size)
        for flow in self._link.take_flows():
            self._enter_packets(flow, policy, now)
        self._count_sent(policy)
        self._count_fails()
        for device in policy.devices:
            self._metrics.set_ruling(device, policy.ruling(device, at))

    def enter_found(self, found: Iterable[Found], policy: Policy, now: Instant) -> None:
        """Write down who was found to be a speaker that nobody named."""
        for each in found:
            is_guarded = policy.device_of(each.device) is not None
            record = record_of_found(each, now, guarded=is_guarded)
            self._ledger.append(record, device_name=each.name)

    def _enter(self, record: Record, policy: Policy) -> None:
        self.contacts.note(record)
        row = None
        if record.kind is not Kind.BURST:
            device = policy.devices.get(record.device)
            name = device.name if device is not None else record.device
            row = self._ledger.append(record, device_name=name)
        self._metrics.record(record, row=row)
        if record.reason is Reason.HOLD_FULL:
            self._metrics.fail_policy(Cause.MEMORY, Fail.CLOSED)

    def _enter_packets(self, flow: UdpFlow, policy: Policy, now: Instant) -> None:
        device = _device_of(flow.mac, policy)
        endpoint = self._engine.directory.catalogue.endpoint_of(flow.name) if flow.name else None
        role = endpoint.role if endpoint is not None else "unknown"
        record = record_of(flow, device, self._engine.standing(device), role, now)
        if record is not None:
            self._enter(record, policy)

    def _count_sent(self, policy: Policy) -> None:
        sent = self._link.state.sent if self._link.state is not None else {}
        for mac, size in sent.items():
            before = self._sent.get(mac, 0)
            new = size - before if size >= before else size  # less: another gate began to count
            self._metrics.add_bytes(_device_of(mac, policy), Direction.UP, new)
            self._sent[mac] = size

    def _count_fails(self) -> None:
        """Count what the gate could not decide; where there is a choice, the addon decides."""
        gate = self._link.state
        if gate is None:
            return
        counts = {
            Cause.GATE_DOWN: gate.failed,
            Cause.QUEUE_FULL: sum(gate.counters.get(f"queue_{why}", 0) for why in ("full", "lost")),
            Cause.UNDECODABLE: gate.counters.get("judged_undecodable", 0),
        }
        for cause, count in counts.items():
            before = self._fails.get(cause, 0)
            self._metrics.fail_policy(
                cause, Fail.CLOSED, count - before if count >= before else count
            )
            self._fails[cause] = count

    def _read(self) -> Readings:
        """Read what is kept elsewhere; in a thread, so what may change is copied first."""
        budgets = list(self._engine.budgets.items())
        return Readings(
            gate=self._link.state,
            flows=Counter(flow.device for flow in self._engine.flows()),
            budgets={device: each.used for device, each in budgets},
            held_bytes=self._engine.held,
            held_limit_bytes=self._engine.held_limit,
            pending=len(self._engine.requests()),
            ledger_written=self._ledger.written,
            ledger_lost=self._ledger.lost,
            ledger_waiting=self._ledger.waiting,
        )


def _device_of(mac: Mac, policy: Policy) -> DeviceId:
    return policy.device_of(mac) or UNKNOWN_DEVICE
