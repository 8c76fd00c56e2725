"""A recording through the engine."""

from collections.abc import Iterable

from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.replay import describe, replay
from hushgate.core.trace import Direction, Trace, TraceEvent

FLOW = FlowKey(DeviceId("echo"), Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)


def upload(at: float, size: int, flow: FlowKey = FLOW) -> TraceEvent:
    """Bytes from the speaker."""
    return TraceEvent(Instant(at), flow, Direction.UP, size)


def utterance(start: float, flow: FlowKey = FLOW) -> list[TraceEvent]:
    """A pre-roll, then three seconds of frames."""
    frames = [upload(start + 0.1 + number * 0.03, 400, flow) for number in range(100)]
    return [upload(start, 16_000, flow), *frames]


def trace_of(events: Iterable[TraceEvent]) -> Trace:
    """A recording of these events."""
    return Trace("made-up.pcap", "test", "echo", "voice", iter(list(events)))


def bursts_of(*events: TraceEvent) -> list[dict[str, object]]:
    """The bursts of a recording as replay shows them."""
    trace = trace_of(events)
    return [describe(record, trace) for record in replay(trace)]


def test_utterance_is_shown_with_what_each_mode_would_do() -> None:
    [burst] = bursts_of(*utterance(5.0))
    assert burst["judgement"] == "speech"
    assert burst["bytes"] == 56_000
    assert burst["bytes_before_judgement"] == 0
    assert burst["would"] == {"block": "drop", "delay": "hold", "observe": "accept"}


def test_keepalive_would_pass_in_every_mode() -> None:
    [burst] = bursts_of(upload(1.0, 46))
    assert burst["judgement"] == "other"
    assert set(burst["would"].values()) == {"accept"}


def test_recorded_connection_goes_on_after_what_would_have_been_stopped() -> None:
    bursts = bursts_of(*utterance(5.0), upload(20.0, 46), *utterance(40.0))
    assert [burst["judgement"] for burst in bursts] == ["speech", "other", "speech"]
    assert bursts[2]["start"] == 40.0


def test_flows_are_judged_apart() -> None:
    other = FLOW._replace(client_port=40001)
    events = sorted([*utterance(5.0), *utterance(5.5, other)])
    bursts = bursts_of(*events)
    assert {burst["flow"] for burst in bursts} == {str(FLOW), str(other)}


def test_burst_that_the_recording_cuts_off_is_still_judged() -> None:
    [burst] = bursts_of(*utterance(5.0)[:60])
    assert burst["judgement"] == "speech"
