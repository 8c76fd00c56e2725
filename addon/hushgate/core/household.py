"""The devices of the home over months: who was found to be a speaker, and what the owner said.

In: facts, and what the configuration says of devices. Out: who lives here, and the speakers among
them that the owner has not decided about. Rules:

- Once taken for what carries voice, a device stays found, whatever it says of itself later: every
  fact is self-declared, and none may loosen a policy. Only the owner's word ends it.
- What happens to a found speaker is the configuration's word (core.newcomers).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Fact
from hushgate.core.identity import Identity, Kind
from hushgate.core.inventory import MAX_KEPT, Inventory
from hushgate.core.model import DeviceId, Instant, Mac
from hushgate.core.newcomers import SURE, Found, Said
from hushgate.core.oui import OuiTable, is_mac
from hushgate.core.policy import Policy
from hushgate.core.profiles import Profile

A_DAY: Final = 86_400.0
UNKNOWN: Final = Identity(None, None, Kind.UNKNOWN, 0.0, ())


@dataclass(frozen=True, slots=True)
class Resident:
    """A device of the home."""

    device: str
    """Hardware address."""
    speaker: DeviceId | None
    """Its id, if its voice is guarded."""
    said: Said | None
    found: Found | None
    """It is a speaker the owner has not decided about."""
    identity: Identity
    profile: Profile
    since: datetime
    last: datetime


class Household:
    """Everybody at home."""

    def __init__(self, catalogue: Catalogue, oui: OuiTable) -> None:
        self.inventory = Inventory(catalogue, oui)
        self._found: dict[Mac, Found] = {}
        self._speakers: Mapping[Mac, DeviceId] = {}
        self._said: Mapping[Mac, Said] = {}

    def settle(self, policy: Policy, said: Mapping[Mac, Said]) -> None:
        """Take what the configuration says."""
        self._speakers = {mac: each.id for each in policy.devices.values() for mac in each.macs}
        before, self._said = self._said, said
        for mac in before.keys() - said.keys():
            self._unsay(mac)
        for mac in self._speakers:
            self.inventory.keep(mac)
        for mac, word in said.items():
            if word.kind is None:
                self._unsay(mac)
                self.inventory.keep(mac)
            else:
                self._found.pop(mac, None)
                self.inventory.say(mac, Identity(None, None, word.kind, 1.0, ("you said so",)))

    def learn(self, fact: Fact, now: Instant) -> Found | None:
        """Take a fact; return the speaker that was found by it, or is no longer a mere guess."""
        if not is_mac(fact.device):
            return None
        identity = self.inventory.learn(fact, now)
        return self._judge(Mac(fact.device), identity) if identity is not None else None

    @property
    def is_full(self) -> bool:
        """Whether so many were found that no more are taken in: somebody makes them up."""
        return len(self._found) >= MAX_KEPT

    def found(self) -> list[Found]:
        """Give the speakers that the owner has not decided about."""
        return [found for mac, found in self._found.items() if self._is_open(mac)]

    def found_here(self, now: Instant) -> list[Found]:
        """Give those of them that were seen within a day: a guest's speaker is gone some time."""
        here = []
        for each in self.found():
            profile = self.inventory.profile_of(each.device)
            if profile is not None and now - profile.last_seen < A_DAY:
                here.append(each)
        return here

    def remember(self, found: Iterable[Found]) -> None:
        """Take back speakers that were found before a restart."""
        for each in list(found)[:MAX_KEPT]:
            if is_mac(each.device):
                self._found.setdefault(each.device, each)
                self.inventory.keep(each.device)

    def every_found(self) -> list[Found]:
        """Give everything that was ever taken for a speaker, to be remembered."""
        return list(self._found.values())

    def residents(self, now: Instant, at: datetime) -> list[Resident]:
        """Give everybody, speakers first, then by age."""
        everybody = [self._resident(profile, now, at) for profile in self.inventory.profiles()]
        return sorted(
            everybody, key=lambda each: (not (each.speaker or each.found), each.since, each.device)
        )

    def _resident(self, profile: Profile, now: Instant, at: datetime) -> Resident:
        mac = Mac(profile.device)
        return Resident(
            device=profile.device,
            speaker=self._speakers.get(mac),
            said=self._said.get(mac),
            found=self._found.get(mac) if self._is_open(mac) else None,
            identity=self.inventory.identity_of(mac) or UNKNOWN,
            profile=profile,
            since=at - timedelta(seconds=now - profile.first_seen),
            last=at - timedelta(seconds=now - profile.last_seen),
        )

    def _unsay(self, mac: Mac) -> None:
        identity = self.inventory.unsay(mac)
        if identity is not None:
            self._judge(mac, identity)

    def _judge(self, mac: Mac, identity: Identity) -> Found | None:
        """Remember who carries voice; return it if the owner should hear of it."""
        if not identity.carries_voice:
            return None
        new = Found(mac, identity.vendor, identity.model, identity.confidence)
        before = self._found.get(mac)
        if before is None and self.is_full:
            return None
        if before is not None and before.confidence >= new.confidence:
            return None
        self._found[mac] = new
        is_news = before is None or before.confidence < SURE <= new.confidence
        return new if is_news and self._is_open(mac) else None

    def _is_open(self, mac: Mac) -> bool:
        """Whether the owner has yet to decide about a device."""
        said = self._said.get(mac)
        return mac not in self._speakers and (said is None or said.kind is None)
