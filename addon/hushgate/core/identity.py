"""What a device is taken for. The rules that decide it are in core.identify and core.decoys."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a device is."""

    SPEAKER = "speaker"
    STREAMER = "streamer"
    """Plays on a screen: Fire TV, Chromecast, Apple TV."""
    PHONE = "phone"
    """Or tablet."""
    COMPUTER = "computer"
    APPLIANCE = "appliance"
    """Thermostat, camera, vacuum cleaner, and the like."""
    ROUTER = "router"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device is taken for."""

    vendor: str | None
    model: str | None
    kind: Kind
    confidence: float
    """0 to 1."""
    evidence: tuple[str, ...]
    """The facts the conclusion used, in words, the strongest first."""
    carries_voice: bool = False
    """Sends microphone audio to its vendor, as a speaker or otherwise."""

    @property
    def is_speaker(self) -> bool:
        """Whether it is a smart speaker."""
        return self.kind is Kind.SPEAKER
