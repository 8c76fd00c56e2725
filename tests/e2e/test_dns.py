"""Names as a way out: what a speaker can say by asking DNS, and where it may ask.

The kitchen is always shut, the bedroom always open. What counts is what the far end gets.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import dns.edns
import dns.message
import dns.query
import dns.rcode
import pytest

from hushgate.core.dnswatch import NAME_RATE, NAMES
from tests.e2e.farend import FarEnd, new_marker
from tests.e2e.gateprocess import until
from tests.home.gateway import Gateway
from tests.home.network import CLOUD_4, CLOUD_6, SPEAKERS, Network

pytestmark = pytest.mark.e2e

RESOLVER = f"{CLOUD_4}53"
PUBLIC_4, PUBLIC_6 = "8.8.8.8", "2001:4860:4860::8888"
"""Google's resolver, which this cloud is as well."""
CONFIG = f"""\
schema_version: 1
house:
  zone: UTC
  windows: []
speakers:
  kitchen: {{mac: "{SPEAKERS["kitchen"]}"}}
  bedroom: {{mac: "{SPEAKERS["bedroom"]}", windows: [always]}}
gateway:
  resolver: {RESOLVER}
"""


class Resolver:
    """Answers that no name exists, and writes down which were asked for."""

    def __init__(self, home: Network) -> None:
        self.asked: list[str] = []
        with home.cloud.entered():
            self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._listener = socket.create_server((RESOLVER, 53))
        self._datagrams.bind((RESOLVER, 53))
        for work in (self._answer, self._serve):
            threading.Thread(target=work, daemon=True).start()

    def reply(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        self.asked.append(query.question[0].name.to_text(omit_final_dot=True))
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while (received := self._datagrams.recvfrom(4096))[0]:  # nothing: it was closed
                self._datagrams.sendto(self.reply(received[0]), received[1])

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while size := connection.recv(2, socket.MSG_WAITALL):
                data = connection.recv(int.from_bytes(size), socket.MSG_WAITALL)
                reply = self.reply(data)
                connection.sendall(len(reply).to_bytes(2) + reply)

    def close(self) -> None:
        for sock in (self._datagrams, self._listener):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class Stage:
    """A home with hushgate, and a resolver in the cloud."""

    def __init__(self, home: Network, gateway: Gateway, runner: asyncio.Runner) -> None:
        self.home = home
        self.resolver = Resolver(home)
        self.far_end = FarEnd(home.cloud, home.speakers["office"])
        self._gateway = gateway
        self._runner = runner

    def ask(self, device: str, name: str, *, tcp: bool = False, options: bytes = b"") -> str:
        """Ask some resolver of the speaker's own for a name; return the outcome."""
        extra = [dns.edns.GenericOption("65001", options)] if options else []
        query = dns.message.make_query(name, "A", use_edns=0, options=extra)
        send = dns.query.tcp if tcp else dns.query.udp
        with self.home.speakers[device].entered():
            return dns.rcode.to_text(send(query, PUBLIC_4, timeout=60).rcode())

    def greet(self, device: str, address: str, port: int, name: str) -> None:
        """Say a TLS hello."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.home.speakers[device].entered():
            sock = socket.socket(family)
        sock.settimeout(10.0)
        with contextlib.suppress(OSError), sock:
            sock.connect((address, port))
            ssl.create_default_context().wrap_socket(sock, server_hostname=name)

    def wait_for(self, reason: str) -> None:
        """Wait until there is a row in the ledger for a reason."""
        until(
            lambda: any(
                row["reason"] == reason for row in self._runner.run(self._gateway.ledger())
            ),
            f"a row for {reason}",
        )

    def close(self) -> None:
        self.resolver.close()
        self.far_end.close()


@pytest.fixture(scope="module")
def stage(home: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("dns")
    config = folder / "hushgate.yaml"
    config.write_text(CONFIG)
    for address in (PUBLIC_4, PUBLIC_6):
        home.cloud.configure(f"route add local {address} dev lo")
    gateway = Gateway(home.gateway, folder, config)
    with asyncio.Runner() as runner:
        stage = Stage(home, gateway, runner)
        try:
            runner.run(gateway.start())
            yield stage
        finally:
            runner.run(gateway.stop())
            stage.close()


def test_a_question_reaches_the_home_s_resolver_without_what_hangs_on_it(stage: Stage) -> None:
    """It was asked of 8.8.8.8; an option could carry anything."""
    marker = new_marker()
    assert stage.ask("kitchen", "Speaker.Example", options=marker * 8) == "NXDOMAIN"
    assert "speaker.example" in stage.resolver.asked
    assert marker not in stage.far_end.arrived()


def test_speech_in_names_gets_as_far_as_the_allowance(stage: Stage) -> None:
    """80 kB of it, by UDP and TCP in turns; then a name that is known is still answered."""
    assert stage.ask("kitchen", "known.example") == "NXDOMAIN"
    labels = [f"{number:060x}.{'s' * 60}.{'t' * 60}.tunnel.example" for number in range(400)]
    began = time.monotonic()
    outcomes = [
        stage.ask("kitchen", name, tcp=number % 2 == 1) for number, name in enumerate(labels)
    ]
    seconds = time.monotonic() - began
    left = sum(len(name) for name in stage.resolver.asked if name.endswith("tunnel.example"))
    assert 0 < left <= NAMES + NAME_RATE * seconds
    assert outcomes[-1] == "REFUSED"
    stage.wait_for("dns-limit")


def test_inside_a_window_names_are_not_limited(stage: Stage) -> None:
    names = [f"{number:060x}.open.example" for number in range(100)]
    assert {stage.ask("bedroom", name) for name in names} == {"NXDOMAIN"}
    assert set(names) <= set(stage.resolver.asked)


@pytest.mark.parametrize("device", ["kitchen", "bedroom"])
@pytest.mark.parametrize(
    ("address", "port", "name"),
    [
        pytest.param(f"{CLOUD_4}90", 853, "dns.example", id="DoT"),
        pytest.param(f"{CLOUD_6}90", 853, "dns.example", id="DoT over IPv6"),
        pytest.param(f"{CLOUD_4}90", 443, "cloudflare-dns.com", id="DoH, by its name"),
        pytest.param(PUBLIC_4, 443, "innocent.example", id="DoH, by its address"),
        pytest.param(PUBLIC_6, 443, "innocent.example", id="DoH, by its IPv6 address"),
    ],
)
def test_dns_that_nobody_here_sees_reaches_nobody(
    stage: Stage, device: str, address: str, port: int, name: str
) -> None:
    stage.greet(device, address, port, name)
    assert name.encode() not in stage.far_end.arrived()
    stage.wait_for("encrypted-dns")
