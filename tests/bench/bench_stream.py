"""The stream plane against its peers: the same bytes through the same gateway, in turn.

Peers: mitmproxy itself, passing on what it is told to ignore; Squid that peeks at the hello and
splices; HAProxy that reads the server's name and passes on. Absent ones are said and left out.
Every proxy gets the connections by the same redirect; the kernel alone is measured beside them.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.adapters.test_layer import make_hello
from tests.bench.report import Result, compare
from tests.home.network import CLOUD_4, NEIGHBOR, Namespace, Network

ROUNDS = 5
SIZE = 200_000_000
CONNECTIONS = 400
AT_ONCE = 8
PORT = 4443
ADDRESS = f"{CLOUD_4}7"
START_LIMIT = 30.0
PROXY_PORT = 18443
REPLY = b"x" * 100
NAME = "avs-alexa-4-na.amazon.com"
HELLO = make_hello(NAME)
RECORD = b"\x17\x03\x03\x00\x01"
"""The header of a TLS record of one byte: a proxy that reads on behind the hello finds TLS."""
OPENING = len(HELLO + RECORD) + 1


class Rates(NamedTuple):
    """What one round measured."""

    upload: float
    """MB/s of one connection."""
    download: float
    connections: float
    """Connections a second, each with a hello and an answer."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy that can be put in the path."""

    name: str
    start: Callable[[Network, Path], subprocess.Popen[bytes] | None]


def measure() -> dict[str, Result]:
    """Run all that are there, in turn, several rounds."""
    results: dict[str, list[Rates]] = {}
    with home() as network, cloud(network), tempfile.TemporaryDirectory() as folder:
        peers = [peer for peer in PEERS if _is_there(peer, network, Path(folder))]
        for number in range(ROUNDS):
            for peer in peers:
                with _in_path(peer, network, Path(folder)):
                    results.setdefault(peer.name, []).append(_measure_once(network))
                print(f"   round {number + 1} {peer.name} {results[peer.name][-1]}", flush=True)
    ours = results.pop("hushgate")
    return {
        f"stream {what} against {name}": compare(
            [getattr(rates, what) for rates in ours],
            [getattr(rates, what) for rates in theirs],
            "1/s" if what == "connections" else "MB/s",
        )
        for name, theirs in results.items()
        for what in Rates._fields
    }


@contextlib.contextmanager
def home() -> Iterator[Network]:
    network = Network()
    try:
        yield network
    finally:
        network.close()


@contextlib.contextmanager
def cloud(network: Network) -> Iterator[None]:
    with network.cloud.entered():
        listener = socket.create_server(("0.0.0.0", PORT), backlog=512)
    threading.Thread(target=_serve, args=(listener,), daemon=True).start()
    yield
    listener.close()


def _serve(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_answer, args=(sock,), daemon=True).start()


