"""Devices that come into a home: each with its hardware address, DHCP, mDNS, DNS, TLS and QUIC."""

import contextlib
import random
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.rrset
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.utils import mac2str

from tests.home.network import CLOUD_4, GATEWAY, Namespace, Network
from tests.wire.hellos import chrome_hello, in_records
from tests.wire.initials import aioquic_datagrams

CLOUD = f"{CLOUD_4}77"
MDNS = ("224.0.0.251", 5353)


@dataclass(frozen=True)
class Guest:
    """What a device says of itself."""

    name: str
    mac: str
    host_name: str | None = None
    announces: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    """Services: type, port, texts."""
    seeks: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    greets: tuple[str, ...] = ()
    quic: tuple[str, ...] = ()
    greets_long: tuple[str, ...] = ()
    """Names it says in hellos with post-quantum keys, which take two segments."""
    answers: bytes = b""
    """What it answers on TCP 8008; empty: nothing listens there."""
    repeats: str | None = None
    """Address of another host, whose records it announces instead of its own: a reflector."""


class Visit:
    """A guest plugged into the LAN of the gateway."""

    def __init__(self, home: Network, guest: Guest, number: int) -> None:
        self.guest = guest
        self.place = Namespace(guest.name)
        port = f"guest{number}"
        home.gateway.configure(
            f"link add {port} type veth peer name eth0 address {guest.mac} netns {self.place.path}",
            f"link set {port} master br-lan up",
        )
        # A card that cuts segments itself would show the gateway one long one.
        self.place.configure("link set eth0 up gso_max_segs 1")
        self.address = ""
        self._listener: socket.socket | None = None

    def live(self) -> None:
        """Do once what such a device does all day."""
        with self.place.entered():
            self.address = self._lease()
        self.place.configure(
            f"addr add {self.address}/24 dev eth0", f"route add default via {GATEWAY.lan4}1"
        )
        with self.place.entered():
            self._multicast()
            if self.guest.answers:
                self._listener = socket.create_server((self.address, 8008))
                threading.Thread(target=self._answer, daemon=True).start()
            for name in (*self.guest.asks, *self.guest.greets, *self.guest.quic):
                self._resolve(name)
            for name in self.guest.greets:
                self._greet(name)
            for name in self.guest.greets_long:
                with socket.create_connection((CLOUD, 443), timeout=60.0) as stream:
                    stream.sendall(in_records(chrome_hello(name)))
            for name in self.guest.quic:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    for datagram in aioquic_datagrams(name):
                        sock.sendto(datagram, (CLOUD, 443))

    def close(self) -> None:
        """Leave."""
        if self._listener is not None:
            self._listener.close()
        self.place.close()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while self._listener is not None:
                connection, _ = self._listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + self.guest.answers)

    def _lease(self) -> str:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            sock.bind(("", 68))
            sock.settimeout(2.0)
            for _ in range(10):  # a fresh cable loses the first packets
                with contextlib.suppress(TimeoutError):
                    offer = self._exchange(sock, "discover", [])
                    wanted = ("requested_addr", offer.yiaddr)
                    server = next(o for o in offer[DHCP].options if o[0] == "server_id")
                    return str(self._exchange(sock, "request", [wanted, server]).yiaddr)
        raise AssertionError(f"{self.guest.name} got no address")

    def _exchange(self, sock: socket.socket, kind: str, more: list[tuple[str, object]]) -> BOOTP:
        options: list[object] = [("message-type", kind), *more, ("param_req_list", [1, 3, 6, 15])]
        if self.guest.host_name is not None:
            options.append(("hostname", self.guest.host_name))
        number = random.getrandbits(32)
        question = BOOTP(chaddr=mac2str(self.guest.mac) + bytes(10), xid=number, flags=0x8000)
        sock.sendto(bytes(question / DHCP(options=[*options, "end"])), ("255.255.255.255", 67))
        while True:
            reply = BOOTP(sock.recv(2048))
            if reply.xid == number:
                return reply

    def _multicast(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.address, 5353))
            for service in self.guest.seeks:
                sock.sendto(dns.message.make_query(f"{service}.local.", "PTR").to_wire(), MDNS)
            for service, port, texts in self.guest.announces:
                sock.sendto(self._announcement(service, port, texts), MDNS)

    def _announcement(self, service: str, port: int, texts: tuple[str, ...]) -> bytes:
        message = dns.message.Message(id=0)
        message.flags = 0x8400
        instance = f"{self.guest.name}.{service}.local."
        quoted = " ".join(f'"{text}"' for text in texts) or '""'
        for name, kind, data in (
            (f"{service}.local.", "PTR", instance),
            (instance, "SRV", f"0 0 {port} {self.guest.name}.local."),
            (instance, "TXT", quoted),
            (f"{self.guest.name}.local.", "A", self.guest.repeats or self.address),
        ):
            message.answer.append(dns.rrset.from_text(name, 120, "IN", kind, data))
        return message.to_wire()

    def _resolve(self, name: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10.0)
            sock.sendto(dns.message.make_query(f"{name}.", "A").to_wire(), (f"{GATEWAY.lan4}1", 53))
            with contextlib.suppress(TimeoutError):
                sock.recv(2048)

    def _greet(self, name: str) -> None:
        context = ssl.create_default_context()
        # Nobody answers the hello; that it was said is all that counts.
        with (
            contextlib.suppress(OSError),
            socket.create_connection((CLOUD, 443), timeout=60.0) as sock,
            context.wrap_socket(sock, server_hostname=name),
        ):
            pass


class Services:
    """What the guests need: dnsmasq on the gateway, and a cloud that takes connections."""

    def __init__(self, home: Network, folder: Path) -> None:
        lan = GATEWAY.lan4
        self._dnsmasq = subprocess.Popen(
            home.gateway.command(
                *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"),
                *("--no-hosts", "--interface=br-lan", "--bind-interfaces", "--user=root"),
                *(f"--dhcp-range={lan}100,{lan}199,255.255.255.0,1h", f"--address=/#/{CLOUD}"),
                f"--dhcp-leasefile={folder / 'leases'}",
                "--pid-file=",
            )
        )
        with home.cloud.entered():
            self._listener = socket.create_server((CLOUD, 443))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop both."""
        self._dnsmasq.terminate()
        self._dnsmasq.wait()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.recv(4096)
                connection.close()
