"""Packets → facts: what a packet shows of the device that sent it.

In: packets of a LAN in the order they were seen, from a capture or from copies of live traffic.
Out: facts. Rules: said in core.facts; besides, what is malformed shows nothing; connections whose
hello is not complete are forgotten beyond a bound, the oldest first.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from hushgate.core.facts import (
    Announced,
    Asked,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Served,
    Sought,
)
from hushgate.core.greeting import Greeting
from hushgate.core.lan import Lan, address_text, is_lan, mac_text
from hushgate.core.model import Mac, Transport
from hushgate.wire import dns, ip
from hushgate.wire.dhcp import decode_dhcp
from hushgate.wire.errors import WireError
from hushgate.wire.hello import MAX_HELLO
from hushgate.wire.ssdp import SsdpKind, decode_ssdp
from hushgate.wire.tcp import Stream

MAX_PENDING = 512
"""Most flows whose hello is waited for; with two times MAX_HELLO each, 32 MB if all are hostile."""
MAX_TEXTS = 32
_DNS, _DHCP, _HTTP, _SSDP, _MDNS = 53, frozenset((67, 68)), 80, 1900, 5353
_DHCP_ACK = 5
LISTENERS = frozenset((1400, 1443, 4070, 5555, 7000, 8008, 8009, 8443, 55442, 55443, 60000))
"""Ports by which speakers and their like are told apart; others are not worth remembering."""
_ECHO, MULTI_ROOM = 55443, 55444
_SERVICE = re.compile(r"(?:(.*)\.)?(_[^.]+\._(?:tcp|udp))\.local", re.IGNORECASE | re.DOTALL)
_SERVICE_TYPES = "_services._dns-sd._udp"
_HOST = re.compile(rb"\r\nhost:[ \t]*([A-Za-z0-9._-]{1,255})", re.IGNORECASE)
_METHODS = (b"GET ", b"POST ", b"HEAD ", b"PUT ")


class _Way(NamedTuple):
    """One direction of a flow."""

    protocol: int
    source: bytes
    source_port: int
    target: bytes
    target_port: int


class _Pending:
    """A flow that may still say hello."""

    __slots__ = ("greeting", "stream")

    def __init__(self, first: int) -> None:
        self.greeting = Greeting()
        self.stream = Stream(first, 2 * MAX_HELLO)


class Witness:
    """Watches a LAN."""

    def __init__(self, lan: Lan | None = None) -> None:
        self.lan = Lan() if lan is None else lan
        self._pending: OrderedDict[_Way, _Pending] = OrderedDict()

    def awaits(self, packet: ip.Packet) -> bool:
        """Whether a segment may complete a hello whose beginning was seen."""
        pending = self._pending.get(_way_of(packet))
        return pending is not None and not pending.greeting.is_over

    def see_arp(self, mac: Mac, address: bytes) -> Iterator[Fact]:
        """Take the sender of an ARP message."""
        self.lan.see(mac, address)
        if device := self.lan.device_of(address):
            yield Present(device, address_text(address))

    def see(self, mac: Mac | None, packet: ip.Packet, payload: bytes) -> Iterator[Fact]:
        """Take a packet; ``mac`` is the hardware address of its sender."""
        self.lan.see_packet(mac, packet)
        device = self.lan.device_of(packet.source)
        if device is not None:
            yield Present(device, address_text(packet.source))
        if packet.fragment:
            return
        try:
            if packet.protocol == ip.UDP:
                yield from self._see_datagram(device, packet, payload)
            elif packet.protocol == ip.TCP:
                yield from self._see_segment(device, packet, payload)
        except WireError:
            return

    def _see_datagram(
        self, device: str | None, packet: ip.Packet, payload: bytes
    ) -> Iterator[Fact]:
        ports = (packet.source_port, packet.target_port)
        if packet.target_port in _DHCP and packet.source_port in _DHCP:
            yield from self._see_dhcp(payload)
        elif _MDNS in ports:
            yield from self._see_mdns(device, payload)
        elif _SSDP in ports:
            if device is not None:
                yield from _read_ssdp(device, payload)
        elif packet.target_port == _DNS:
            # Where neither end is on the LAN, the capture was taken behind the router.
            sender = device or (None if is_lan(packet.target) else address_text(packet.source))
            if sender is not None:
                yield from _read_questions(sender, packet, payload)
        elif ports == (MULTI_ROOM, MULTI_ROOM):
            if device is not None and is_lan(packet.target):
                yield Served(device, Transport.UDP, MULTI_ROOM)
        else:
            yield from self._see_hello(device, packet, payload)

    def _see_segment(self, device: str | None, packet: ip.Packet, payload: bytes) -> Iterator[Fact]:
        if (
            device is not None
            and packet.source_port in LISTENERS
            and packet.target_port != packet.source_port
            and (payload or packet.flags & ip.SYN)
            and is_lan(packet.target)
        ):
            yield Served(device, Transport.TCP, packet.source_port)
        if device is not None and packet.target_port == _ECHO and is_lan(packet.target):
            yield Sought(device, f"tcp/{_ECHO}")
        if device is not None and packet.target_port == _HTTP and payload.startswith(_METHODS):
            if host := _HOST.search(payload):
                yield Asked(device, host[1].decode().lower(), address_text(packet.target))
        else:
            yield from self._see_hello(device, packet, payload)

    def _see_dhcp(self, payload: bytes) -> Iterator[Fact]:
        message = decode_dhcp(payload)
        mac = mac_text(message.mac)
        if not message.is_reply:
            yield Leased(
                mac, message.address, message.host_name, message.vendor_class, message.parameters
            )
        elif message.kind == _DHCP_ACK and message.address:
            yield Present(mac, message.address)

    def _see_mdns(self, device: str | None, payload: bytes) -> Iterator[Fact]:
        message = dns.decode_message(payload)
        if message.is_answer:
            owner = self._owner_of(device, message)
            if owner is not None:
                yield from _read_services(owner, message)
        elif device is not None:
            for question in message.questions:
                if service := _SERVICE.fullmatch(question.name):
                    yield Sought(device, service[2].lower())

    def _owner_of(self, device: str | None, message: dns.Message) -> str | None:
        """Tell whose records these are: the sender's, unless they give another host's address."""
        owners: list[str | None] = []
        for record in message.records:
            if record.kind not in dns.ADDRESSES or not record.value:
                continue
            owner = self.lan.device_of(dns.packed(record.value))
            if owner == device:
                return device
            # An IPv6 address may be the sender's own though no packet has come from it yet.
            if record.kind == dns.A or owner in self.lan:
                owners.append(owner)
        return next((owner for owner in owners if owner in self.lan), None) if owners else device

    def _see_hello(self, device: str | None, packet: ip.Packet, payload: bytes) -> Iterator[Fact]:
        way = _way_of(packet)
        if packet.flags & ip.SYN:
            if not packet.flags & ip.ACK:
                self._remember(way, _Pending((packet.sequence + 1) % 2**32))
            return
        if not payload:
            return
        pending = self._pending.get(way) or self._remember(way, _Pending(packet.sequence))
        if pending.greeting.is_over:
            return
        if packet.protocol == ip.UDP:
            transport, hello = Transport.UDP, pending.greeting.of_datagram(payload)
        else:
            arrival = pending.stream.add(packet.sequence, payload)
            transport = Transport.TCP
            if arrival.gap:
                pending.greeting.give_up()
            hello = pending.greeting.of_stream(arrival.data)
        if hello is not None:
            sender = device or address_text(packet.source)
            yield Greeted(sender, transport, address_text(packet.target), hello)

    def _remember(self, way: _Way, pending: _Pending) -> _Pending:
        self._pending[way] = pending
        self._pending.move_to_end(way)
        if len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
        return pending


def _way_of(packet: ip.Packet) -> _Way:
    return _Way(
        *(packet.protocol, packet.source, packet.source_port),
        *(packet.target, packet.target_port),
    )


def _read_questions(device: str, packet: ip.Packet, payload: bytes) -> Iterator[Fact]:
    message = dns.decode_message(payload)
    if not message.is_answer:
        for question in message.questions:
            if question.name:
                yield Asked(device, question.name.lower(), address_text(packet.target))


def _read_ssdp(device: str, payload: bytes) -> Iterator[Fact]:
    message = decode_ssdp(payload)
    if not message.target:
        return
    if message.kind is SsdpKind.SEARCH:
        yield Sought(device, message.target)
    else:
        yield Offered(device, message.target, message.server, message.location)


def _read_services(device: str, message: dns.Message) -> Iterator[Fact]:
    """Put the records of each service together: pointer, text, port."""
    texts: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    ports: dict[tuple[str, str], int] = {}
    for record in message.records:
        if not record.ttl:  # a good-bye
            continue
        name = record.value if record.kind == dns.PTR else record.name
        service = _SERVICE.fullmatch(name)
        if service is None or record.kind not in (dns.PTR, dns.TXT, dns.SRV):
            continue
        key = service[2].lower(), (service[1] or "").replace("\\.", ".")
        if record.kind == dns.TXT:
            texts[key] = tuple(dns.text_pairs(record.texts).items())[:MAX_TEXTS]
        else:
            texts.setdefault(key, ())
            ports[key] = record.port or ports.get(key, 0)
    for (kind, instance), pairs in texts.items():
        if kind != _SERVICE_TYPES:
            yield Announced(device, kind, instance, pairs, ports.get((kind, instance), 0))
