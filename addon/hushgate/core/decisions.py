"""What guard and engine go by, and what they say: standings, far ends, decisions. Values only."""

from dataclasses import dataclass

from hushgate.core.budget import SIZE
from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS, Limits
from hushgate.core.model import Instant, Judgement, Reason, Verdict, Voice


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force for a device's voice, and in which manner."""

    voice: Voice
    reason: Reason
    hard_edge: bool = False
    """A closing window cuts the utterance under way."""
    grace: float = 10.0
    """Seconds an utterance may go on after its window closed."""
    delay_limit: float = 20.0
    """Seconds an utterance may wait for the owner."""
    quiet: bool = False
    """Swallow a blocked utterance and close after it, instead of ending the connection at once."""
    upload_budget: int = SIZE
    """Bytes of no speech that may leave while voice may not, before the owner is told."""
    strict: bool = False
    """Take every large upload for speech, except while voice is allowed."""

    @property
    def limits(self) -> Limits:
        """The thresholds by which bursts are judged: who observes sees what `block` would stop."""
        is_strict = self.strict and self.voice is not Voice.ALLOWED
        return STRICT_LIMITS if is_strict else DEFAULT_LIMITS

    is_paused: bool = False
    """The owner paused all protection: what lists forbid passes too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the held bytes of a flow, why, and when to ask again."""

    verdict: Verdict
    reason: Reason
    release: int = 0
    """Bytes to send on now, from the front."""
    discard: int = 0
    """Bytes to drop then, from the front of what is left."""
    end: bool = False
    """End the flow so that the speaker notices at once."""
    quietly: bool = False
    """End it as a server does that has nothing more to say, instead."""
    pause: bool = False
    """Read nothing more from the speaker until a later decision says otherwise."""
    wake: Instant | None = None
    """Ask again then at the latest."""
    judgement: Judgement | None = None
    """Reached with these bytes."""


@dataclass(frozen=True, slots=True)
class Party:
    """The server side of a flow as far as it is known."""

    endpoint: str
    """``name:port``, or ``address:port`` where no name is known."""
    role: str = "unknown"
