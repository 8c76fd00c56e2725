"""The guard of one flow: every byte is released once or discarded once, or it waits."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.decisions import Decision, Party, Standing
from hushgate.core.guard import Guard
from hushgate.core.model import DeviceId, FlowKey, Instant, Reason, Transport, Verdict, Voice
from hushgate.core.records import Kind, Record

FLOW = FlowKey(DeviceId("kitchen"), Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)
PARTY = Party("avs-alexa-4-na.amazon.com:443", "voice")
OPEN = Standing(Voice.ALLOWED, Reason.WINDOW_OPEN)
BLOCK = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
DELAY = Standing(Voice.DELAY, Reason.WINDOW_CLOSED)
QUIET = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, quiet=True)


class Flow:
    """A guard with a clock, and the sums of what it decided."""

    def __init__(self, standing: Standing, party: Party = PARTY) -> None:
        self.records: list[Record] = []
        self.guard = Guard(FLOW, party, standing, self.records, itertools.count(1))
        self.now = Instant(0.0)
        self.uploaded = self.released = self.discarded = 0
        self.ended = False
        self.wake: Instant | None = None

    def upload(self, size: int) -> Decision:
        """The speaker sends."""
        self.uploaded += size
        return self._take(self.guard.upload(size, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass and ask whenever the guard wanted to be asked."""
        until = Instant(self.now + seconds)
        while self.wake is not None and self.wake <= until and not self.ended:
            self.now = max(self.now, self.wake)
            self._take(self.guard.due(self.now))
        self.now = until

    def rule(self, standing: Standing) -> None:
        """Something else is in force."""
        self.guard.rule(standing, self.now)
        self._take(self.guard.due(self.now))

    def speak(self, seconds: float) -> None:
        """An utterance: a pre-roll, then a frame every 30 ms."""
        self.upload(20_000)
        for _ in range(int(seconds / 0.03)):
            self.wait(0.03)
            self.upload(400)

    def _take(self, decision: Decision) -> Decision:
        self.released += decision.release
        self.discarded += decision.discard
        self.ended = self.ended or decision.end
        self.wake = decision.wake
        return decision


OFFLINE = Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED)
standings = st.sampled_from(
    (OPEN, BLOCK, DELAY, QUIET, OFFLINE, Standing(Voice.OBSERVE, Reason.WINDOW_CLOSED))
)
steps = st.one_of(
    st.tuples(st.just("upload"), st.integers(1, 30_000)),
    st.tuples(st.just("wait"), st.floats(0.001, 3.0)),
    st.tuples(st.just("speak"), st.floats(0.1, 2.0)),
    st.tuples(st.just("rule"), standings),
)


@given(standings, st.lists(steps, max_size=30))
def test_every_byte_is_released_once_or_discarded_once_or_waits(
    standing: Standing, events: list[tuple[str, object]]
) -> None:
    flow = Flow(standing)
    for name, argument in events:
        if flow.ended:
            break
        getattr(flow, name)(argument)
        assert flow.released + flow.discarded + flow.guard.held == flow.uploaded


@given(st.lists(steps.filter(lambda step: step[0] != "rule"), max_size=30))
def test_nothing_of_an_utterance_leaves_while_voice_is_blocked(
    events: list[tuple[str, object]],
) -> None:
    flow = Flow(BLOCK)
    for name, argument in events:
        if flow.ended:
            break
        getattr(flow, name)(argument)
    if not flow.ended:
        before = flow.released
        flow.wait(10.0)
        quiet = flow.released
        flow.speak(3.0)
        assert quiet >= before
        assert flow.released == quiet
        assert flow.ended


@given(st.lists(steps.filter(lambda step: step[0] != "rule"), max_size=20))
def test_while_voice_is_allowed_everything_goes_on_arrival(
    events: list[tuple[str, object]],
) -> None:
    flow = Flow(OPEN)
    for name, argument in events:
        getattr(flow, name)(argument)
        assert flow.released == flow.uploaded
        assert not flow.ended


def test_records_of_allowed_speech_say_that_all_of_it_left() -> None:
    flow = Flow(OPEN)
    flow.speak(3.0)
    flow.wait(3.0)
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.ACCEPT, Reason.WINDOW_OPEN)
    assert utterance.left == utterance.size == flow.uploaded


def test_utterance_that_finishes_in_its_grace_is_recorded_as_such() -> None:
    flow = Flow(OPEN)
    flow.speak(2.0)
    flow.rule(BLOCK)
    flow.speak(1.0)
    flow.wait(3.0)
    assert flow.released == flow.uploaded
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.ACCEPT, Reason.GRACE)


def test_utterance_in_a_short_window_was_allowed_though_a_report_began_its_burst_before() -> None:
    flow = Flow(BLOCK)
    flow.upload(300)
    flow.wait(0.5)
    flow.rule(OPEN)
    flow.wait(0.3)
    flow.speak(2.0)
    flow.rule(BLOCK)
    flow.wait(3.0)
    assert flow.released == flow.uploaded
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.voice, utterance.reason) == (Voice.ALLOWED, Reason.GRACE)


