"""Asks a dnsmasq of our own, on loopback, which names a configuration blocks."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.ports import serving

PASSED = "203.0.113.1"
"""What the server behind dnsmasq answers to every question."""


def blocked_by_dnsmasq(config: str, names: list[str], folder: Path) -> dict[str, bool]:
    """Whether dnsmasq keeps each name from the server behind it."""

    def command(port: int) -> list[str]:
        path = folder / "dnsmasq.conf"
        path.write_text(
            f"{config}\nport={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\n"
            f"no-hosts\nserver=127.0.0.1#{upstream}\ncache-size=0\npid-file=\nuser=\ngroup=\n"
        )
        return ["dnsmasq", "--keep-in-foreground", f"--conf-file={path}"]

    with _upstream() as upstream, serving(command, _answers, folder / "dnsmasq.log") as server:
        return {name: not _passes(name, server.port) for name in names}


def _passes(name: str, port: int) -> bool:
    question = dns.message.make_query(name, "A")
    answer = dns.query.udp(question, "127.0.0.1", timeout=30, port=port)
    return any(PASSED in rrset.to_text() for rrset in answer.answer)


def _answers(port: int) -> bool:
    try:
        dns.query.udp(dns.message.make_query("up.test", "A"), "127.0.0.1", 0.5, port)
    except (OSError, dns.exception.DNSException):
        return False
    return True


@contextlib.contextmanager
def _upstream() -> Iterator[int]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    port: int = server.getsockname()[1]
    try:
        yield port
    finally:
        # An empty datagram ends the thread: closing alone would leave it waiting.
        server.sendto(b"", server.getsockname())
        thread.join(5)
        server.close()


def _serve(server: socket.socket) -> None:
    while True:
        data, client = server.recvfrom(4096)
        if not data:
            return
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        name = question.question[0].name
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", PASSED))
        server.sendto(answer.to_wire(), client)
