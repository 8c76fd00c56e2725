"""Packets of one device → trace events, with names.

In: IP packets with their payload, in the order they were seen. Out: TraceEvents, and the name of
each flow's remote party. Rules:
- Only what crosses the edge of the house is an event.
- TCP bytes count once, when first seen, in order or not; of UDP each datagram counts.
- Record lengths are given from the first header that can be trusted on: the beginning of the
  connection if it was seen, else see wire.tls.find_record. Until then they are unknown.
- A flow's name is what its own hello says, else what DNS told the device about the address.
- Bounded: the flow that was quiet longest is forgotten first; if it wakes up, it was joined late.
"""

from collections import OrderedDict

from hushgate.core.greeting import Greeting
from hushgate.core.lan import Lan, address_text
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.names import NameTable, heard_from_dns, heard_from_hello
from hushgate.core.trace import Direction, TraceEvent
from hushgate.wire import dns, ip
from hushgate.wire.errors import WireError
from hushgate.wire.tcp import Stream
from hushgate.wire.tls import RecordScanner, find_record

MAX_FLOWS = 4096
"""Most flows followed at once."""
_DNS_PORT = 53
_TRANSPORTS = {ip.TCP: Transport.TCP, ip.UDP: Transport.UDP}


class Follower:
    """Follows the flows of one device."""

    def __init__(self, lan: Lan, device: str) -> None:
        self._lan = lan
        self._device = device
        self._id = DeviceId(device)
        self._known = NameTable()
        self._flows: OrderedDict[FlowKey, _Flow] = OrderedDict()
        self.names: dict[FlowKey, str] = {}
        """Name of the remote party by flow, as far as it is known by now."""

    def follow(self, packet: ip.Packet, payload: bytes, now: Instant) -> TraceEvent | None:
        """Take one packet; None where it brings no new payload of this device."""
        if packet.protocol == ip.UDP and packet.source_port == _DNS_PORT:
            self._learn_answer(packet, payload, now)
        transport = _TRANSPORTS.get(packet.protocol)
        if transport is None or not packet.source_port:
            return None
        passage = self._lan.passage_of(packet)
        if passage is None or passage.device != self._device:
            return None
        key = self._key(packet, transport, is_upload=passage.is_upload)
        flow = self._flow(key)
        direction = Direction.UP if passage.is_upload else Direction.DOWN
        if key not in self.names:
            self._name_from_dns(key, now)
        half = flow.up if passage.is_upload else flow.down
        if transport is Transport.UDP:
            new, records = len(payload), None
            hello = half.greeting.of_datagram(payload) if passage.is_upload else None
        else:
            new, records, data = half.add(packet, payload)
            hello = half.greeting.of_stream(data) if passage.is_upload else None
        sni = hello.sni if hello is not None else None
        if sni is not None:
            self.names[key] = sni
            self._known.learn(self._id, (key.server,), heard_from_hello(sni, now))
        return TraceEvent(now, key, direction, new, records) if new else None

    def _learn_answer(self, packet: ip.Packet, payload: bytes, now: Instant) -> None:
        if self._lan.device_of(packet.target) != self._device:
            return
        try:
            answer = dns.resolve(dns.decode_message(payload))
        except WireError:
            return  # a name that stays unknown is shown as an address
        if answer is not None:
            name = heard_from_dns(answer.asked, answer.aliases, answer.ttl, now)
            self._known.learn(self._id, answer.addresses, name)

    def _name_from_dns(self, key: FlowKey, now: Instant) -> None:
        name = self._known.find(self._id, key.server, now)
        if name is not None:
            self.names[key] = name.name

    def _key(self, packet: ip.Packet, transport: Transport, *, is_upload: bool) -> FlowKey:
        source, target = address_text(packet.source), address_text(packet.target)
        if is_upload:
            return FlowKey(
                self._id, transport, source, packet.source_port, target, packet.target_port
            )
        return FlowKey(self._id, transport, target, packet.target_port, source, packet.source_port)

    def _flow(self, key: FlowKey) -> "_Flow":
        flow = self._flows.get(key)
        if flow is None:
            flow = self._flows[key] = _Flow()
            if len(self._flows) > MAX_FLOWS:
                self._flows.popitem(last=False)
        self._flows.move_to_end(key)
        return flow


class _Half:
    """One direction of a flow."""

    __slots__ = ("_isn", "_joined_late", "_may_be_tls", "_scanner", "_stream", "greeting")

    def __init__(self) -> None:
        self._begin(None)

    def _begin(self, isn: int | None) -> None:
        self._isn = isn
        """Sequence number of the SYN; None: it was not seen."""
        self._joined_late = isn is None
        self._stream = None if isn is None else Stream((isn + 1) % 2**32)
        self._scanner = None if isn is None else RecordScanner()
        self._may_be_tls = True
        self.greeting = Greeting()

    def add(self, packet: ip.Packet, payload: bytes) -> tuple[int, tuple[int, ...] | None, bytes]:
        """Take a segment.

        Returns:
            The number of new bytes, the lengths of the records begun, the bytes now in order.
        """
        if packet.flags & ip.SYN:
            if packet.sequence != self._isn:
                self._begin(packet.sequence)
            return 0, None, b""
        if self._stream is None:
            self._stream = Stream(packet.sequence)
        arrival = self._stream.add(packet.sequence, payload)
        if arrival.gap:
            self._joined_late, self._scanner = True, None
            self.greeting.give_up()
        return arrival.new, self._scan(arrival.data), arrival.data

    def _scan(self, data: bytes) -> tuple[int, ...] | None:
        if self._scanner is None:
            at = find_record(data) if self._may_be_tls else None
            if at is None:
                return None
            self._scanner, data = RecordScanner(), data[at:]
        lengths = self._scanner.feed(data)
        if lengths is None:
            self._scanner, self._may_be_tls = None, self._joined_late
        return lengths


class _Flow:
    """Both directions of one connection."""

    __slots__ = ("down", "up")

    def __init__(self) -> None:
        self.up, self.down = _Half(), _Half()
