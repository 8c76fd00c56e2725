"""What the ledger says of a speaker that was found."""

from hushgate.core.model import Instant, Reason, Transport, Verdict, Voice
from hushgate.core.newcomers import Found
from hushgate.core.records import Kind, Record


def record_of_found(found: Found, now: Instant, *, guarded: bool) -> Record:
    """Make the record; its endpoint is the speaker's own hardware address, since it sent nothing.

    Args:
        found: The speaker.
        now: The present.
        guarded: Whether it has the rules of the house from now on.
    """
    return Record(
        kind=Kind.FOUND,
        start=now,
        seconds=0.0,
        device=found.id,
        endpoint=found.device,
        role="unknown",
        transport=Transport.TCP,
        size=0,
        left=0,
        voice=Voice.BLOCK if guarded else Voice.OBSERVE,
        verdict=Verdict.ACCEPT,
        reason=Reason.UNKNOWN_SPEAKER,
        judgement=None,
        held_seconds=0.0,
    )
