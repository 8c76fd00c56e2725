"""A TLS hello that nobody answers: all that counts is that it was said."""

import contextlib
import socket
import ssl

from tests.home.network import Namespace


def greet(place: Namespace, name: str, address: str) -> None:
    """Say a hello for a name to an address."""
    with place.entered():
        sock = socket.socket()
    sock.settimeout(10.0)
    with contextlib.suppress(OSError), sock:
        sock.connect((address, 443))
        ssl.create_default_context().wrap_socket(sock, server_hostname=name)
