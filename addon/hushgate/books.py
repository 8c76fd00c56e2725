"""Bookkeeping: what the engine did and what is in force, into ledger and metrics."""

from collections import Counter
from datetime import datetime

from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.readings import Readings
from hushgate.core.engine import TOTAL_LIMIT, Engine
from hushgate.core.policy import Policy
from hushgate.core.records import Kind, Record


class Books:
    """Carries records and states to where people look for them."""

    def __init__(self, engine: Engine, ledger: Ledger, metrics: Metrics, link: GateLink) -> None:
        self._engine = engine
        self._ledger = ledger
        self._metrics = metrics
        self._link = link
        metrics.watch(self._read)

    def carry(self, policy: Policy, at: datetime) -> None:
        """Write down what has happened since the last call, and what is in force now."""
        for record in self._engine.records():
            self._enter(record, policy)
        for (device, direction), size in self._engine.take_traffic().items():
            self._metrics.add_bytes(device, direction, size)
        for device in policy.devices:
            self._metrics.set_ruling(device, policy.ruling(device, at))

    def _enter(self, record: Record, policy: Policy) -> None:
        row = None
        if record.kind is not Kind.BURST:
            device = policy.devices.get(record.device)
            name = device.name if device is not None else record.device
            row = self._ledger.append(record, device_name=name)
        self._metrics.record(record, row=row)

    def _read(self) -> Readings:
        return Readings(
            gate=self._link.state,
            flows=Counter(flow.device for flow in self._engine.flows()),
            held_bytes=self._engine.held,
            held_limit_bytes=TOTAL_LIMIT,
            ledger_written=self._ledger.written,
            ledger_lost=self._ledger.lost,
            ledger_waiting=self._ledger.waiting,
        )
