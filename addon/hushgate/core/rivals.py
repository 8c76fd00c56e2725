"""Who else in the LAN may be a speaker's way out: other routers, and whoever says to be this one.

In: frames of the LAN, and who this gateway is. Out: sentences for the owner. A speaker that leaves
another way is not guarded, so as long as one of these is there nothing may call itself safe. Rules:

- A router advertisement that makes its sender a default router (RFC 4861 section 4.2), a DHCP reply
  that names another router (option 3), and an ARP message from one of our own addresses count.
- The router that this gateway itself goes through is no way around it where all packets to that
  router cross this machine: on a bridge. Nor where the speakers are known by addresses, since then
  that router is what sends them here.
- A router that the owner names is meant to be there, but nobody may take our own addresses.
- Bounded, and forgotten after a while: an advertisement comes every half hour at least.
"""

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from hushgate.core.lan import address_text, mac_text
from hushgate.core.model import Instant, Mac
from hushgate.wire import ip
from hushgate.wire.dhcp import decode_dhcp
from hushgate.wire.errors import WireError

KEPT: Final = 2100.0
"""Seconds after which a rival that was not heard is gone; MaxRtrAdvInterval is 1800."""
MOST: Final = 16
"""Rivals remembered."""
SHOWN: Final = 3
_ADVERTISEMENT: Final = 134
_DHCP_CLIENT: Final = 68


class Claim(StrEnum):
    """What somebody does; the words of a sentence that begins with its hardware address."""

    ADVERTISES = "advertises itself as a router for IPv6 ({})"
    LEASES = "tells devices by DHCP to use another router ({})"
    IS_US = "says to have this gateway's address ({})"


class Rival(NamedTuple):
    """Somebody, and what he does."""

    mac: Mac
    claim: Claim
    address: str


@dataclass(frozen=True, slots=True)
class Place:
    """Who this gateway is, and whom it goes through itself."""

    own: frozenset[str] = frozenset()
    """Its addresses, and hardware addresses."""
    upstream: frozenset[str] = frozenset()
    """Addresses, and hardware addresses, of the routers it goes through."""
    routes: bool = True
    """It forwards packets; else they cross it on a bridge."""


class Rivals:
    """Remembers who was heard."""

    def __init__(self) -> None:
        self.place = Place()
        """To be kept up to date."""
        self._heard: OrderedDict[Rival, Instant] = OrderedDict()

    def take(self, frame: bytes, now: Instant) -> None:
        """Read a frame; what is malformed shows nothing."""
        try:
            rival = self._read(frame)
        except WireError:
            return
        if rival is None:
            return
        self._heard[rival] = now
        self._heard.move_to_end(rival)
        if len(self._heard) > MOST:
            self._heard.popitem(last=False)

    def problems(
        self, now: Instant, *, by_address: bool = False, accepted: Container[Mac] = ()
    ) -> list[str]:
        """Say who is there now.

        Args:
            now: The present.
            by_address: Some speakers are known by their addresses only.
            accepted: Routers that the owner wants; none of them may say to be this gateway.
        """
        for rival in [each for each, at in self._heard.items() if now - at > KEPT]:
            del self._heard[rival]
        legitimate = self.place.upstream if by_address or not self.place.routes else frozenset()
        known = self.place.own | legitimate
        return [
            f"{rival.mac} {rival.claim.format(rival.address)}: a speaker that goes that way is NOT"
            " guarded; switch that off, or name it under gateway: routers: and keep speakers off it"
            for rival in self._heard
            if rival.mac not in self.place.own  # another card of this machine, on the same cable
            and (
                rival.claim is Claim.IS_US
                or not ({rival.mac, rival.address} & known or rival.mac in accepted)
            )
        ][:SHOWN]

    def _read(self, frame: bytes) -> Rival | None:
        link = ip.decode_link(frame)
        if link is None:
            return None
        mac = mac_text(link.source)
        if link.kind == ip.ARP:
            sender = ip.decode_arp(frame, link.at)
            address = address_text(sender[1]) if sender is not None else None
            ours = address is not None and address in self.place.own
            return Rival(mac, Claim.IS_US, address) if address is not None and ours else None
        if link.kind not in (ip.IPV4, ip.IPV6):
            return None
        packet = ip.decode_packet(frame, link.at)
        if packet is None or packet.fragment:
            return None
        payload = frame[packet.at : packet.at + packet.size]
        if packet.protocol == ip.ICMPV6 and payload[:1] == bytes([_ADVERTISEMENT]):
            lasts = int.from_bytes(payload[6:8])
            return Rival(mac, Claim.ADVERTISES, address_text(packet.source)) if lasts else None
        if packet.protocol == ip.UDP and packet.target_port == _DHCP_CLIENT:
            message = decode_dhcp(payload)
            if message.is_reply and message.routers:
                return Rival(mac, Claim.LEASES, message.routers[0])
        return None
