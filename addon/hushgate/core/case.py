"""A profile made ready for the rules that say what a device is.

In: a Profile, the tables of firms and endpoints. Out: what core.identify and core.decoys look at,
and the Identity they conclude.
"""

import re
from typing import Final

from hushgate.core import signatures as known
from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role
from hushgate.core.identity import Identity, Kind
from hushgate.core.model import Transport
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import Profile

ENOUGH_HABITS: Final = 2
"""Habits of a firm's devices that together with the firm itself decide."""
_TRUSTED: Final = (Confidence.A, Confidence.B)


class Case:
    """What the rules look at: a profile, read once."""

    def __init__(self, profile: Profile, catalogue: Catalogue, oui: OuiTable) -> None:
        self.profile = profile
        self.firm = oui.vendor_of(profile.device)
        self.oui_evidence = (
            f"hardware address of {self.firm} ({profile.device[:8]}; {oui.source})"
            if self.firm
            else None
        )
        self.announced = {service.kind for service in profile.services}
        self.voice: dict[str, Endpoint] = {}
        """Names of voice services it contacts, if the catalogue is sure of them."""
        for name in profile.names:
            endpoint = catalogue.endpoint_of(name)
            if endpoint and endpoint.role is Role.VOICE and endpoint.confidence in _TRUSTED:
                self.voice[name] = endpoint

    def voice_of(self, vendor: str) -> list[str]:
        """Give the names of a vendor's voice services that the device contacts."""
        return [name for name, endpoint in self.voice.items() if endpoint.vendor == vendor]

    def other_voice(self) -> list[str]:
        """Give the voice services it contacts, but those phones and browsers contact anyhow."""
        return [
            name
            for name, endpoint in self.voice.items()
            if name != known.GOOGLE_VOICE_NAME and endpoint.vendor != "apple"
        ]

    def names_like(self, pattern: re.Pattern[str]) -> list[str]:
        """Give the names it contacts that match."""
        return [name for name in self.profile.names if pattern.fullmatch(name)]

    def serves(self, transport: Transport, port: int) -> bool:
        """Whether it answered on a port."""
        return (transport, port) in self.profile.served

    def conclude(
        self,
        kind: Kind,
        confidence: float,
        *evidence: str | None,
        vendor: str | None = None,
        model: str | None = None,
        carries_voice: bool = False,
    ) -> Identity:
        """Make an identity; who made the interface is evidence for everything."""
        reasons = [text for text in (*evidence, self.oui_evidence) if text]
        return Identity(
            vendor or self.firm,
            model,
            kind,
            confidence,
            tuple(reasons),
            carries_voice=carries_voice or kind is Kind.SPEAKER,
        )
