"""Who a speaker talks to: names, the catalogue and the lists, asked in one place.

In: what DNS and hellos said. Out: the party of a flow, and the list entry that forbids a name.
Names loosen nothing: what is unknown here is judged by shape like everything else.
"""

from collections.abc import Iterable
from typing import Final

from hushgate.core.catalogue import Catalogue, Role
from hushgate.core.decisions import Party
from hushgate.core.lists import ListSet, Match
from hushgate.core.model import DeviceId, FlowKey, Instant
from hushgate.core.names import NameTable, heard_from_dns, heard_from_hello

ENCRYPTED_DNS_PORT: Final = 853
"""DNS over TLS and over QUIC (RFC 7858, RFC 9250)."""


class Directory:
    """What is known of the servers that speakers talk to."""

    def __init__(self, catalogue: Catalogue | None = None, lists: ListSet | None = None) -> None:
        self.names = NameTable()
        self.catalogue = catalogue or Catalogue()
        self._lists = lists or ListSet()
        self.allows_encrypted_dns = False
        """The owner lets speakers ask resolvers that nobody here can see."""

    def take_lists(self, lists: ListSet) -> None:
        """Put other lists in force, as a whole."""
        self._lists = lists

    def answered(
        self,
        device: DeviceId,
        asked: str,
        aliases: Iterable[str],
        addresses: Iterable[str],
        ttl: float,
        now: Instant,
    ) -> None:
        """Take note of what a device was told by DNS."""
        self.names.learn(device, addresses, heard_from_dns(asked, aliases, ttl, now))

    def party_of(self, flow: FlowKey, sni: str | None, now: Instant) -> tuple[Party, Match | None]:
        """Name the server of a flow, and the list entry that forbids it, if one does.

        The hello's word counts for more than DNS; where it has none, the address is looked up among
        the names that this very device was told. An address that is in the catalogue itself, as
        those of public resolvers are, counts for more than either.
        """
        if sni is not None:
            self.names.learn(flow.device, (flow.server,), heard_from_hello(sni, now))
        known = self.names.find(flow.device, flow.server, now)
        names = (known.name, *known.aliases) if known is not None else ()
        endpoint = self.catalogue.endpoint_of(flow.server, names)
        host = names[0] if names else flow.server
        party = Party(
            endpoint=f"{host}:{flow.server_port}",
            role=endpoint.role if endpoint is not None else "unknown",
        )
        matches = (self.forbids(flow.device, name) for name in (*names, flow.server))
        return party, next((match for match in matches if match is not None), None)

    def listed(self, devices: Iterable[DeviceId]) -> frozenset[DeviceId]:
        """Return those of some devices that a list is for."""
        return frozenset(device for device in devices if self._lists.speak_of(device))

    def forbids(self, device: DeviceId, name: str) -> Match | None:
        """Return the list entry that forbids a name for a device; None: nothing does."""
        match = self._lists.match(device, name)
        return match if match is not None and not match.allow else None


def is_encrypted_dns(flow: FlowKey, party: Party) -> bool:
    """Whether a TCP flow asks DNS so that nobody sees what: DoT, or DoH at a known resolver."""
    return flow.server_port == ENCRYPTED_DNS_PORT or party.role == Role.DNS
