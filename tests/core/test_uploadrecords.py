"""The records of uploads: what each is about, and what it says of the bytes."""

import pytest

from hushgate.core.budget import Budget
from hushgate.core.decisions import Party, Standing
from hushgate.core.hold import Burst
from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Judgement,
    Likeness,
    Reason,
    Transport,
    Verdict,
    Voice,
)
from hushgate.core.records import Kind
from hushgate.core.uploadrecords import overspent, record_of_burst, refusal, unanswered, waiting

FLOW = FlowKey(DeviceId("kitchen"), Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)
PARTY = Party("device-metrics-us.amazon.com:443", "telemetry")
BLOCK = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
NOW = Instant(100.0)


def burst(likeness: Likeness) -> Burst:
    judgement = Judgement(likeness, "rule", "evidence", NOW)
    return Burst(NOW, Instant(102.5), 5_000, judgement, 3_000, 0.5, None, None)


@pytest.mark.parametrize(
    ("likeness", "verdict", "kind"),
    [
        pytest.param(Likeness.SPEECH, Verdict.ACCEPT, Kind.UTTERANCE, id="speech that left"),
        pytest.param(Likeness.SPEECH, Verdict.DROP, Kind.UTTERANCE, id="speech that was dropped"),
        pytest.param(Likeness.OTHER, Verdict.ACCEPT, Kind.BURST, id="no speech, only counted"),
        pytest.param(Likeness.OTHER, Verdict.DROP, Kind.UPLOAD, id="no speech, cut off"),
    ],
)
def test_a_burst_is_what_it_was_taken_for(likeness: Likeness, verdict: Verdict, kind: Kind) -> None:
    record = record_of_burst(
        FLOW,
        PARTY,
        burst(likeness),
        left=1_000,
        voice=Voice.BLOCK,
        verdict=verdict,
        reason=Reason.WINDOW_CLOSED,
    )
    assert (record.kind, record.size, record.left, record.seconds) == (kind, 5_000, 1_000, 2.5)
    assert (record.endpoint, record.role, record.flow) == (PARTY.endpoint, "telemetry", FLOW)


def test_nothing_of_what_is_refused_or_waits_has_left() -> None:
    refused = refusal(FLOW, PARTY, BLOCK, Reason.BLOCKLISTED, NOW)
    waits = waiting(FLOW, PARTY, BLOCK, NOW)
    assert (refused.verdict, refused.size, refused.left) == (Verdict.REJECT, 0, 0)
    assert (waits.verdict, waits.reason, waits.left) == (Verdict.HOLD, Reason.OVER_BUDGET, 0)


def test_a_refused_question_has_the_size_of_its_name() -> None:
    record = unanswered(FLOW.device, "a.example", BLOCK, "2 questions refused", NOW)
    assert (record.endpoint, record.size, record.left) == ("a.example:53", 9, 0)
    assert record.reason is Reason.DNS_LIMIT


def test_a_budget_that_is_used_up_says_its_numbers() -> None:
    budget = Budget(1_000)
    budget.spend(1_500, NOW)
    record = overspent(FLOW, PARTY, Voice.BLOCK, budget, NOW)
    assert (record.verdict, record.size, record.left) == (Verdict.ACCEPT, 1_500, 1_500)
    assert record.judgement is not None
    assert record.judgement.evidence.startswith("1,500 bytes more than a speaker at rest sends")
