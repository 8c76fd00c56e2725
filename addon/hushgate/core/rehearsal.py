"""Rehearsals of failures: `hushgate run --simulate CAUSE`, so that an owner sees what happens.

In: a cause. Out: what is done to bring it about. Rule: each is brought about where it would arise,
so that what answers it is what would in earnest, the owner's `fail:` included.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hushgate.core.settings import Cause
from hushgate.wire.errors import WireError
from hushgate.wire.ip import decode_packet

REHEARSALS: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.ADDON_DOWN: "the process that judges streams is killed once all is up, and stays"
        " away",
        Cause.GATE_DOWN: "the process that judges packets is killed once all is up, and stays away",
        Cause.QUEUE_FULL: "the queue of first packets has room for none, so the kernel drops each",
        Cause.UNDECODABLE: "what first packets carry is blanked before the gate reads it",
        Cause.CLOCK_UNTRUSTED: "the wall clock is not trusted, whatever it shows",
        Cause.MEMORY: "no byte of an upload may wait, so a flow that would hold one is ended",
    }
)
"""What is done for a cause, in one sentence."""


def describe_rehearsal(cause: Cause) -> str:
    """Say that and how a failure is rehearsed."""
    return f"rehearsing {cause}: {REHEARSALS[cause]}"


def blanked(packet: bytes) -> bytes:
    """Return a packet whose content nobody can read; its headers stay."""
    try:
        headers = decode_packet(packet)
    except WireError:
        headers = None
    if headers is None:
        return packet
    return packet[: headers.at] + bytes(max(len(packet) - headers.at, 0))  # headers may be cut
