"""The values every other module speaks: identities, flows, judgements, rulings, records.

Values only: nothing here reads a clock, keeps state or touches the outside. Words are used as in
the glossary of docs/design.md.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

Instant = NewType("Instant", float)
"""Seconds on a monotonic clock; only differences mean anything."""

Mac = NewType("Mac", str)
"""Hardware address, lower case with colons: ``fc:65:de:00:00:01``."""

DeviceId = NewType("DeviceId", str)
"""The owner's name of a device: its key in the configuration."""

UNKNOWN_DEVICE = DeviceId("unknown")
"""A client the gateway could not name; it gets the strictest policy of the house."""


class Transport(StrEnum):
    """What carries a flow."""

    TCP = "tcp"
    UDP = "udp"


class FlowKey(NamedTuple):
    """Both directions of one 5-tuple, and the device it belongs to.

    A NamedTuple because it is looked up once per chunk: 0.10 us against 0.41 us for a dataclass.
    """

    device: DeviceId
    transport: Transport
    client: str
    client_port: int
    server: str
    server_port: int

    def __str__(self) -> str:
        return (
            f"{self.transport} {_host(self.client)}:{self.client_port}"
            f" > {_host(self.server)}:{self.server_port}"
        )


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class Outside(StrEnum):
    """What a device may do with voice outside its window, as the owner writes it."""

    BLOCK = "block"
    DELAY = "delay"
    OBSERVE = "observe"
    OFFLINE = "offline"


class Voice(StrEnum):
    """What is in force for a device's voice at one moment."""

    ALLOWED = "allowed"
    BLOCK = "block"
    DELAY = "delay"
    OBSERVE = "observe"
    OFFLINE = "offline"

    @property
    def passes(self) -> bool:
        """Whether upload bytes leave on arrival."""
        return self in (Voice.ALLOWED, Voice.OBSERVE)


class Verdict(StrEnum):
    """What happened to bytes (netfilter's words)."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    HOLD = "hold"


class Reason(StrEnum):
    """Why a verdict was given. Each member is one sentence; all outputs speak these slugs."""

    WINDOW_OPEN = "window-open"
    """A window of the device's schedule is open."""
    WINDOW_CLOSED = "window-closed"
    """No window of the device's schedule is open."""
    EXCEPTION_OPEN = "exception-open"
    """A dated exception opens voice on this day."""
    EXCEPTION_CLOSED = "exception-closed"
    """A dated exception closes voice on this day."""
    OVERRIDE_OPEN = "override-open"
    """The owner allowed voice for a while."""
    OVERRIDE_CLOSED = "override-closed"
    """The owner blocked voice for a while."""
    OVERRIDE_PAUSED = "override-paused"
    """The owner paused all protection for a while."""
    NO_SCHEDULE = "no-schedule"
    """The device has no windows: voice is never allowed by schedule."""
    CLOCK_UNTRUSTED = "clock-untrusted"
    """The wall clock cannot be trusted, so windows cannot be judged."""
    UNKNOWN_SPEAKER = "unknown-speaker"
    """The client could not be matched to a configured device."""
    GRACE = "grace"
    """The utterance began while voice was allowed and may finish."""
    GRACE_ENDED = "grace-ended"
    """The utterance outlived the grace after its window closed."""
    NOT_SPEECH = "not-speech"
    """The burst does not have the shape of speech."""
    DELAY_ALLOWED = "delay-allowed"
    """The held utterance was let go by the owner or by an opening window."""
    DELAY_REFUSED = "delay-refused"
    """The owner refused the held utterance."""
    DELAY_EXPIRED = "delay-expired"
    """The held utterance outlived its delay limit."""
    HOLD_FULL = "hold-full"
    """More bytes were waiting than may be held."""
    FLOW_CLOSED = "flow-closed"
    """The speaker closed the connection while its bytes were held."""
    BLOCKLISTED = "blocklisted"
    """A list of the owner names the endpoint."""
    CONNECT_FAILED = "connect-failed"
    """The endpoint could not be reached."""
    OVER_BUDGET = "over-budget"
    """The speaker sent more than its budget while its voice could not leave."""
    DNS_LIMIT = "dns-limit"
    """The speaker asked DNS for more, or for other things, than it needs to find its servers."""
    ENCRYPTED_DNS = "encrypted-dns"
    """The endpoint answers DNS so that nobody here can see what is asked."""


class Likeness(StrEnum):
    """What a burst is taken for."""

    SPEECH = "speech"
    OTHER = "other"


class Judgement(NamedTuple):
    """What a burst was taken for, when, and on what evidence.

    A NamedTuple, and its words are made when they are read: one is made for every keep-alive, and
    most are never shown.
    """

    likeness: Likeness
    reason: str
    """Slug of the rule that decided, e.g. ``steady``."""
    words: str
    """The same in words a person understands, with places for the numbers if there are any."""
    at: Instant
    numbers: tuple[float, ...] = ()

    @property
    def evidence(self) -> str:
        """The words with the numbers."""
        return self.words.format(*self.numbers) if self.numbers else self.words


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says about a device's voice at one moment, and why."""

    voice: Voice
    reason: Reason
    rule: str
    """The rule that decided, in the owner's words."""
    until: datetime | None
    """When the ruling next changes by itself; None: not within the horizon."""
    steps: tuple[str, ...] = ()
    """Every rule that was asked, in order, and what it said."""
