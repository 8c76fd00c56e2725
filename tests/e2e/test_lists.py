"""Where a list speaks: in DNS, at the hello, by learned address; for the devices it is for.

The kitchen has a list, the bedroom has none. What counts is what the cloud gets.
"""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator

import dns.message
import dns.query
import dns.rcode
import pytest

from tests.e2e.gateprocess import until
from tests.e2e.greeting import greet
from tests.home.gateway import Gateway
from tests.home.network import CLOUD_4, GATEWAY, SPEAKERS, Network
from tests.wire.initials import aioquic_datagrams

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="apt-get install dnsmasq"),
]
RESOLVER = f"{GATEWAY.lan4}1"
PLAIN, HIDDEN = f"{CLOUD_4}80", f"{CLOUD_4}81"
"""Where everything is, and where the blocked name is that another name is an alias of."""
MUSIC = "redirector.googlevideo.com"
CONFIG = f"""\
schema_version: 1
house:
  zone: UTC
  windows: [always]
speakers:
  kitchen: {{mac: "{SPEAKERS["kitchen"]}", vendor: amazon, lists: [mine]}}
  bedroom: {{mac: "{SPEAKERS["bedroom"]}", vendor: google}}
lists:
  mine: LIST
gateway:
  resolver: {RESOLVER}
"""
LIST = "! Title: mine\n||ads.example^\n||hidden.example^\n"


class Cloud:
    """Takes connections and says what came."""

    def __init__(self, home: Network) -> None:
        self.got: list[tuple[str, bytes]] = []
        """First bytes of each connection and each datagram, with the address they came to."""
        with home.cloud.entered():
            self._sockets = [socket.create_server((address, 443)) for address in (PLAIN, HIDDEN)]
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind((PLAIN, 443))
        for listener in self._sockets:
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()
        threading.Thread(target=self._receive, args=(datagrams,), daemon=True).start()
        self._sockets.append(datagrams)

    def has(self, words: bytes) -> bool:
        return any(words in data for _, data in self.got)

    def close(self) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    self.got.append((listener.getsockname()[0], connection.recv(4096)))

    def _receive(self, datagrams: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.got.append((PLAIN, datagrams.recv(4096)))


@pytest.fixture(scope="module")
def cloud(home: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("lists")
    names = folder / "mine.txt"
    names.write_text(LIST)
    config = folder / "hushgate.yaml"
    config.write_text(CONFIG.replace("LIST", str(names)))
    resolver = subprocess.Popen(
        home.gateway.command(
            *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"),
            *("--no-hosts", "--interface=br-lan", "--bind-interfaces", "--user=root"),
            *(f"--address=/#/{PLAIN}", f"--host-record=hidden.example,{HIDDEN}", "--pid-file="),
            "--cname=innocent.example,hidden.example",
        )
    )
    gateway = Gateway(home.gateway, folder, config)
    cloud = Cloud(home)
    with asyncio.Runner() as runner:
        try:
            runner.run(gateway.start())
            until(lambda: rcode(home, "kitchen", "ads.example") == "NXDOMAIN", "the list in force")
            yield cloud
        finally:
            runner.run(gateway.stop())
            resolver.terminate()
            resolver.wait()
            cloud.close()


def question(home: Network, device: str, name: str) -> dns.message.Message:
    with home.speakers[device].entered():
        return dns.query.udp(dns.message.make_query(name, "A"), RESOLVER, timeout=60)


def rcode(home: Network, device: str, name: str) -> str:
    return dns.rcode.to_text(question(home, device, name).rcode())


def say(home: Network, device: str, words: bytes, address: str) -> None:
    """Connect without any hello and say something."""
    with home.speakers[device].entered():
        sock = socket.socket()
    sock.settimeout(10.0)
    with contextlib.suppress(OSError), sock:
        sock.connect((address, 443))
        sock.sendall(words)
        sock.recv(1)


def test_a_blocked_name_does_not_exist_for_those_the_list_is_for(
    home: Network, cloud: Cloud
) -> None:
    assert rcode(home, "kitchen", "x.ads.example") == "NXDOMAIN"
    assert rcode(home, "kitchen", "fine.example") == "NOERROR"
    assert rcode(home, "bedroom", "x.ads.example") == "NOERROR"


def test_a_blocked_hello_never_arrives(home: Network, cloud: Cloud) -> None:
    greet(home.speakers["kitchen"], "one.ads.example", PLAIN)
    greet(home.speakers["bedroom"], "two.ads.example", PLAIN)
    greet(home.speakers["kitchen"], "three.fine.example", PLAIN)
    until(lambda: cloud.has(b"three.fine.example"), "the kitchen's other hello")
    assert cloud.has(b"two.ads.example")
    assert not cloud.has(b"one.ads.example")


def test_a_name_that_is_hidden_is_known_by_the_address_it_was_learned_with(
    home: Network, cloud: Cloud
) -> None:
    for device in ("kitchen", "bedroom"):
        question(home, device, "innocent.example")
        say(home, device, f"no hello of {device}".encode(), HIDDEN)
        say(home, device, f"somewhere else from {device}".encode(), PLAIN)
    until(lambda: cloud.has(b"somewhere else from bedroom"), "the bedroom's last words")
    assert cloud.has(b"no hello of bedroom")
    assert cloud.has(b"somewhere else from kitchen")
    assert not cloud.has(b"no hello of kitchen")


def test_quic_of_a_speaker_with_a_list_is_refused_even_to_media(
    home: Network, cloud: Cloud
) -> None:
    datagrams = {name: aioquic_datagrams(MUSIC) for name in ("kitchen", "bedroom")}
    for device, sent in datagrams.items():
        with home.speakers[device].entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            for datagram in sent:
                with contextlib.suppress(OSError):
                    sock.sendto(datagram, (PLAIN, 443))
    until(lambda: cloud.has(datagrams["bedroom"][-1]), "the bedroom's music")
    assert not any(cloud.has(datagram) for datagram in datagrams["kitchen"])
