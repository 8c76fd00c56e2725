"""Speakers that the configuration does not name, and what the owner said of other devices.

In: who was found. Out: the policy with them, where the owner wants them guarded. Rules:

- A found speaker is observed, or gets the house's policy at once, as the configuration says; at
  once only where the evidence is more than a guess, since others lose their connections by it.
- Its id is made of its hardware address, so it is the same tomorrow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hushgate.core.identity import Kind
from hushgate.core.model import DeviceId, Mac
from hushgate.core.policy import DevicePolicy, Policy

SURE: Final = 0.6
"""Confidence from which a new speaker may be guarded unasked; below it could be a laptop."""


class NewSpeakers(StrEnum):
    """What happens to a speaker that the owner has not named yet."""

    OBSERVE = "observe"
    """It is shown, and NOT protected, until the owner decides."""
    PROTECT = "protect"
    """It gets the house's policy at once."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the owner says of a device that is no speaker to guard."""

    name: str | None = None
    kind: Kind | None = None
    """Ends all guessing; None: only the name is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """A speaker nobody told us about."""

    device: Mac
    vendor: str | None
    model: str | None
    confidence: float
    """The highest it ever was."""

    @property
    def id(self) -> DeviceId:
        """Its id until the owner gives it one."""
        return DeviceId(f"new-{self.device.replace(':', '')}")

    @property
    def name(self) -> str:
        """What to call it in front of people."""
        words = [word for word in (self.vendor, self.model) if word]
        if self.vendor and self.model and self.model.lower().startswith(self.vendor):
            words = [self.model]
        return f"new {' '.join(words) or 'speaker'} {self.device[-5:]}"


def admit(policy: Policy, found: Iterable[Found], house: DevicePolicy) -> Policy:
    """Guard the found speakers too; ``house``: the rules of a speaker that has none of its own."""
    newcomers = {
        each.id: replace(
            house,
            id=each.id,
            name=each.name,
            macs=frozenset((each.device,)),
            vendor=each.vendor,
        )
        for each in found
        if each.confidence >= SURE and policy.device_of(each.device) is None
    }
    return replace(policy, devices={**policy.devices, **newcomers}) if newcomers else policy