def _answer(sock: socket.socket) -> None:
    """After the hello: `u` counts an upload, `d` sends a download, `i` listens until the other side
    closes, `c` answers and closes."""
    buffer = bytearray(1 << 18)
    with contextlib.suppress(OSError), sock:
        opening = sock.recv(OPENING, socket.MSG_WAITALL)
        match opening[len(HELLO + RECORD) :]:
            case b"u":
                left = SIZE
                while left and (got := sock.recv_into(buffer)):
                    left -= got
                sock.sendall(REPLY)
            case b"d":
                for _ in range(SIZE // len(buffer)):
                    sock.sendall(buffer)
                sock.shutdown(socket.SHUT_WR)
            case b"i":
                while sock.recv(1 << 16):
                    pass
            case b"c":
                sock.sendall(REPLY)


def _measure_once(network: Network) -> Rates:
    client = network.neighbor  # named as a speaker: the home's speakers send short segments only
    return Rates(_upload(client), _download(client), _connect_many(client))


def open_connection(client: Namespace, what: bytes) -> socket.socket:
    with client.entered():
        sock = socket.socket()
    sock.settimeout(60)
    sock.connect((ADDRESS, PORT))
    sock.sendall(HELLO + RECORD + what)
    return sock


def _upload(client: Namespace) -> float:
    block = bytes(1 << 18)
    with open_connection(client, b"u") as sock:
        start = time.monotonic()
        left = SIZE
        while left:
            piece = block[: min(left, len(block))]
            sock.sendall(piece)
            left -= len(piece)
        sock.recv(len(REPLY))
        return SIZE / (time.monotonic() - start) / 1e6


def _download(client: Namespace) -> float:
    buffer = bytearray(1 << 18)
    with open_connection(client, b"d") as sock:
        start, size = time.monotonic(), 0
        while got := sock.recv_into(buffer):
            size += got
        return size / (time.monotonic() - start) / 1e6


def _connect_many(client: Namespace) -> float:
    def work() -> None:
        for _ in range(CONNECTIONS // AT_ONCE):
            with open_connection(client, b"c") as sock:
                assert sock.recv(len(REPLY))

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CONNECTIONS / (time.monotonic() - start)


@contextlib.contextmanager
def _in_path(peer: Peer, network: Network, folder: Path) -> Iterator[None]:
    process = peer.start(network, folder)
    try:
        yield
    finally:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        network.gateway.run("nft", "table inet peer; delete table inet peer")


def _start(network: Network, *command: str, port: int = PROXY_PORT) -> subprocess.Popen[bytes]:
    """Start a proxy on the gateway, wait until it listens, and redirect the speaker to it."""
    process = subprocess.Popen(
        network.gateway.command(*command),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": tempfile.gettempdir()},
    )
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        with network.gateway.entered():
            probe = socket.socket()
        with probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    else:
        raise RuntimeError(f"{command[0]} did not start")
    return process


def _redirect(network: Network) -> None:
    rules = f"""
    table inet peer {{
      chain steer {{
        type nat hook prerouting priority dstnat;
        ether saddr {NEIGHBOR} tcp dport {PORT} redirect to :{PROXY_PORT}
      }}
    }}"""
    network.gateway.run("nft", "-f", "-", stdin=rules)


def _start_kernel(network: Network, folder: Path) -> None:
    return None


def start_hushgate(network: Network, folder: Path) -> subprocess.Popen[bytes]:
    config = folder / "hushgate.yaml"
    config.write_text(
        "schema_version: 1\nhouse:\n  zone: UTC\n  windows: [mon-sun 00:00-24:00]\n"
        f'speakers:\n  kitchen:\n    mac: "{NEIGHBOR}"\n'
    )
    places = ("--config", config, "--state-dir", folder / "state", "--runtime-dir", folder / "run")
    process = subprocess.Popen(
        network.gateway.command(sys.executable, "-m", "hushgate", "run", *map(str, places)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status = [sys.executable, "-m", "hushgate", "status", "--json", *map(str, places[4:])]
    deadline = time.monotonic() + START_LIMIT
    while subprocess.run(status, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError("hushgate did not start")
        time.sleep(0.2)
    return process


def _start_mitmproxy(network: Network, folder: Path) -> subprocess.Popen[bytes]:
    process = _start(
        network,
        str(Path(sys.executable).with_name("mitmdump")),
        *("-q", "--mode", f"transparent@{PROXY_PORT}", "--set", "ignore_hosts=.*"),
        *("--set", f"confdir={folder / 'mitmproxy'}", "--set", "block_global=false"),
    )
    _redirect(network)
    return process


def _start_haproxy(network: Network, folder: Path) -> subprocess.Popen[bytes]:
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""
        defaults
          mode tcp
          timeout connect 5s
          timeout client 1h
          timeout server 1h
        frontend speakers
          bind :{PROXY_PORT}
          tcp-request inspect-delay 5s
          tcp-request content accept if {{ req.ssl_hello_type 1 }}
          default_backend anywhere
        backend anywhere
          server cloud {ADDRESS}:{PORT}
        """.replace("\n        ", "\n")
    )
    process = _start(network, "haproxy", "-db", "-f", str(config))
    _redirect(network)
    return process


def _start_squid(network: Network, folder: Path) -> subprocess.Popen[bytes]:
    key, cert = folder / "squid.key", folder / "squid.pem"
    if not cert.exists():
        files = ("-keyout", str(key), "-out", str(cert))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=s", *files],
            check=True,
            capture_output=True,
        )
    for path in (folder, key, cert):
        path.chmod(0o755)  # Squid gives up root
    hosts = folder / "hosts"
    hosts.write_text(f"{ADDRESS} {NAME}\n")  # it asks whether the name in the hello fits
    config = folder / "squid.conf"
    config.write_text(
        f"""
        http_port 18080
        https_port {PROXY_PORT} intercept ssl-bump tls-cert={cert} tls-key={key}
        acl hello at_step SslBump1
        ssl_bump peek hello
        ssl_bump splice all
        http_access allow all
        host_verify_strict off
        sslcrtd_program /bin/false
        sslcrtd_children 1 startup=0 idle=0
        cache deny all
        access_log none
        cache_log /dev/null
        pid_filename none
        shutdown_lifetime 1 second
        hosts_file {hosts}
        """.replace("\n        ", "\n")
    )
    process = _start(network, "squid", "-N", "-f", str(config))
    _redirect(network)
    return process


PEERS = (
    Peer("hushgate", start_hushgate),
    Peer("kernel", _start_kernel),
    Peer("mitmproxy", _start_mitmproxy),
    Peer("haproxy", _start_haproxy),
    Peer("squid", _start_squid),
)


def _is_there(peer: Peer, network: Network, folder: Path) -> bool:
    """Whether a peer is installed, starts and passes a connection on; ours must."""
    if peer.name in ("haproxy", "squid") and shutil.which(peer.name) is None:
        print(f"   {peer.name} is absent; left out (apt install {peer.name})")
        return False
    try:
        with _in_path(peer, network, folder), open_connection(network.neighbor, b"c") as sock:
            if not sock.recv(len(REPLY)):
                raise RuntimeError("it passes nothing on")
            return True
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        if peer.name == "hushgate":
            raise
        print(f"   {peer.name} is left out: {error}")
        return False