def test_peer_fault_an_open_flow_that_outlives_its_window() -> None:
    """Where only new connections are judged, one opened in time goes on for hours."""
    flow = Flow(replace(OPEN, hard_edge=True))
    flow.speak(1.0)
    flow.rule(replace(BLOCK, hard_edge=True))
    left = flow.released
    flow.speak(3.0)
    assert flow.ended
    assert flow.released == left


def test_offline_ends_the_open_connection_of_the_voice_service_when_its_window_closes() -> None:
    flow = Flow(OPEN)
    flow.upload(300)
    flow.wait(60)
    flow.rule(OFFLINE)
    assert flow.ended
    assert flow.released == 300


def test_offline_lets_the_utterance_under_way_finish_in_its_grace_and_then_ends() -> None:
    flow = Flow(OPEN)
    flow.speak(1)
    flow.rule(OFFLINE)
    flow.speak(1)
    assert not flow.ended
    assert flow.released == flow.uploaded
    flow.wait(OFFLINE.grace + 1)
    assert flow.ended


def test_offline_leaves_other_connections_open() -> None:
    flow = Flow(OPEN, Party("device-metrics-us.amazon.com:443", "telemetry"))
    flow.rule(OFFLINE)
    flow.upload(300)
    flow.wait(60)
    assert not flow.ended
    assert flow.released == 300


def test_grace_is_not_chained_over_two_utterances() -> None:
    flow = Flow(OPEN)
    flow.speak(2.0)
    flow.rule(BLOCK)
    flow.wait(3.0)
    left = flow.released
    flow.speak(2.0)
    assert flow.released == left
    assert flow.ended


def test_second_utterance_waits_behind_a_delayed_one_and_both_go_in_order() -> None:
    flow = Flow(DELAY)
    flow.speak(2.0)
    flow.wait(3.0)
    flow.speak(2.0)
    flow.wait(3.0)
    assert flow.released == 0
    flow.rule(OPEN)
    assert flow.released == flow.uploaded
    utterances = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert [each.reason for each in utterances] == [Reason.DELAY_ALLOWED] * 2


def test_delayed_utterance_that_the_speaker_gives_up_is_dropped() -> None:
    flow = Flow(DELAY)
    flow.speak(2.0)
    flow.guard.close(flow.now)
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.DROP, Reason.FLOW_CLOSED)
    assert utterance.left == 0


def test_abandoned_flow_lets_nothing_go() -> None:
    flow = Flow(DELAY)
    flow.speak(2.0)
    decision = flow.guard.abandon(Reason.HOLD_FULL, flow.now)
    assert decision.end
    assert decision.release == 0
    assert flow.guard.held == 0
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert utterance.reason is Reason.HOLD_FULL


def test_strict_stops_a_clip_that_is_sent_at_once() -> None:
    lenient, strict = Flow(BLOCK), Flow(replace(BLOCK, strict=True))
    for flow in (lenient, strict):
        flow.upload(40_000)
        flow.wait(5.0)
    assert (lenient.released, lenient.ended) == (40_000, False)
    assert (strict.released, strict.discarded, strict.ended) == (0, 40_000, True)


def test_strict_holds_from_the_burst_after_it_was_set_and_only_while_voice_may_not_leave() -> None:
    flow = Flow(BLOCK)
    flow.rule(replace(OPEN, strict=True))
    flow.upload(40_000)
    flow.wait(5.0)
    assert flow.records[-1].judgement is not None
    assert flow.records[-1].judgement.reason == "over"
    flow.rule(replace(BLOCK, strict=True))
    flow.upload(40_000)
    assert flow.ended


def test_who_observes_strictly_sees_what_would_be_stopped() -> None:
    flow = Flow(Standing(Voice.OBSERVE, Reason.WINDOW_CLOSED, strict=True))
    flow.upload(40_000)
    flow.wait(5.0)
    [utterance] = flow.records
    assert (utterance.kind, utterance.left) == (Kind.UTTERANCE, 40_000)


def test_utterances_chained_across_a_closing_edge_share_one_grace() -> None:
    flow = Flow(OPEN)
    flow.speak(1.0)
    flow.rule(Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, grace=4.0))
    closed = last = flow.now
    while not flow.ended:
        before = flow.released
        flow.upload(400)
        flow.wait(0.6 if int(flow.now) % 2 else 0.03)  # pauses shorter than those between bursts
        last = flow.now if flow.released > before else last
    assert 3.0 < last - closed <= 4.7


# --- the owner's word on what is held -----------------------------------------------------------


def asked(flow: Flow) -> Flow:
    """Let it hold an utterance of two seconds that is over."""
    flow.speak(2.0)
    flow.wait(3.0)
    return flow


def answer(flow: Flow, *, allow: bool) -> None:
    """The owner answers, and the flow is told."""
    flow.guard.answer(allow=allow)
    flow._take(flow.guard.due(flow.now))


