"""What happened, in the words of daily life: a row of the ledger in, sentences out."""

from collections.abc import Mapping
from types import MappingProxyType

from hushgate.core.model import Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.rows import Row

WHY: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.WINDOW_OPEN: "within its hours",
        Reason.WINDOW_CLOSED: "outside its hours",
        Reason.EXCEPTION_OPEN: "this date is an exception that allows it",
        Reason.EXCEPTION_CLOSED: "this date is an exception that blocks it",
        Reason.OVERRIDE_OPEN: "you had allowed it for a while",
        Reason.OVERRIDE_CLOSED: "you had blocked it for a while",
        Reason.OVERRIDE_PAUSED: "you had paused the protection",
        Reason.NO_SCHEDULE: "it has no hours",
        Reason.CLOCK_UNTRUSTED: "the clock could not be trusted",
        Reason.UNKNOWN_SPEAKER: "an unknown speaker",
        Reason.GRACE: "it began within its hours and could finish",
        Reason.GRACE_ENDED: "it went on too long after its hours had ended",
        Reason.NOT_SPEECH: "it did not look like speech",
        Reason.DELAY_ALLOWED: "you or an opening window let it go",
        Reason.DELAY_REFUSED: "you refused it",
        Reason.DELAY_EXPIRED: "nobody allowed it in time",
        Reason.HOLD_FULL: "more was waiting than may wait",
        Reason.FLOW_CLOSED: "the speaker hung up while it was held",
        Reason.BLOCKLISTED: "one of your lists names the endpoint",
        Reason.CONNECT_FAILED: "the endpoint could not be reached",
        Reason.OVER_BUDGET: "it sends more than a speaker at rest does",
        Reason.DNS_LIMIT: "it asks DNS for more than it needs to find its servers",
        Reason.ENCRYPTED_DNS: "it would ask DNS where nobody here can see it",
    }
)
"""Every reason as the end of a sentence."""


def tell(row: Row) -> str:
    """Say in one line what a speaker did and what became of it, without the time."""
    if row.kind is Kind.FOUND:
        is_guarded = row.voice is not Voice.OBSERVE
        outcome = "guarded by the rules of the house" if is_guarded else "NOT PROTECTED"
        return f"was found, a speaker you did not name ({row.endpoint}): {outcome} until you decide"
    parts = [f"{_deed(row)}: {_outcome(row)} ({WHY[row.reason]})", f"to {row.endpoint}"]
    if row.held_seconds >= 1:
        parts.append(f"held {seconds(row.held_seconds)}")
    if row.accidental:
        parts.append(f"probably by accident: {row.accidental}")
    return "; ".join(parts)


def size(count: int) -> str:
    """Give a number of bytes as people read it: ``730 bytes``, ``45 kB``, ``1.2 MB``."""
    if count < 1_000:
        return f"{count} byte{'' if count == 1 else 's'}"
    if count < 999_500:
        return f"{count / 1_000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def seconds(count: float) -> str:
    """Give a time as people read it: ``0.8 s``, ``12 s``, ``3 min``, ``1 h 20 min``."""
    if count < 9.95:
        return f"{count:.1f} s"
    if count < 119.5:
        return f"{count:.0f} s"
    hours, minutes = divmod(round(count / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _deed(row: Row) -> str:
    if row.kind is Kind.UTTERANCE:
        spoke = row.seconds if row.speech_seconds is None else row.speech_seconds
        return f"sent voice, {seconds(spoke)}, {size(row.size)}"
    if row.verdict is Verdict.REJECT:
        return "wanted to connect"
    return f"sent {size(row.size)}"


def _outcome(row: Row) -> str:
    if row.verdict is Verdict.REJECT:
        return "refused"
    if row.verdict is Verdict.ACCEPT:
        return "NOT PROTECTED, it left" if row.voice is Voice.OBSERVE else "allowed"
    if not row.left:
        return "stopped, nothing left the house"
    if row.unallowed:
        return f"stopped late, {size(row.left)} LEFT THE HOUSE"
    if not row.voice.passes:
        return f"stopped; {size(row.left)} in front of it left, as small as a keep-alive"
    return f"stopped after {size(row.left)}"
