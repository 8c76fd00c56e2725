"""Who is who on the LAN: addresses → devices, from the frames that go by.

In: hardware address and IP address of senders. Out: the device an address belongs to, which end of
a packet is the device. Rules:
- A device is its hardware address; IPv4 and all IPv6 addresses of it are one device.
- A sender of many public IPv4 addresses, or of IPv6 addresses in many networks, is a router: it
  owns nothing, and hosts behind it are known by their addresses. It takes many, since anybody on
  the LAN can forge one, and a speaker that looked like a router would not be found.
- A public IPv4 address is nobody's on the LAN. A public IPv6 address is its sender's if that is a
  host of the LAN: it uses a LAN address too, or it opens flows and carries no public IPv4 address.
- Where there are no hardware addresses, a device is its LAN address.
- Where neither end is on the LAN (a capture taken outside), the end with the higher port is the
  device, since servers live on low ones.
"""

import ipaddress
from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

from hushgate.core.model import Mac
from hushgate.wire import ip
from hushgate.wire.ip import Packet

MAX_ADDRESSES = 16_384
"""Most addresses remembered; the one seen first is forgotten first."""
MAX_HOSTS = 8192
"""Most hardware addresses remembered; the one that was quiet longest is forgotten first."""
MAX_PUBLIC = 8
"""Public IPv4 addresses that frames of one host carry at most; a router forwards from many."""
MAX_NETWORKS = 3
"""Public IPv6 networks (/64) that one host uses at most; a router forwards from many."""

_LAN4 = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
        *("169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "0.0.0.0/8"),
        *("224.0.0.0/4", "255.255.255.255/32"),
    )
)
_LAN6 = tuple(
    ipaddress.ip_network(network) for network in ("fc00::/7", "fe80::/10", "ff00::/8", "::/127")
)


@lru_cache(maxsize=MAX_ADDRESSES)
def is_lan(address: bytes) -> bool:
    """Whether a packed address never leaves the house: private, link-local, multicast."""
    networks = _LAN4 if len(address) == 4 else _LAN6
    value = ipaddress.ip_address(address)
    return any(value in network for network in networks)


@lru_cache(maxsize=MAX_ADDRESSES)
def address_text(address: bytes) -> str:
    """Write a packed address as people do."""
    return str(ipaddress.ip_address(address))


def is_group(address: bytes) -> bool:
    """Whether a packed address means many hosts, or none yet."""
    if len(address) == 4:
        return address[0] >= 224 or address[0] == 0 or address[3] == 255
    return address[0] == 0xFF or not any(address)


def _is_own(mac: Mac, address: bytes, target: bytes) -> bool:
    """Whether a public IPv6 address is surely of the sender of the frame.

    No router forwards what is for a group of the link; and an address may be made of the hardware
    address (RFC 4291 appendix A).
    """
    if len(address) != 16:
        return False
    raw = bytes.fromhex(mac.replace(":", ""))
    made_of_it = bytes([raw[0] ^ 2]) + raw[1:3] + b"\xff\xfe" + raw[3:]
    return target[:2] == b"\xff\x02" or address[8:] == made_of_it


def mac_text(raw: bytes) -> Mac:
    """Write a hardware address as the configuration does."""
    return Mac(raw.hex(":"))


def opens(packet: Packet) -> bool:
    """Whether a packet begins a flow, as clients do: a SYN, or UDP to a well-known port."""
    if packet.protocol == ip.TCP:
        return packet.flags & (ip.SYN | ip.ACK) == ip.SYN
    return packet.protocol == ip.UDP and 0 < packet.target_port < 1024 <= packet.source_port


class Passage(NamedTuple):
    """How a packet crosses the edge of the house."""

    device: str
    is_upload: bool