def test_a_held_utterance_is_a_request_that_says_what_waits_and_how_long() -> None:
    flow = asked(Flow(DELAY))
    request = flow.guard.request
    assert request is not None
    assert (request.number, request.flow, request.endpoint) == (1, FLOW, PARTY.endpoint)
    assert (request.since, request.size) == (0.0, flow.uploaded)
    assert 1.0 < request.speech_seconds < 5.0
    assert DELAY.delay_limit <= request.expires < DELAY.delay_limit + 1.0


@pytest.mark.parametrize("standing", [OPEN, BLOCK, QUIET], ids=["allowed", "block", "quiet"])
def test_where_nothing_waits_for_the_owner_nothing_is_asked(standing: Standing) -> None:
    flow = Flow(standing)
    flow.upload(500)
    assert flow.guard.request is None
    flow.speak(2.0)
    assert flow.guard.request is None
    flow.guard.answer(allow=True)
    flow.speak(2.0)
    assert flow.released in (0, flow.uploaded)


def test_an_allowed_utterance_goes_whole_and_the_next_one_asks_again() -> None:
    flow = asked(Flow(DELAY))
    answer(flow, allow=True)
    assert flow.released == flow.uploaded
    assert flow.guard.request is None
    second = asked(flow).guard.request
    assert flow.released < flow.uploaded
    assert second is not None
    assert second.number == 2
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.ACCEPT, Reason.DELAY_ALLOWED)
    assert utterance.left == utterance.size


def test_an_utterance_allowed_while_it_goes_on_may_finish_and_no_other() -> None:
    flow = Flow(DELAY)
    flow.speak(1.0)
    answer(flow, allow=True)
    flow.speak(2.0)
    assert flow.released == flow.uploaded
    flow.wait(3.0)
    whole = flow.released
    asked(flow)
    assert flow.released == whole
    assert flow.guard.request is not None


def test_an_allowed_utterance_is_cut_when_the_owner_blocks() -> None:
    flow = Flow(DELAY)
    flow.speak(1.0)
    answer(flow, allow=True)
    flow.rule(BLOCK)
    left = flow.released
    flow.speak(2.0)
    assert flow.ended
    assert flow.released == left


def test_a_refused_utterance_is_dropped_at_once() -> None:
    flow = asked(Flow(DELAY))
    answer(flow, allow=False)
    assert flow.ended
    assert (flow.released, flow.discarded) == (0, flow.uploaded)
    assert flow.guard.request is None
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.DROP, Reason.DELAY_REFUSED)
    assert utterance.left == 0


def test_a_request_nobody_answers_expires_by_itself() -> None:
    flow = asked(Flow(DELAY))
    flow.wait(DELAY.delay_limit)
    assert flow.ended
    assert flow.guard.request is None
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert utterance.reason is Reason.DELAY_EXPIRED


@given(st.lists(st.one_of(steps, st.tuples(st.just("answer"), st.booleans())), max_size=30))
def test_whatever_is_answered_every_byte_has_one_fate(events: list[tuple[str, object]]) -> None:
    flow = Flow(DELAY)
    for name, argument in events:
        if flow.ended:
            break
        if name == "answer":
            answer(flow, allow=bool(argument))
        else:
            getattr(flow, name)(argument)
        assert flow.released + flow.discarded + flow.guard.held == flow.uploaded


# --- what is easy to lose -----------------------------------------------------------------------


def test_record_of_an_upload_that_leaves_as_its_burst_ends_says_that_it_left() -> None:
    flow = Flow(BLOCK)
    flow.upload(25_000)
    flow.wait(3.0)
    [burst] = flow.records
    assert (burst.size, burst.left) == (25_000, 25_000)


def test_utterance_allowed_after_its_grace_asks_for_no_time_that_is_past() -> None:
    flow = Flow(OPEN)
    flow.speak(2.0)
    flow.rule(replace(DELAY, grace=1.0))
    flow.speak(2.0)
    answer(flow, allow=True)
    assert flow.released == flow.uploaded
    assert flow.wake is not None
    assert flow.wake > flow.now


def test_quiet_drop_of_an_utterance_that_is_over_writes_it_down_and_ends() -> None:
    flow = asked(Flow(DELAY))
    flow.rule(QUIET)
    assert flow.ended
    [utterance] = [each for each in flow.records if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.left) == (Verdict.DROP, 0)


def test_window_that_opens_while_an_utterance_is_swallowed_is_not_the_reason() -> None:
    flow = Flow(QUIET)
    flow.speak(2.0)
    flow.rule(OPEN)
    flow.wait(3.0)
    assert flow.ended
    assert {each.reason for each in flow.records} == {Reason.WINDOW_CLOSED}


def test_refusal_that_an_opening_window_overtook_is_not_kept_for_the_next_utterance() -> None:
    flow = asked(Flow(DELAY))
    flow.guard.answer(allow=False)
    flow.rule(OPEN)
    flow.rule(DELAY)
    asked(flow)
    assert not flow.ended
    assert flow.guard.request is not None


def test_answer_to_a_request_that_a_block_overtook_changes_nothing() -> None:
    flow = asked(Flow(DELAY))
    flow.guard.rule(BLOCK, flow.now)
    answer(flow, allow=True)
    assert (flow.released, flow.ended) == (0, True)
