"""An exporter after weeks of running: every metric has a value."""

from datetime import UTC, datetime
from itertools import product

from hushgate.adapters.metrics import Metrics
from hushgate.adapters.readings import Readings
from hushgate.core.link import GateState
from hushgate.core.model import DeviceId, Reason, Ruling, Verdict, Voice
from hushgate.core.overrides import Wish
from hushgate.core.records import Kind
from hushgate.core.settings import Cause, Fail
from hushgate.core.trace import Direction
from tests.core.samples import record

GATE = GateState(revision=1, pid=1, reasserted=1, counters={"quic_refused": 5, "udp_dropped": 7})


def fill(metrics: Metrics, devices: list[DeviceId]) -> None:
    """Give every metric a value, as weeks of running would."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    for device in devices:
        metrics.record(record(device=device, verdict=Verdict.ACCEPT, voice=Voice.OBSERVE))
        metrics.record(
            record(device=device, kind=Kind.UPLOAD, reason=Reason.BLOCKLISTED, judgement=None)
        )
    for device, kind in product(devices, (Kind.UTTERANCE, Kind.UPLOAD, Kind.BURST)):
        metrics.record(record(device=device, kind=kind, left=1_000, accidental="x"), row=1)
    for device in devices:
        for direction in Direction:
            metrics.add_bytes(device, direction, 1000)
        metrics.set_ruling(device, Ruling(Voice.BLOCK, Reason.WINDOW_CLOSED, "house", at))
        metrics.override(device, Wish.ALLOW)
    metrics.policy_loaded(1, at)
    metrics.error("fetch")
    metrics.fail_policy(Cause.MEMORY, Fail.CLOSED)
    metrics.set_list("trackers", entries=3, fetched=at)
    metrics.list_failed("trackers")
    metrics.set_unknown_speakers(1)
    metrics.set_problems(0)
    metrics.set_clock_trusted(trusted=True)
    metrics.watch(lambda: full_readings(devices))


def full_readings(devices: list[DeviceId]) -> Readings:
    """Give what is read at a scrape."""
    return Readings(
        gate=GATE,
        flows=dict.fromkeys(devices, 3),
        budgets=dict.fromkeys(devices, 0.5),
        held_bytes=1000,
        held_limit_bytes=64 << 20,
        ledger_written=10,
        ledger_lost=1,
        ledger_waiting=2,
    )
