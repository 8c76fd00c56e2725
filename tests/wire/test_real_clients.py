"""The first flight of real clients on loopback, whichever are installed."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mitmproxy.proxy.layers.tls import parse_client_hello
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

from hushgate.wire.quic import InitialReader
from hushgate.wire.tls import Hello, decode_hello

NAME = "alexa.na.gateway.devices.a2z.com"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def curl(port: int) -> list[str]:
    where = f"{NAME}:{port}:127.0.0.1"
    return ["curl", "-sk", "--max-time", "10", "--resolve", where, f"https://{NAME}:{port}/"]


def openssl(port: int) -> list[str]:
    return [
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{port}",
        "-servername",
        NAME,
        "-alpn",
        "h2",
    ]


def openssl_without_name(port: int) -> list[str]:
    return ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-noservername"]


def gnutls(port: int) -> list[str]:
    return ["gnutls-cli", "--insecure", "-p", str(port), "--sni-hostname", NAME, "127.0.0.1"]


def imitation(of: str) -> Callable[[int], list[str]]:
    """curl_cffi, which sends the hello of a browser."""

    def command(port: int) -> list[str]:
        where = f"{NAME}:{port}:127.0.0.1"
        return [sys.executable, "-c", _IMITATION, of, "", where, f"https://{NAME}:{port}/"]

    return command


_IMITATION = """
import sys
from curl_cffi import CurlOpt, requests
of, version, where, url = sys.argv[1:]
requests.get(url, impersonate=of, verify=False, http_version=version or None, timeout=10,
    curl_options={CurlOpt.RESOLVE: [where]})
"""


def chromium(port: int, profile: Path) -> list[str]:
    """Headless, with a profile of its own, and asked to use QUIC at once for our name."""
    return [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"),
        *("--disable-background-networking", "--no-first-run"),
        f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{port}",
        f"--origin-to-force-quic-on={NAME}:443",
        f"https://{NAME}/",
    ]


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[None]:
    """A program in a group of its own, which is ended as a whole."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def first_flight(listener: socket.socket, command: list[str]) -> tuple[bytes, Hello]:
    """Run a client against a server that never answers; gives what it sent up to its hello.

    A browser may open a connection and think better of it: then the next one counts.
    """
    with running(command):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(60)
                stream = b""
                while piece := connection.recv(100):
                    stream += piece
                    if (hello := decode_hello(stream)) is not None:
                        return stream, hello


def test_the_hello_of_chromium_over_tcp_is_read(listener: socket.socket, tmp_path: Path) -> None:
    command = chromium(listener.getsockname()[1], tmp_path)
    _, hello = first_flight(listener, [word for word in command if "quic" not in word])
    assert (hello.sni, hello.alpn[:1], hello.ech) == (NAME, ("h2",), True)
    assert hello.ja4.startswith("t13d15")


def test_the_hello_of_chromium_over_quic_is_read(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        reader = InitialReader()
        with running(chromium(server.getsockname()[1], tmp_path)):
            while (hello := reader.feed(server.recv(4096))) is None:
                pass
    assert (hello.sni, hello.alpn) == (NAME, ("h3",))
    assert hello.ja4.startswith("q13d03")


@pytest.mark.parametrize(
    ("command", "sni", "alpn"),
    [
        pytest.param(curl, NAME, ("h2", "http/1.1"), id="curl"),
        pytest.param(openssl, NAME, ("h2",), id="openssl"),
        pytest.param(openssl_without_name, None, (), id="openssl without a name"),
        pytest.param(gnutls, NAME, (), id="gnutls-cli"),
        pytest.param(imitation("chrome"), NAME, ("h2", "http/1.1"), id="Chrome, imitated"),
        pytest.param(imitation("safari"), NAME, ("h2", "http/1.1"), id="Safari, imitated"),
        pytest.param(imitation("firefox"), NAME, ("h2", "http/1.1"), id="Firefox, imitated"),
    ],
)
def test_the_hello_of_a_real_client_is_read(
    listener: socket.socket,
    command: Callable[[int], list[str]],
    sni: str | None,
    alpn: tuple[str, ...],
    tmp_path: Path,
) -> None:
    words = command(listener.getsockname()[1])
    stream, hello = first_flight(listener, words)
    oracle = parse_client_hello(stream)
    assert oracle is not None
    assert (hello.sni, hello.alpn) == (sni, alpn)
    assert hello.sni == oracle.sni
    suites = [suite for suite in oracle.cipher_suites if suite & 0x0F0F != 0x0A0A]  # GREASE
    assert hello.ja4.startswith(f"t13{'d' if sni else 'i'}{len(suites):02}")
    assert read_by_tshark(stream, tmp_path) in (None, (sni or "", ",".join(alpn)))


def read_by_tshark(stream: bytes, folder: Path) -> tuple[str, ...] | None:
    """Return name and protocols as tshark reads them; None where it is not installed."""
    if shutil.which("tshark") is None:
        return None
    wrpcap(
        str(folder / "hello.pcap"),
        Ether() / IP() / TCP(sport=50_000, dport=443, flags="PA") / Raw(stream),
    )
    fields = ("tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str")
    command = ["tshark", "-r", str(folder / "hello.pcap"), "-T", "fields"]
    run = subprocess.run(
        [*command, *(word for field in fields for word in ("-e", field))],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(run.stdout.rstrip("\n").split("\t"))


@pytest.mark.parametrize("of", ["chrome", "safari", "firefox"])
def test_the_hello_of_an_imitated_browser_over_quic_is_read(of: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        words = imitation(of)(server.getsockname()[1])
        words[words.index("")] = "v3only"
        reader = InitialReader()
        with running(words):
            while (hello := reader.feed(server.recv(4096))) is None:
                pass
    assert (hello.sni, hello.alpn) == (NAME, ("h3",))
