"""The engine: what is in force per device, what is refused at connect, what is never let go."""

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.directory import Directory
from hushgate.core.engine import TOTAL_LIMIT, Engine
from hushgate.core.guard import Standing
from hushgate.core.model import (
    UNKNOWN_DEVICE,
    DeviceId,
    FlowKey,
    Instant,
    Reason,
    Transport,
    Verdict,
    Voice,
)
from hushgate.core.trace import Direction

KITCHEN, OFFICE = DeviceId("kitchen"), DeviceId("office")
OPEN = Standing(Voice.ALLOWED, Reason.WINDOW_OPEN)
DELAY = Standing(Voice.DELAY, Reason.WINDOW_CLOSED)
OFFLINE = Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED)
NOW = Instant(100.0)


def flow_of(device: DeviceId, port: int = 40000) -> FlowKey:
    """A connection of a device."""
    return FlowKey(device, Transport.TCP, "192.168.77.11", port, "203.0.113.5", 443)


def test_device_without_a_standing_is_blocked() -> None:
    engine = Engine()
    assert engine.standing(UNKNOWN_DEVICE).voice is Voice.BLOCK
    assert engine.standing(UNKNOWN_DEVICE).reason is Reason.UNKNOWN_SPEAKER


def test_new_standing_names_the_flows_of_that_device_only() -> None:
    engine = Engine()
    engine.open(flow_of(KITCHEN), None, NOW)
    engine.open(flow_of(OFFICE), None, NOW)
    assert engine.rule(KITCHEN, OPEN, NOW) == [flow_of(KITCHEN)]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        pytest.param("avs-alexa-4-na.amazon.com", Verdict.REJECT, id="the voice service"),
        pytest.param("device-metrics-us.amazon.com", Verdict.ACCEPT, id="telemetry"),
        pytest.param("unheard-of.example", Verdict.ACCEPT, id="a stranger"),
    ],
)
def test_offline_refuses_the_voice_service_at_connect(name: str, verdict: Verdict) -> None:
    engine = Engine(Directory(shipped_catalogue()))
    engine.rule(KITCHEN, OFFLINE, NOW)
    assert engine.open(flow_of(KITCHEN), name, NOW).verdict is verdict


def test_flow_nobody_opened_is_dropped_and_does_not_raise() -> None:
    engine = Engine()
    assert engine.upload(flow_of(KITCHEN), 100, NOW).end
    assert engine.due(flow_of(KITCHEN), NOW).end
    engine.download(flow_of(KITCHEN), 100, NOW)
    engine.close(flow_of(KITCHEN), NOW)


def test_flow_that_wants_to_hold_more_than_all_may_is_ended() -> None:
    engine = Engine()
    engine.rule(KITCHEN, DELAY, NOW)
    port, decision = 0, None
    while decision is None or not decision.end:
        port += 1
        flow = flow_of(KITCHEN, port)
        engine.open(flow, None, NOW)
        for step in range(20):
            decision = engine.upload(flow, 1 << 20, Instant(NOW + step * 0.1))
            if decision.end:
                break
    assert decision.reason is Reason.HOLD_FULL
    assert engine.held <= TOTAL_LIMIT
    assert any(record.reason is Reason.HOLD_FULL for record in engine.records())


def test_held_bytes_are_those_of_the_open_flows() -> None:
    engine = Engine()
    engine.rule(KITCHEN, DELAY, NOW)
    engine.open(flow_of(KITCHEN), None, NOW)
    engine.upload(flow_of(KITCHEN), 5000, NOW)
    assert engine.held == 5000
    engine.close(flow_of(KITCHEN), NOW)
    assert engine.held == 0


def test_failed_connect_is_recorded_and_forgotten() -> None:
    engine = Engine()
    engine.rule(KITCHEN, OPEN, NOW)
    engine.open(flow_of(KITCHEN), None, NOW)
    engine.upload(flow_of(KITCHEN), 5000, NOW)
    engine.failed(flow_of(KITCHEN), NOW)
    assert engine.flows() == []
    [record] = engine.records()
    assert record.reason is Reason.CONNECT_FAILED


def test_traffic_is_counted_by_device_and_direction() -> None:
    engine = Engine()
    engine.rule(KITCHEN, OPEN, NOW)
    engine.open(flow_of(KITCHEN), None, NOW)
    engine.upload(flow_of(KITCHEN), 300, NOW)
    engine.download(flow_of(KITCHEN), 7000, NOW)
    assert engine.take_traffic() == {(KITCHEN, Direction.UP): 300, (KITCHEN, Direction.DOWN): 7000}
    assert engine.take_traffic() == {}
