"""Records and rows for tests: one of each kind, and any of their fields changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hushgate.core.model import (
    DeviceId,
    Instant,
    Judgement,
    Likeness,
    Reason,
    Transport,
    Verdict,
    Voice,
)
from hushgate.core.records import Kind, Record
from hushgate.core.rows import Row, row_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""A Tuesday; the instant 0 of these records."""

STOPPED = Record(
    kind=Kind.UTTERANCE,
    start=Instant(0.0),
    seconds=3.4,
    device=DeviceId("kitchen"),
    endpoint="avs-alexa-eu.amazon.com:443",
    role="voice",
    transport=Transport.TCP,
    size=45_000,
    left=0,
    voice=Voice.BLOCK,
    verdict=Verdict.DROP,
    reason=Reason.WINDOW_CLOSED,
    judgement=Judgement(Likeness.SPEECH, "steady", "12,400 bytes in 230 ms", Instant(0.2)),
    held_seconds=0.25,
    speech_seconds=2.5,
)


def epoch(instant: Instant) -> datetime:
    """Give the wall-clock time of an instant of these records."""
    return NOON + timedelta(seconds=instant)


def record(**changes: Any) -> Record:
    """Give a stopped utterance with some fields changed."""
    return replace(STOPPED, **changes)


def row(*, id: int = 1, name: str = "Kitchen Echo", **changes: Any) -> Row:
    """Give the same as a row of the ledger."""
    changed = record(**changes)
    return row_of(changed, id=id, time=epoch(changed.start), name=name)
