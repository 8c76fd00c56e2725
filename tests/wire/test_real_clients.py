"""The first flight of real clients on loopback, whichever are installed."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest
from mitmproxy.proxy.layers.tls import parse_client_hello

from hushgate.wire.tls import Hello, decode_hello

NAME = "alexa.na.gateway.devices.a2z.com"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
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


def first_flight(listener: socket.socket, command: list[str]) -> tuple[bytes, Hello]:
    """Run a client against a server that never answers; gives what it sent up to its hello."""
    client = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    threading.Thread(target=client.wait, daemon=True).start()
    connection, _ = listener.accept()
    connection.settimeout(10)
    stream = b""
    with connection:
        while (hello := decode_hello(stream)) is None:
            piece = connection.recv(100)
            assert piece, "the client went away before its hello was complete"
            stream += piece
    client.kill()
    client.communicate()
    return stream, hello


@pytest.mark.parametrize(
    ("command", "sni", "alpn"),
    [
        pytest.param(curl, NAME, ("h2", "http/1.1"), id="curl"),
        pytest.param(openssl, NAME, ("h2",), id="openssl"),
        pytest.param(openssl_without_name, None, (), id="openssl without a name"),
        pytest.param(gnutls, NAME, (), id="gnutls-cli"),
    ],
)
def test_the_hello_of_a_real_client_is_read(
    listener: socket.socket,
    command: Callable[[int], list[str]],
    sni: str | None,
    alpn: tuple[str, ...],
) -> None:
    words = command(listener.getsockname()[1])
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    stream, hello = first_flight(listener, words)
    oracle = parse_client_hello(stream)
    assert oracle is not None
    assert (hello.sni, hello.alpn) == (sni, alpn)
    assert hello.sni == oracle.sni
    assert hello.ja4.startswith(f"t13{'d' if sni else 'i'}{len(oracle.cipher_suites):02}")
