"""Settings that are not about voice windows: how the gateway is wired, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hushgate.core.model import Mac


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


FAIL_CHOICES: Mapping[Cause, tuple[Fail, ...]] = MappingProxyType(
    {
        # What the kernel redirects to a dead process, or queues for one, it refuses: there is
        # nobody who could tell voice from the rest, so there is nothing to choose.
        Cause.ADDON_DOWN: (Fail.CLOSED,),
        Cause.GATE_DOWN: (Fail.CLOSED,),
        Cause.QUEUE_FULL: (Fail.CLOSED,),
        Cause.UNDECODABLE: (Fail.CLOSED,),
        Cause.CLOCK_UNTRUSTED: (Fail.VOICE_CLOSED, Fail.OPEN),
        Cause.MEMORY: (Fail.CLOSED,),
    }
)
"""What may be configured for a cause, the default first: a word without effect is refused."""

FAIL_DEFAULTS: Mapping[Cause, Fail] = MappingProxyType(
    {cause: choices[0] for cause, choices in FAIL_CHOICES.items()}
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
    """Address of /metrics."""
    queue_number: int = 4853
    """Number of the kernel queue."""
    mark_bits: int = 0x30000000
    """The bits of the connection mark that belong to hushgate."""
    encrypted_dns: bool = False
    """Speakers may ask DNS over TLS and HTTPS, where nobody here can see it."""
    routers: tuple[Mac, ...] = ()
    """Other routers that are meant to be in the LAN."""
    ledger_days: int = 90
    """How long rows of the ledger are kept."""
    ledger_megabytes: int = 256
    """How large its file may become before the oldest rows go earlier."""
    ledger_to: str | None = None
    """Where each row goes besides, as a line of JSON: a file, or ``syslog``."""
