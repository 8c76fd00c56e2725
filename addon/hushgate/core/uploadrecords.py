"""What ledger and metrics say of a TCP upload: its bursts, and what was refused or was too much."""

from dataclasses import replace

from hushgate.core.budget import Budget
from hushgate.core.catalogue import Role
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
from hushgate.core.openings import RATE
from hushgate.core.records import Kind, Record


def record_of_burst(
    key: FlowKey,
    party: Party,
    burst: Burst,
    *,
    left: int,
    voice: Voice,
    verdict: Verdict,
    reason: Reason,
) -> Record:
    """Return the record of a burst of which `left` bytes left; `voice`: what held as it began."""
    if burst.judgement.likeness is Likeness.SPEECH:
        kind = Kind.UTTERANCE
    else:
        kind = Kind.BURST if verdict is Verdict.ACCEPT else Kind.UPLOAD
    return Record(
        kind=kind,
        start=burst.start,
        seconds=burst.end - burst.start,
        device=key.device,
        endpoint=party.endpoint,
        role=party.role,
        transport=key.transport,
        size=burst.size,
        left=left,
        voice=voice,
        verdict=verdict,
        reason=reason,
        judgement=burst.judgement,
        size_at_judgement=burst.size_at_judgement,
        held_seconds=burst.held_seconds,
        speech_seconds=burst.speech_seconds,
        accidental=burst.accidental,
        flow=key,
    )


def refusal(
    key: FlowKey,
    party: Party,
    standing: Standing,
    reason: Reason,
    now: Instant,
    evidence: Judgement | None = None,
) -> Record:
    """Return the record of a flow refused at connect."""
    return Record(
        kind=Kind.UPLOAD,
        start=now,
        seconds=0.0,
        device=key.device,
        endpoint=party.endpoint,
        role=party.role,
        transport=key.transport,
        size=0,
        left=0,
        voice=standing.voice,
        verdict=Verdict.REJECT,
        reason=reason,
        judgement=evidence,
        held_seconds=0.0,
        flow=key,
    )


def unanswered(
    device: DeviceId, name: str, standing: Standing, evidence: str, now: Instant
) -> Record:
    """Return the record of DNS questions that were refused, on the last of them."""
    return Record(
        kind=Kind.UPLOAD,
        start=now,
        seconds=0.0,
        device=device,
        endpoint=f"{name}:53",
        role=Role.DNS,
        transport=Transport.UDP,
        size=len(name.encode()),
        left=0,
        voice=standing.voice,
        verdict=Verdict.REJECT,
        reason=Reason.DNS_LIMIT,
        judgement=Judgement(Likeness.OTHER, "dns-limit", evidence, now),
        held_seconds=0.0,
    )


def waiting(flow: FlowKey, party: Party, standing: Standing, now: Instant) -> Record:
    """Return the record of a connection that waits, since those before it carried too much."""
    evidence = f"more than {RATE:.0f} bytes a second in beginnings of connections for long"
    judgement = Judgement(Likeness.OTHER, "over-budget", evidence, now)
    record = refusal(flow, party, standing, Reason.OVER_BUDGET, now, judgement)
    return replace(record, verdict=Verdict.HOLD)


def overspent(flow: FlowKey, party: Party, voice: Voice, budget: Budget, now: Instant) -> Record:
    """Return the record of a budget that is used up, on the flow that did it."""
    spent = int(budget.spent)
    evidence = (
        f"{spent:,} bytes more than a speaker at rest sends have left; from {budget.size:,} on this"
        " may be speech in small portions"
    )
    return Record(
        kind=Kind.UPLOAD,
        start=now,
        seconds=0.0,
        device=flow.device,
        endpoint=party.endpoint,
        role=party.role,
        transport=flow.transport,
        size=spent,
        left=spent,
        voice=voice,
        verdict=Verdict.ACCEPT,
        reason=Reason.OVER_BUDGET,
        judgement=Judgement(Likeness.OTHER, "over-budget", evidence, now),
        held_seconds=0.0,
        flow=flow,
    )
