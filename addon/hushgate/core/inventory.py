"""The devices of the LAN and what each is taken for, kept up to date as facts come in.

In: facts. Out: an identity whenever one changes. Rules:
- A device that is once taken for a speaker is kept, however quiet it is and however many strangers
  come; at most MAX_KEPT of them, so that a LAN of liars cannot fill the memory.
- What the owner said of a device stands, whatever its facts say.
"""

from dataclasses import replace

from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Fact, Present
from hushgate.core.identify import identify
from hushgate.core.identity import Identity
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import Profile, ProfileTable

MAX_KEPT = 256


class Inventory:
    """Watches what devices turn out to be."""

    def __init__(self, catalogue: Catalogue, oui: OuiTable) -> None:
        self._catalogue = catalogue
        self._oui = oui
        self._profiles = ProfileTable()
        self._identities: dict[str, Identity] = {}
        self._said: dict[str, Identity] = {}
        """What the owner said."""
        self._kept: set[str] = set()

    def learn(self, fact: Fact, now: Instant) -> Identity | None:
        """Take a fact; gives the device's identity if it is another or a surer one now."""
        profile = self._profiles.learn(fact, now)
        before = self._identities.get(fact.device)
        if profile is None or not profile.has_news or (before and isinstance(fact, Present)):
            return None  # an address proves nothing
        identity = self._conclude(profile)
        self._forget_strangers()
        if before is not None and replace(before, evidence=()) == replace(identity, evidence=()):
            return None
        return identity

    def say(self, device: str, identity: Identity) -> None:
        """Take the owner's word for what a device is."""
        self._said[device] = self._identities[device] = identity
        self._profiles.keep(device)

    def unsay(self, device: str) -> Identity | None:
        """Take the owner's word back, if there was one; gives what the facts say of the device."""
        profile = self._profiles.get(device)
        if self._said.pop(device, None) is None or profile is None:
            return None
        return self._conclude(profile)

    def keep(self, device: str) -> None:
        """Never forget a device."""
        self._profiles.keep(device)

    def identity_of(self, device: str) -> Identity | None:
        """Give what a device is taken for."""
        return self._identities.get(device)

    def profile_of(self, device: str) -> Profile | None:
        """Give what is known of a device."""
        return self._profiles.get(device)

    def profiles(self) -> list[Profile]:
        """Give what is known of every device."""
        return list(self._profiles)

    def devices(self) -> dict[str, Identity]:
        """Give every device that is remembered."""
        return dict(self._identities)

    def _conclude(self, profile: Profile) -> Identity:
        device = profile.device
        profile.has_news = False
        identity = self._said.get(device) or identify(profile, self._catalogue, self._oui)
        self._identities[device] = identity
        if identity.carries_voice:
            self._keep(device)
        return identity

    def _keep(self, device: str) -> None:
        if device not in self._kept and len(self._kept) < MAX_KEPT:
            self._kept.add(device)
            self._profiles.keep(device)

    def _forget_strangers(self) -> None:
        """Drop identities of devices whose profile was forgotten, now and then."""
        if len(self._identities) > 2 * len(self._profiles) + len(self._said):
            self._identities = {
                device: identity
                for device, identity in self._identities.items()
                if device in self._said or self._profiles.get(device)
            }
