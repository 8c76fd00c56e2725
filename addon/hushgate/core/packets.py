"""Decides about the first packets of a speaker's UDP flows while its voice is allowed.

In: packets as the kernel's queue gives them, and what is known of endpoints. Out: answers. Outside
a window no packet gets here: the kernel refuses them all. Rules, in this order:

1. What cannot be read as UDP is refused.
2. A flow to another port than 443 passes; it is a call if it begins with STUN or RTP. The kernel
   finishes it and counts it.
3. A flow that was decided a moment ago gets the same answer: the second half of a hello is often
   queued before the first is answered.
4. QUIC of a speaker that lists speak of is refused: on TCP the lists judge every hello.
   Other QUIC to an endpoint that the catalogue knows as media passes. The rest is refused, voice
   above all, so that the speaker takes TCP, where its voice can be metered and its window closed
   without cutting a word. So is what cannot be read.
5. While the hello is incomplete its packets pass, each by itself.

A name opens nothing that is shut: voice is allowed at this moment anyway.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, NamedTuple

from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role, pattern_error
from hushgate.core.model import Instant
from hushgate.core.udpflows import QUIC_PORT, Note, Sort
from hushgate.wire.errors import WireError
from hushgate.wire.ip import UDP, Packet, decode_packet
from hushgate.wire.quic import InitialReader

MEMORY: Final = 10.0
"""Seconds that a decision is remembered after the last packet that asked for it."""
MAX_FLOWS: Final = 4096
"""Flows that are remembered; past it the oldest is forgotten."""


class Answer(StrEnum):
    """What the gate says of a packet."""

    ACCEPT = "accept"
    """It passes, and the kernel lets the rest of its flow by."""
    ONCE = "once"
    """It passes; the next one is asked about again."""
    REJECT = "reject"


class Why(StrEnum):
    """Why a packet got its answer; counted by it."""

    UNREADABLE = "unreadable"
    LISTED = "listed"
    CALL = "call"
    OTHER_UDP = "other-udp"
    MEDIA = "media"
    NOT_MEDIA = "not-media"
    UNDECODABLE = "undecodable"
    NO_NAME = "no-name"
    INCOMPLETE = "incomplete"


class UdpKey(NamedTuple):
    """One flow, as packed addresses."""

    client: bytes
    client_port: int
    server: bytes
    server_port: int


class Judged(NamedTuple):
    """An answer and its grounds."""

    answer: Answer
    why: Why
    name: str | None = None


@dataclass(slots=True)
class _Flow:
    reader: InitialReader | None
    judged: Judged | None
    until: Instant


_SORTS: Final = {Why.CALL: Sort.CALL, Why.OTHER_UDP: Sort.OTHER}


class PacketJudge:
    """Remembers flows for some seconds; bounded."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.listed: frozenset[bytes] = frozenset()
        """Packed hardware addresses and addresses of speakers that lists speak of."""
        self.counts: dict[Why, int] = dict.fromkeys(Why, 0)
        """Packets by grounds."""
        self._flows: dict[UdpKey, _Flow] = {}

    def judge(self, data: bytes, now: Instant, sender: bytes = b"") -> Judged:
        """Answer for one packet; never raises on what the network sends.

        Args:
            data: The packet, from its IP header on.
            now: When it came.
            sender: Packed hardware address of the speaker, where it is known.
        """
        judged = self._judge(data, now, sender)
        self.counts[judged.why] += 1
        return judged

    def note_of(self, key: UdpKey) -> Note | None:
        """Return what was found out about a flow, while it is remembered."""
        flow = self._flows.get(key)
        if flow is None or flow.judged is None:
            return None
        return Note(_SORTS.get(flow.judged.why, Sort.QUIC), flow.judged.name)

    def _judge(self, data: bytes, now: Instant, sender: bytes) -> Judged:
        try:
            packet = decode_packet(data)
        except WireError:
            packet = None
        if packet is None or packet.protocol != UDP or packet.fragment:
            return Judged(Answer.REJECT, Why.UNREADABLE)
        flow = self._flow_of(packet, now)
        if flow.judged is None:
            payload = data[packet.at : packet.at + packet.size]
            if packet.target_port == QUIC_PORT:
                listed = not self.listed.isdisjoint((sender, packet.source))
                judged = Judged(Answer.REJECT, Why.LISTED) if listed else self._read(flow, payload)
            else:
                judged = Judged(Answer.ACCEPT, Why.CALL if is_call(payload) else Why.OTHER_UDP)
            if judged.answer is Answer.ONCE:
                return judged
            flow.judged, flow.reader = judged, None
        return flow.judged

    def _read(self, flow: _Flow, datagram: bytes) -> Judged:
        if flow.reader is None:
            flow.reader = InitialReader()
        try:
            hello = flow.reader.feed(datagram)
        except WireError:
            return Judged(Answer.REJECT, Why.UNDECODABLE)
        if hello is None:
            return Judged(Answer.ONCE, Why.INCOMPLETE)
        if not hello.sni:
            return Judged(Answer.REJECT, Why.NO_NAME)
        endpoint = self.catalogue.endpoint_of(hello.sni)
        if endpoint is not None and endpoint.role is Role.MEDIA:
            return Judged(Answer.ACCEPT, Why.MEDIA, hello.sni)
        return Judged(Answer.REJECT, Why.NOT_MEDIA, hello.sni)

    def _flow_of(self, packet: Packet, now: Instant) -> _Flow:
        key = UdpKey(packet.source, packet.source_port, packet.target, packet.target_port)
        flow = self._flows.pop(key, None)
        if flow is None or flow.until < now:
            flow = _Flow(None, None, now)
        flow.until = Instant(now + MEMORY)
        self._flows[key] = flow  # the one asked about last is the last to be forgotten
        while len(self._flows) > MAX_FLOWS or next(iter(self._flows.values())).until < now:
            del self._flows[next(iter(self._flows))]
        return flow


def is_call(payload: bytes) -> bool:
    """Whether a datagram is STUN (RFC 8489 section 5), RTP or RTCP (RFC 3550 section 5.1)."""
    stun = len(payload) >= 20 and payload[4:8] == b"\x21\x12\xa4\x42"
    return stun or (len(payload) >= 12 and payload[0] >> 6 == 2)


def roles_by_pattern(catalogue: Catalogue) -> Mapping[str, str]:
    """Return what the gate needs of a catalogue, small enough for the link."""
    return {
        pattern: endpoint.role for endpoint in catalogue.endpoints for pattern in endpoint.patterns
    }


def packed(parties: Iterable[str]) -> frozenset[bytes]:
    """Return hardware addresses and addresses as packets have them."""
    return frozenset(
        bytes.fromhex(party.replace(":", ""))
        if len(party) == 17 and party.count(":") == 5
        else ip_address(party).packed
        for party in parties
    )


def catalogue_of(roles: Mapping[str, str]) -> Catalogue:
    """Return a catalogue that knows roles and nothing else; what it does not understand is out."""
    return Catalogue(
        Endpoint("", pattern, "", Role(role), Confidence.D, (), (pattern,))
        for pattern, role in roles.items()
        if role in Role and pattern_error(pattern) is None
    )
