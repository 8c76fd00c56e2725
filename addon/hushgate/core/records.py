"""What happened to one upload: what ledger, metrics, log and replay speak of."""

from dataclasses import dataclass
from enum import StrEnum

from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Judgement,
    Reason,
    Transport,
    Verdict,
    Voice,
)


class Kind(StrEnum):
    """What a record is about."""

    UTTERANCE = "utterance"
    """An upload with the shape of speech."""
    UPLOAD = "upload"
    """Any other upload that was refused or ended, or that used up the speaker's budget."""
    BURST = "burst"
    """An upload that is not speech and went its way: counted, not written in the ledger."""
    FOUND = "found"
    """No upload: a speaker was found that the configuration does not name."""


@dataclass(frozen=True, slots=True)
class Record:
    """One utterance, or one upload that was refused or delayed. Sizes and times, never content."""

    kind: Kind
    start: Instant
    """First byte of the burst."""
    seconds: float
    """From the first byte to the last one seen."""
    device: DeviceId
    endpoint: str
    """Name of the server if known, else its address; with the port: ``host:443``."""
    role: str
    """The endpoint's role in the catalogue (``voice`` ``telemetry`` ...); ``unknown``."""
    transport: Transport
    size: int
    """Upload bytes of the burst that the gateway saw."""
    left: int
    """Those of them that left towards the server."""
    voice: Voice
    """What was in force when the burst began."""
    verdict: Verdict
    """accept: it passed; drop: it was discarded and the connection ended; reject: refused at
    connect."""
    reason: Reason
    judgement: Judgement | None
    held_seconds: float
    """Longest time a byte of it waited in the proxy."""
    speech_seconds: float | None = None
    """Estimate of how long somebody spoke; None where it is not speech."""
    accidental: str | None = None
    """Evidence that the speaker woke by mistake; an estimate, never used to decide."""
    size_at_judgement: int = 0
    """Upload bytes of the burst seen when it was judged."""
    flow: FlowKey | None = None
    """The flow it was seen on; not kept in the ledger."""