class _Host:
    """What is known of one hardware address."""

    __slots__ = ("has_own", "is_client", "is_router", "networks", "public")

    def __init__(self) -> None:
        self.has_own = False
        """It uses a LAN address: a host, or the LAN side of a router."""
        self.is_client = False
        """It opened a flow from a public IPv6 address."""
        self.is_router = False
        self.networks: set[bytes] = set()
        """Public IPv6 networks it sent from."""
        self.public: set[bytes] = set()
        """Public IPv4 addresses it sent from."""

    @property
    def is_resident(self) -> bool:
        """Whether the addresses in its frames are its own."""
        return not self.is_router and (self.has_own or (self.is_client and not self.public))

    def forward(self, address: bytes) -> None:
        """Take note of a public address in a frame of it."""
        if self.is_router:
            return
        is_old = len(address) == 4
        seen, most = (self.public, MAX_PUBLIC) if is_old else (self.networks, MAX_NETWORKS)
        seen.add(address[:8])
        self.is_router = len(seen) > most


class Lan:
    """What is known of the hosts around."""

    def __init__(self) -> None:
        self._owners: dict[bytes, Mac] = {}
        self._hosts: OrderedDict[Mac, _Host] = OrderedDict()

    def see_packet(self, mac: Mac | None, packet: Packet) -> None:
        """Take note of a packet in a frame from ``mac``."""
        self.see(mac, packet.source, packet.target, is_client=opens(packet))

    def see(
        self, mac: Mac | None, address: bytes, target: bytes = b"", *, is_client: bool = False
    ) -> None:
        """Take note that a frame from ``mac`` carried a packet from ``address``.

        Args:
            mac: None: the frame has no hardware addresses.
            address: Who sent the packet.
            target: Who it is for, if that is known.
            is_client: The packet opens a flow.
        """
        if mac is None or is_group(address):
            return
        host = self._hosts.get(mac)
        if host is None:
            host = self._hosts[mac] = _Host()
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
        elif self._owners.get(address) == mac and (host.has_own or not is_client):
            self._hosts.move_to_end(mac)
            return
        if is_lan(address):
            host.has_own = True
        else:
            host.has_own |= _is_own(mac, address, target)
            host.is_client |= is_client and len(address) == 16
            host.forward(address)
            if len(address) == 4:
                return
        self._owners[address] = mac
        if len(self._owners) > MAX_ADDRESSES:
            del self._owners[next(iter(self._owners))]

    def router_at(self, address: str) -> Mac | None:
        """Give the router that uses a LAN address; None: it is no router's."""
        mac = self._owners.get(ipaddress.ip_address(address).packed)
        host = self._hosts.get(mac) if mac else None
        return mac if host and host.is_router else None

    def is_router(self, device: str) -> bool:
        """Whether a hardware address is a router's."""
        host = self._hosts.get(Mac(device))
        return host is not None and host.is_router

    def forwards(self, device: str) -> bool:
        """Whether frames of a hardware address carried packets of other networks, however few."""
        host = self._hosts.get(Mac(device))
        return host is not None and (host.is_router or bool(host.public))

    def device_of(self, address: bytes) -> str | None:
        """Give the device an address belongs to; None: it is on the Internet."""
        mac = self._owners.get(address)
        host = self._hosts.get(mac) if mac else None
        if host and host.is_resident:
            return mac
        return address_text(address) if is_lan(address) and not is_group(address) else None

    def passage_of(self, packet: Packet) -> Passage | None:
        """Tell which device a packet belongs to; None: it stays within the LAN."""
        source, target = self.device_of(packet.source), self.device_of(packet.target)
        if source is not None:
            leaves = target is None and not is_group(packet.target)
            return Passage(source, is_upload=True) if leaves else None
        if target is not None:
            return Passage(target, is_upload=False)
        if is_group(packet.source) or is_group(packet.target):
            return None
        is_upload = packet.source_port > packet.target_port
        client = packet.source if is_upload else packet.target
        return Passage(address_text(client), is_upload)

    def __contains__(self, device: object) -> bool:
        """Whether frames from this hardware address have been seen."""
        return device in self._hosts

    def addresses_of(self, device: str) -> list[str]:
        """Give every address of a device, IPv4 first."""
        owned = [address for address in self._owners if self.device_of(address) == device]
        return [address_text(address) for address in sorted(owned, key=lambda a: (len(a), a))]
