"""The engine: what is in force per device, what is refused at connect, what is never let go."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.decisions import Decision, Standing
from hushgate.core.directory import Directory
from hushgate.core.engine import TOTAL_LIMIT, Engine
from hushgate.core.listformats.entry import Format
from hushgate.core.listreading import read_list
from hushgate.core.lists import BlockList, ListSet, Scope
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
from hushgate.core.records import Kind
from hushgate.core.suffixes import NO_SUFFIXES
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


BLOCK = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
STRICT = replace(BLOCK, strict=True)


class Speaker:
    """A device with connections that have been open for a while; timers are kept."""

    def __init__(self, standing: Standing = BLOCK, connections: int = 8) -> None:
        self.engine = Engine()
        self.engine.rule(KITCHEN, standing, NOW)
        self.flows = [flow_of(KITCHEN, 40_000 + n) for n in range(connections)]
        for flow in self.flows:
            self.engine.open(flow, None, NOW)
        self.left: dict[FlowKey, int] = dict.fromkeys(self.flows, 0)
        self.ended: set[FlowKey] = set()
        self.wakes: dict[FlowKey, float] = {}

    def run(
        self, upload: Iterable[tuple[float, int, int]], records: tuple[int, ...] | None = None
    ) -> None:
        """Send (seconds, number of the connection, bytes), then wait until all is decided."""
        for at, number, size in upload:
            now = NOW + 10.0 + at
            self.wake_until(now)
            flow = self.flows[number]
            if flow not in self.ended:
                self.heed(flow, self.engine.upload(flow, size, Instant(now), records))
        self.wake_until(NOW + 10_000.0)

    def wake_until(self, now: float) -> None:
        while self.wakes and min(self.wakes.values()) <= now:
            flow = min(self.wakes, key=lambda flow: self.wakes[flow])
            self.heed(flow, self.engine.due(flow, Instant(self.wakes.pop(flow))))

    def heed(self, flow: FlowKey, decision: Decision) -> None:
        self.left[flow] += decision.release
        self.wakes.pop(flow, None)
        if decision.end:
            self.ended.add(flow)
            self.engine.close(flow, NOW)
        elif decision.wake is not None:
            self.wakes[flow] = decision.wake


def test_speech_over_eight_connections_is_stopped_on_all_of_them() -> None:
    speaker = Speaker()
    speaker.run((0.02 * n, n % 8, 118) for n in range(300))
    assert len(speaker.ended) == 8
    # Each connection's first frame leaves like the small report it looks like: 0.16 s of speech.
    assert set(speaker.left.values()) == {118}
    spoken = [record for record in speaker.engine.records() if record.kind is Kind.UTTERANCE]
    assert {(record.verdict, record.reason, record.left) for record in spoken} == {
        (Verdict.DROP, Reason.WINDOW_CLOSED, 118)
    }
    assert all(record.judgement and record.judgement.reason == "together" for record in spoken)
    assert speaker.engine.held == 0


def test_speech_that_hops_to_another_connection_every_third_of_a_second_is_stopped() -> None:
    speaker = Speaker()
    speaker.run((0.02 * n, n // 15 % 8, 118) for n in range(300))
    assert sum(speaker.left.values()) == 0
    assert len(speaker.ended) >= 4


def test_an_utterance_ends_its_own_connection_and_leaves_the_others_alone() -> None:
    speaker = Speaker()
    speech = [(0.02 * n, 0, 118) for n in range(200)]
    reports = [(0.3 + 1.5 * n, 1 + n % 7, 2_500) for n in range(4)]
    speaker.run(sorted(speech + reports))
    assert speaker.ended == {speaker.flows[0]}
    assert sum(speaker.left.values()) == 10_000


def test_nothing_is_added_up_while_voice_may_leave() -> None:
    speaker = Speaker(OPEN)
    speaker.run((0.02 * n, n % 8, 118) for n in range(300))
    assert not speaker.ended
    assert sum(speaker.left.values()) == 300 * 118


def test_delayed_speech_over_eight_connections_is_held_on_all_of_them() -> None:
    speaker = Speaker(Standing(Voice.DELAY, Reason.WINDOW_CLOSED, delay_limit=600.0))
    for n in range(300):
        at = Instant(NOW + 10.0 + 0.02 * n)
        speaker.wake_until(at)
        speaker.heed(speaker.flows[n % 8], speaker.engine.upload(speaker.flows[n % 8], 118, at))
    assert set(speaker.left.values()) == {118}
    assert speaker.engine.held == 292 * 118


CUTS = [
    pytest.param(
        [(0.004 * i + 0.0001 * n, n, 1_450) for i in range(20) for n in range(20)],
        None,
        id="a recording at once, 29 kB on each of twenty connections",
    ),
    pytest.param(
        [
            (k + 0.004 * i, (2 * k + n) % 8, 1_450)
            for k in range(60)
            for i in range(20)
            for n in (0, 1)
        ],
        None,
        id="lumps of 29 kB, two at once each second, on eight connections in turn",
    ),
    pytest.param(
        [(k / 3 + 0.0001 * n, n, 150) for k in range(180) for n in range(120)],
        None,
        id="keep-alives, three a second on each of 120 connections",
    ),
    pytest.param(
        [(0.0001 * n, n, 4_000) for n in range(100)],
        (),
        id="what looks like a handshake, 4 kB on each of a hundred connections",
    ),
]


@pytest.mark.parametrize(("upload", "records"), CUTS)
def test_speech_in_portions_too_small_for_the_judge_is_bounded_over_all_connections(
    upload: list[tuple[float, int, int]], records: tuple[int, ...] | None
) -> None:
    speaker = Speaker(STRICT, connections=120)
    speaker.run(sorted(upload), records)
    assert sum(speaker.left.values()) <= 60_000 + 60 * 1_000
    assert speaker.ended
    assert speaker.engine.held == 0
    judged = {each.judgement.reason for each in speaker.engine.records() if each.judgement}
    assert "portions" in judged


def test_twenty_reports_at_once_are_too_much_only_for_who_wants_it_strict() -> None:
    speaker = Speaker(connections=20)
    speaker.run((0.0001 * n, n, 14_000) for n in range(20))
    assert sum(speaker.left.values()) == 20 * 14_000


def test_what_was_sent_before_the_owner_became_strict_is_not_held_against_the_speaker() -> None:
    speaker = Speaker(connections=20)
    speaker.run((0.0001 * n, n, 14_000) for n in range(20))
    speaker.engine.rule(KITCHEN, STRICT, Instant(NOW + 5.0))
    speaker.run([(10.0, 0, 40)])
    assert speaker.left[speaker.flows[0]] == 14_040
    assert not speaker.ended


def test_delayed_speech_is_no_portion_of_what_else_is_sent() -> None:
    """What waits for the owner is judged already, however much it is."""
    speaker = Speaker(replace(STRICT, voice=Voice.DELAY))
    speech = [(0.02 * n, 0, 660) for n in range(400)]
    speaker.run(sorted([*speech, (5.0, 1, 14_000), (9.5, 2, 14_000)]))
    assert [speaker.left[flow] for flow in speaker.flows[:3]] == [0, 14_000, 14_000]


def test_more_than_the_budget_leaves_and_is_told_with_its_numbers() -> None:
    speaker = Speaker()
    speaker.run((5.0 * n, 0, 14_000) for n in range(350))
    assert sum(speaker.left.values()) == 350 * 14_000
    [record] = [each for each in speaker.engine.records() if each.reason is Reason.OVER_BUDGET]
    assert (record.kind, record.verdict) == (Kind.UPLOAD, Verdict.ACCEPT)
    assert record.judgement is not None
    assert record.judgement.evidence.startswith("4,0")
    assert speaker.engine.budgets[KITCHEN].exceeded


def test_the_owner_s_budget_counts_from_the_moment_it_is_set() -> None:
    speaker = Speaker(replace(BLOCK, upload_budget=100_000))
    speaker.run((5.0 * n, 0, 14_000) for n in range(10))
    [record] = [each for each in speaker.engine.records() if each.reason is Reason.OVER_BUDGET]
    assert record.judgement is not None
    assert "from 100,000 on" in record.judgement.evidence
    speaker.engine.rule(KITCHEN, replace(BLOCK, upload_budget=1_000_000), Instant(NOW + 60.0))
    budget = speaker.engine.budgets[KITCHEN]
    budget.look(Instant(NOW + 60.0))
    assert budget.used < 0.2
    assert not budget.exceeded


def test_what_leaves_while_voice_may_costs_no_budget() -> None:
    speaker = Speaker(OPEN)
    speaker.run((5.0 * n, 0, 14_000) for n in range(350))
    assert not speaker.engine.budgets


def speak(engine: Engine, flow: FlowKey, at: float) -> None:
    """An utterance of two seconds."""
    engine.open(flow, None, Instant(at))
    engine.upload(flow, 20_000, Instant(at))
    for step in range(1, 70):
        engine.upload(flow, 400, Instant(at + 0.03 * step))


def test_requests_of_all_flows_come_in_the_order_in_which_they_expire() -> None:
    engine = Engine()
    engine.rule(KITCHEN, replace(DELAY, delay_limit=60.0), NOW)
    engine.rule(OFFICE, DELAY, NOW)
    speak(engine, flow_of(KITCHEN), NOW)
    speak(engine, flow_of(OFFICE), NOW + 10.0)
    waiting = engine.requests()
    assert [each.flow.device for each in waiting] == [OFFICE, KITCHEN]
    assert [each.number for each in waiting] == [2, 1]


def test_an_utterance_that_the_owner_let_go_is_not_charged_to_the_budget() -> None:
    engine = Engine()
    engine.rule(KITCHEN, DELAY, NOW)
    speak(engine, flow_of(KITCHEN), NOW)
    engine.answer(flow_of(KITCHEN), allow=True)
    assert engine.due(flow_of(KITCHEN), Instant(NOW + 3.0)).release > 40_000
    assert KITCHEN not in engine.budgets


def test_an_answer_about_a_flow_that_is_gone_changes_nothing() -> None:
    engine = Engine()
    engine.answer(flow_of(KITCHEN), allow=True)
    assert engine.requests() == []


def test_peer_fault_a_pause_shorter_than_a_dns_ttl_that_does_nothing() -> None:
    """Where names are all that is judged, the speaker keeps a refusal until its TTL is over."""
    reading = read_list([b"telemetry.example"], "own", suffixes=NO_SUFFIXES, form=Format.DOMAINS)
    listed = BlockList("own", reading.rules, Scope(everyone=True), lambda entry: None)
    engine = Engine(Directory(lists=ListSet([listed])))
    engine.rule(KITCHEN, replace(OPEN, voice=Voice.BLOCK), NOW)
    assert engine.open(flow_of(KITCHEN), "telemetry.example", NOW).verdict is Verdict.REJECT
    paused = Standing(Voice.OBSERVE, Reason.OVERRIDE_PAUSED, is_paused=True)
    engine.rule(KITCHEN, paused, Instant(NOW + 1.0))
    after = Instant(NOW + 1.1)
    assert engine.open(flow_of(KITCHEN), "telemetry.example", after).verdict is Verdict.ACCEPT
    assert engine.upload(flow_of(KITCHEN), 20_000, after).release == 20_000
    engine.rule(KITCHEN, replace(OPEN, voice=Voice.BLOCK), Instant(NOW + 2.0))
    assert engine.open(flow_of(KITCHEN, 40001), "telemetry.example", NOW).verdict is Verdict.REJECT


@pytest.mark.parametrize(
    ("flow", "name"),
    [
        pytest.param(("203.0.113.5", 443), "mozilla.cloudflare-dns.com", id="DoH, by name"),
        pytest.param(("8.8.8.8", 443), None, id="DoH, by address"),
        pytest.param(("203.0.113.5", 853), "dns.example", id="DoT to anybody"),
    ],
)
@pytest.mark.parametrize("standing", [BLOCK, OPEN], ids=["outside the window", "inside"])
def test_dns_that_nobody_here_sees_is_refused_unless_the_owner_allows_it(
    standing: Standing, flow: tuple[str, int], name: str | None
) -> None:
    engine = Engine(Directory(shipped_catalogue()))
    engine.rule(KITCHEN, standing, NOW)
    key = flow_of(KITCHEN)._replace(server=flow[0], server_port=flow[1])
    assert engine.open(key, name, NOW).reason is Reason.ENCRYPTED_DNS
    (record,) = engine.records()
    assert (record.reason, record.verdict, record.left) == (
        Reason.ENCRYPTED_DNS,
        Verdict.REJECT,
        0,
    )
    engine.directory.allows_encrypted_dns = True
    assert engine.open(key, name, NOW).verdict is Verdict.ACCEPT


@pytest.mark.parametrize("voice", [Voice.ALLOWED, Voice.OBSERVE])
def test_where_voice_passes_names_may_too(voice: Voice) -> None:
    engine = Engine()
    engine.rule(KITCHEN, Standing(voice, Reason.WINDOW_OPEN), NOW)
    names = [f"{number:060}.example" for number in range(500)]
    assert {engine.ask(KITCHEN, name, 1, NOW) for name in names} == {None}


def test_a_hello_that_hides_its_name_is_judged_by_what_dns_said_and_then_by_its_shape() -> None:
    """An ECH hello shows no name, or one that says nothing: nothing is loosened by it."""
    engine = Engine(Directory(shipped_catalogue()))
    engine.rule(KITCHEN, OFFLINE, NOW)
    voice = "avs-alexa-4-na.amazon.com"
    engine.directory.answered(KITCHEN, voice, (), ("203.0.113.5",), 60, NOW)
    assert engine.open(flow_of(KITCHEN), None, NOW).verdict is Verdict.REJECT
    stranger = flow_of(KITCHEN)._replace(server="203.0.113.9")
    assert engine.open(stranger, "cloudflare-ech.com", NOW).verdict is Verdict.ACCEPT
    engine.upload(stranger, 14_000, NOW)
    assert engine.upload(stranger, 14_000, Instant(NOW + 0.1)).release == 0


def refused_twice(engine: Engine, name: str) -> Decision:
    """What the second of two connections to a name that is refused is told."""
    assert engine.open(flow_of(KITCHEN, 1), name, NOW).end
    return engine.open(flow_of(KITCHEN, 2), name, NOW)


def test_a_refusal_that_comes_again_is_told_later_and_then_ends_the_flow() -> None:
    engine = Engine(Directory(shipped_catalogue()))
    engine.rule(KITCHEN, OFFLINE, NOW)
    decision = refused_twice(engine, "avs-alexa-4-na.amazon.com")
    assert decision.verdict is Verdict.REJECT
    assert not decision.end
    assert decision.wake == NOW + 1.0
    assert engine.due(flow_of(KITCHEN, 2), decision.wake).end


def test_a_new_standing_ends_the_wait_for_a_refusal() -> None:
    engine = Engine(Directory(shipped_catalogue()))
    engine.rule(KITCHEN, OFFLINE, NOW)
    refused_twice(engine, "avs-alexa-4-na.amazon.com")
    assert engine.rule(KITCHEN, OPEN, NOW) == [flow_of(KITCHEN, 2)]
    assert engine.due(flow_of(KITCHEN, 2), NOW).end
    engine.close(flow_of(KITCHEN, 2), NOW)
    assert engine.rule(KITCHEN, OFFLINE, NOW) == []


def test_names_that_a_device_has_servers_for_are_no_new_ones_after_a_restart() -> None:
    engine = Engine()
    names = [f"{number:060}.example" for number in range(100)]
    for number, name in enumerate(names):
        engine.directory.answered(KITCHEN, name, (), (f"203.0.113.{number}",), 60.0, NOW)
    assert {engine.ask(KITCHEN, name, 1, NOW) for name in names} == {None}
    strange = [engine.ask(KITCHEN, f"x{name}", 1, NOW) for name in names]
    assert Reason.DNS_LIMIT in strange


def test_reports_beside_an_utterance_that_was_stopped_are_not_added_to_it() -> None:
    speaker = Speaker()
    speech = [(0.105 * n, 0, 700) for n in range(6)]
    reports = [(0.105 * n, n - 5, 600) for n in range(6, 9)]
    speaker.run(speech + reports)
    assert speaker.ended == {speaker.flows[0]}


def test_connection_from_a_port_that_comes_round_again_takes_the_place_of_the_last() -> None:
    engine = Engine()
    engine.rule(KITCHEN, DELAY, NOW)
    for _ in range(2):
        engine.open(flow_of(KITCHEN), None, NOW)
        engine.upload(flow_of(KITCHEN), 5000, NOW)
    assert engine.held == 5000
    engine.close(flow_of(KITCHEN), NOW)
    assert engine.held == 0


def test_a_new_connection_for_each_word_waits() -> None:
    """What leaves with hellos, and with what follows at once, adds up over connections."""
    engine = Engine()
    engine.rule(KITCHEN, BLOCK, NOW)
    left = 0
    for number in range(600):
        at = Instant(NOW + 0.1 * number)
        flow = flow_of(KITCHEN, number)
        if engine.begin(flow, None, 1_000, at) is None:
            engine.open(flow, None, at)
            left += 1_000 + engine.upload(flow, 150, at).release
            left += engine.due(flow, Instant(at + 0.3)).release
            engine.close(flow, Instant(at + 0.35))
    assert left < 64_000 + 60 * 500 + 2_000
    assert [each.reason for each in engine.records()].count(Reason.OVER_BUDGET) == 1


def test_a_connection_that_waits_to_begin_is_asked_again_when_what_is_in_force_changes() -> None:
    engine = Engine()
    engine.rule(KITCHEN, BLOCK, NOW)
    flows = [flow_of(KITCHEN, number) for number in range(10)]
    waits = [flow for flow in flows if engine.begin(flow, None, 16_000, NOW) is not None]
    assert waits == flows[4:], "an allowance of four such hellos"
    gone, *rest = waits
    engine.close(gone, NOW)
    assert engine.rule(KITCHEN, OPEN, NOW) == rest
    for flow in rest:
        assert engine.begin(flow, None, 16_000, NOW) is None
    assert engine.rule(KITCHEN, BLOCK, NOW) == []


def test_while_voice_may_leave_connections_begin_as_they_like() -> None:
    engine = Engine()
    engine.rule(KITCHEN, OPEN, NOW)
    waits = [engine.begin(flow_of(KITCHEN, n), None, 16_000, NOW) for n in range(100)]
    assert set(waits) == {None}
