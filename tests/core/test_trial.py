"""The judge tried on recordings of our own making."""

from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS, Limits
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.trace import Direction, Trace, TraceEvent
from hushgate.core.trial import Trial, try_trace

VOICE = FlowKey(DeviceId("echo"), Transport.TCP, "speaker", 1, "voice", 443)
OTHER = FlowKey(DeviceId("echo"), Transport.TCP, "speaker", 2, "metrics", 443)
TIME = FlowKey(DeviceId("echo"), Transport.UDP, "speaker", 3, "time", 123)


def up(flow: FlowKey, at: float, size: int, speech: int = 0) -> TraceEvent:
    return TraceEvent(Instant(at), flow, Direction.UP, size, speech=speech)


def utterance(at: float, number: int = 1, flow: FlowKey = VOICE) -> list[TraceEvent]:
    frames = [up(flow, at + 0.02 * n, 118, number) for n in range(1, 100)]
    return [up(flow, at, 9_000, number), *frames]


def judge(*events: TraceEvent, limits: Limits = DEFAULT_LIMITS) -> Trial:
    return try_trace(Trace("", "made", "echo", "voice", iter(events)), limits)


def test_an_utterance_is_stopped_whole() -> None:
    (tried,) = judge(*utterance(0.0)).bursts
    assert tried.is_speech
    assert tried.left == 0
    assert tried.marked == {1: 9_000 + 99 * 118}
    assert tried.marked_left == {1: 0}


def test_other_bursts_leave_and_say_how_long_they_waited() -> None:
    trial = judge(up(OTHER, 0.0, 40), up(OTHER, 5.0, 500))
    assert [(tried.left, round(tried.burst.held_seconds, 2)) for tried in trial.bursts] == [
        (40, 0.25),
        (500, 0.28),
    ]
    assert [tried.held_max for tried in trial.bursts] == [40, 500]


def test_a_keep_alive_in_front_of_an_utterance_is_told_apart() -> None:
    trial = judge(up(VOICE, 0.0, 41), up(VOICE, 9.5, 41, 1), *utterance(10.0))
    first, second = trial.bursts
    assert (first.is_speech, second.is_speech) == (False, True)
    assert second.lead_left == 41
    assert second.marked_left == {1: 41}
    assert trial.lone == {VOICE: 1}


def test_bursts_after_a_stopped_one_are_judged_afresh() -> None:
    trial = judge(*utterance(0.0), up(VOICE, 10.0, 700), *utterance(20.0, number=2))
    assert [tried.is_speech for tried in trial.bursts] == [True, False, True]


def test_a_recording_in_portions_on_many_connections_is_stopped_where_it_is_strict() -> None:
    flows = [FlowKey(DeviceId("echo"), Transport.TCP, "speaker", n, "far", 443) for n in range(9)]
    portions = [up(flow, 0.001 * flow.client_port, 14_000) for flow in flows]
    assert sum(tried.left for tried in judge(*portions).bursts) == 9 * 14_000
    stopped = judge(*portions, limits=STRICT_LIMITS).bursts
    # The fifth makes it too much; what comes behind it is too little again.
    assert sorted(tried.left for tried in stopped) == [0] * 5 + [14_000] * 4


def test_time_and_names_over_udp_are_not_judged() -> None:
    assert judge(up(TIME, 0.0, 48)).bursts == []


def test_the_clock_is_read_around_the_judge_only() -> None:
    ticks = iter(range(100))
    events = [up(OTHER, 0.0, 40), up(OTHER, 1.0, 40)]
    trial = try_trace(
        Trace("", "made", "echo", "voice", iter(events)), clock=lambda: float(next(ticks))
    )
    assert (trial.chunks, trial.seconds) == (2, 2.0)
