"""Settings that are not about voice windows: how the gateway is wired, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Cause(StrEnum):
    """Why hushgate may be unable to decide."""

    ADDON_DOWN = "addon-down"
    """The process that judges streams is dead or hung."""
    GATE_DOWN = "gate-down"
    """The process that judges packets is dead or hung."""
    QUEUE_FULL = "queue-full"
    """Packets arrive faster than they are judged."""
    UNDECODABLE = "undecodable"
    """A speaker's traffic cannot be read."""
    CLOCK_UNTRUSTED = "clock-untrusted"
    """The wall clock may be wrong, so windows cannot be judged."""
    MEMORY = "memory"
    """More is held than may be held."""


class Fail(StrEnum):
    """What happens to a speaker while hushgate cannot decide."""

    CLOSED = "closed"
    """Nothing of the speaker's leaves."""
    VOICE_CLOSED = "voice-closed"
    """Voice is refused; whatever can be told apart from it passes."""
    OPEN = "open"
    """Everything passes, voice too."""


FAIL_DEFAULTS: Mapping[Cause, Fail] = MappingProxyType(
    {
        # With the addon dead the kernel refuses what it redirects: no part can be told apart.
        Cause.ADDON_DOWN: Fail.CLOSED,
        Cause.GATE_DOWN: Fail.VOICE_CLOSED,
        Cause.QUEUE_FULL: Fail.VOICE_CLOSED,
        Cause.UNDECODABLE: Fail.VOICE_CLOSED,
        Cause.CLOCK_UNTRUSTED: Fail.VOICE_CLOSED,
        Cause.MEMORY: Fail.VOICE_CLOSED,
    }
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How the gateway is wired into the network and the machine."""

    proxy_port: int = 8443
    """Where the kernel redirects the speakers' TCP connections to."""
    dns_port: int = 8453
    """Where the kernel redirects the speakers' DNS questions to."""
    resolver: str | None = None
    """Address of the resolver that answers them; None: the system's."""
    listen: str = "127.0.0.1:9108"
    """Address of the page and /metrics."""
    lan_interfaces: tuple[str, ...] = ()
    """Interfaces on which speakers may be; empty: any, speakers are recognised by MAC."""
    queue_number: int = 4853
    """Number of the kernel queue."""
    mark_bits: int = 0x30000000
    """The bits of the connection mark that belong to hushgate."""
    ledger_days: int = 90
    """How long rows of the ledger are kept."""
