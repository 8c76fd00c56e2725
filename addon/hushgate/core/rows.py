"""A row of the ledger: one record at a wall-clock time, as people and programs read it.

In: a record and the moment it began. Out: a flat value that SQLite, CSV, JSON and the reports
share. Sizes, times and names only: a row never holds content.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from hushgate.core.model import DeviceId, Likeness, Reason, Transport, Verdict, Voice
from hushgate.core.records import Kind, Record

LONGEST_TEXT = 400
"""Characters kept of a text that strangers can write, such as a server's name."""

_MAY_FINISH = frozenset({Reason.GRACE, Reason.DELAY_ALLOWED})
"""Reasons for which voice may leave although it was not allowed when the burst began."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record with its place in the ledger."""

    id: int
    time: datetime
    """First byte of the burst; aware."""
    device: DeviceId
    name: str
    """What the owner called the device when it happened."""
    kind: Kind
    endpoint: str
    role: str
    transport: Transport
    size: int
    left: int
    seconds: float
    held_seconds: float
    voice: Voice
    verdict: Verdict
    reason: Reason
    likeness: Likeness | None
    judged_by: str | None
    """Slug of the judge's rule; None: refused before there was anything to judge."""
    evidence: str | None
    speech_seconds: float | None
    accidental: str | None

    @property
    def unallowed(self) -> int:
        """Bytes of speech that left although they should not have."""
        return unallowed_bytes(self.kind, self.voice, self.reason, self.left)


FRONT = 300
"""Bytes in front of an utterance that leave like the keep-alive they look like: with any codec that
speakers use less than a tenth of a second."""


def row_of(record: Record, *, id: int, time: datetime, name: str) -> Row:
    """Place a record in the ledger."""
    judgement = record.judgement
    return Row(
        id=id,
        time=time,
        device=record.device,
        name=_short(name),
        kind=record.kind,
        endpoint=_short(record.endpoint),
        role=_short(record.role),
        transport=record.transport,
        size=record.size,
        left=record.left,
        seconds=record.seconds,
        held_seconds=record.held_seconds,
        voice=record.voice,
        verdict=record.verdict,
        reason=record.reason,
        likeness=judgement.likeness if judgement else None,
        judged_by=judgement.reason if judgement else None,
        evidence=_short(judgement.evidence) if judgement else None,
        speech_seconds=record.speech_seconds,
        accidental=_short(record.accidental) if record.accidental else None,
    )


def as_json(row: Row) -> dict[str, object]:
    """Give a row as one JSON object; times are ISO 8601 with their offset."""
    return {**asdict(row), "time": row.time.isoformat(timespec="milliseconds")}


def unallowed_bytes(kind: Kind, voice: Voice, reason: Reason, left: int) -> int:
    """Count the bytes of speech that left although voice was blocked when they began.

    An utterance that the owner or an opening window let go, or that began in time and used its
    grace, was allowed. A device in ``observe`` is not guarded, so nothing of it counts. Nor does a
    front as small as a keep-alive, which it mostly is.
    """
    guarded = kind is Kind.UTTERANCE and not voice.passes
    return left if guarded and reason not in _MAY_FINISH and left > FRONT else 0


def _short(text: str) -> str:
    """Cut a text to size and escape what would act on a terminal, a page or SQLite."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
