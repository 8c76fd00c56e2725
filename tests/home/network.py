"""The miniature home's wires: network namespaces, cables between them, addresses and routes.

    kitchen  bedroom  living-room  office  neighbor
        |       |          |         |      |     |
        +-------+-- br-lan +---------+------+     |
                  (gateway)                   (bare router)
                      |                           |
                      +--------- cloud -----------+

The bare router is the same router without hushgate: what the kernel alone does, for comparison.
Both masquerade IPv4 and track connections as a home router does; IPv6 is routed.

A namespace here has no name, only a file descriptor of this process: the kernel removes it, its
cables and its rules when the process is gone, however it went. So nothing can be left behind, and
any number of homes can stand side by side.
"""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SPEAKERS = {
    "kitchen": "fc:65:de:10:00:01",
    "bedroom": "4c:17:44:10:00:02",
    "living-room": "d4:90:9c:10:00:03",
    "office": "74:c2:46:10:00:04",
}
"""The speakers of config/hushgate.example.yaml."""

NEIGHBOR, NEIGHBOR_2 = "02:00:5e:10:00:20", "02:00:5e:10:00:21"
"""Hardware addresses of the neighbor's PC, no speaker: one to each router."""

CLOUD_4, CLOUD_6 = "203.0.113.", "2001:db8:c::"
"""The cloud answers on every address of these networks (RFC 5737 and RFC 3849)."""
BARE_4, BARE_6 = "192.0.2.", "2001:db8:d::"
"""And on these, which the neighbor reaches through the bare router."""

_PATIENCE = 60.0

_ROUTER_TABLE = f"""
table ip home {{
  chain nat {{ type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }}
}}
table inet home {{
  counter neighbor_at_programs {{ }}
  chain to_programs {{
    type filter hook input priority -400;
    ether saddr {{ {NEIGHBOR}, {NEIGHBOR_2} }} meta l4proto {{ tcp, udp }} \\
      counter name neighbor_at_programs
  }}
  chain incoming {{
    type filter hook forward priority filter;
    iifname "wan0" ct state != {{ established, related }} drop
  }}
}}
"""


class Namespace:
    """A network namespace of its own, as long as this object lives."""

    def __init__(self, name: str, fd: int | None = None) -> None:
        """Make one, unless the descriptor of one that is there is given."""
        self.name = name
        self.fd = _new_namespace() if fd is None else fd
        self.run("ip", "link", "set", "lo", "up")
        for scope in ("all", "default"):
            # No neighbor can have our addresses; the check would cost the first second.
            self.set_sysctl(f"net.ipv6.conf.{scope}.accept_dad", 0)

    @property
    def path(self) -> str:
        """A path that `ip link ... netns PATH` understands while this process lives."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread work inside; sockets made here stay here."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.setns(self.fd, os.CLONE_NEWNET)
            yield
        finally:
            os.setns(outside, os.CLONE_NEWNET)
            os.close(outside)

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs a program inside; it dies with this process."""
        return ["nsenter", f"--net={self.path}", "setpriv", "--pdeathsig", "TERM", "--", *words]

    def run(self, *words: str, stdin: str | None = None) -> str:
        """Run a program inside and return what it printed; raises RuntimeError if it failed."""
        done = subprocess.run(
            self.command(*words), input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def configure(self, *lines: str) -> None:
        """Give `ip` several lines at once."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def set_sysctl(self, name: str, value: int) -> None:
        """Set a kernel parameter of the namespace."""
        with self.entered():
            Path("/proc/sys", *name.split(".")).write_text(str(value), encoding="ascii")

    def close(self) -> None:
        """Let the kernel remove the namespace once nothing runs in it."""
        os.close(self.fd)


def _new_namespace() -> int:
    """Have a short-lived thread make a namespace; a descriptor keeps it alive."""
    made: list[int | OSError] = []

    def make() -> None:
        try:
            os.unshare(os.CLONE_NEWNET)
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


@dataclass(frozen=True, slots=True)
class Lan:
    """Numbers of one router: its LAN and its line to the cloud."""

    lan4: str
    lan6: str
    wan: int
    """Last part of the router's address on its line: .WAN to the cloud's .WAN+1."""

    @property
    def wan4(self) -> str:
        return f"198.51.100.{self.wan}"

    @property
    def wan6(self) -> str:
        return f"2001:db8:f{self.wan}::1"


GATEWAY = Lan("192.168.77.", "2001:db8:77::", 4)
BARE = Lan("192.168.78.", "2001:db8:78::", 8)


class Network:
    """All namespaces of one home, joined and addressed."""

    def __init__(self, gateway: Namespace | None = None) -> None:
        self.cloud = Namespace("cloud")
        self.gateway = gateway or Namespace("gateway")
        self.bare = Namespace("bare")
        self.neighbor = Namespace("neighbor")
        self.speakers = {name: Namespace(name) for name in SPEAKERS}
        for prefix4, prefix6 in ((CLOUD_4, CLOUD_6), (BARE_4, BARE_6)):
            self.cloud.configure(
                f"route add local {prefix4}0/24 dev lo", f"route add local {prefix6}/64 dev lo"
            )
        for router, lan in ((self.gateway, GATEWAY), (self.bare, BARE)):
            self._wire_router(router, lan)
        for number, (name, mac) in enumerate(SPEAKERS.items(), start=11):
            speaker = self.speakers[name]
            self._plug_in(self.gateway, GATEWAY, speaker, "eth0", mac, number)
            # A real speaker's segments are no longer than its cable allows.
            speaker.configure("link set eth0 gso_max_segs 1", *_default_routes(GATEWAY))
        self._plug_in(self.gateway, GATEWAY, self.neighbor, "eth0", NEIGHBOR, 20)
        self._plug_in(self.bare, BARE, self.neighbor, "eth1", NEIGHBOR_2, 20)
        self.neighbor.configure(
            *_default_routes(GATEWAY),
            f"route add {BARE_4}0/24 via {BARE.lan4}1",
            f"route add {BARE_6}/64 via {BARE.lan6}1",
        )
        for speaker in self.speakers.values():
            _wait_for_path(speaker, CLOUD_4, CLOUD_6)
        _wait_for_path(self.neighbor, CLOUD_4, CLOUD_6, BARE_4, BARE_6)

    def _wire_router(self, router: Namespace, lan: Lan) -> None:
        link, peer4, peer6 = f"wan{lan.wan}", f"198.51.100.{lan.wan + 1}", f"{lan.wan6[:-1]}2"
        router.configure(
            "link add br-lan type bridge",
            f"addr add {lan.lan4}1/24 dev br-lan",
            f"addr add {lan.lan6}1/64 dev br-lan nodad",
            "link set br-lan up",
            f"link add wan0 type veth peer name {link} netns {self.cloud.path}",
            f"addr add {lan.wan4}/31 dev wan0",
            f"addr add {lan.wan6}/64 dev wan0 nodad",
            "link set wan0 up",
        )
        self.cloud.configure(
            f"addr add {peer4}/31 dev {link}",
            f"addr add {peer6}/64 dev {link} nodad",
            f"link set {link} up",
            f"route add {lan.lan6}/64 via {lan.wan6}",
        )
        router.configure(f"route add default via {peer4}", f"route add default via {peer6}")
        router.set_sysctl("net.ipv4.ip_forward", 1)
        router.set_sysctl("net.ipv6.conf.all.forwarding", 1)
        router.run("nft", "-f", "-", stdin=_ROUTER_TABLE)

    def _plug_in(
        self, router: Namespace, lan: Lan, host: Namespace, interface: str, mac: str, number: int
    ) -> None:
        port = f"port{number}"
        router.configure(
            f"link add {port} type veth peer name {interface} address {mac} netns {host.path}",
            f"link set {port} master br-lan up",
        )
        host.configure(
            f"addr add {lan.lan4}{number}/24 dev {interface}",
            f"addr add {lan.lan6}{number}/64 dev {interface} nodad",
            f"link set {interface} up",
        )

    def close(self) -> None:
        """Take the home down."""
        places: Sequence[Namespace] = (
            *self.speakers.values(), self.neighbor, self.bare, self.gateway, self.cloud
        )  # fmt: skip
        for place in places:
            place.close()


def _wait_for_path(host: Namespace, *prefixes: str) -> None:
    """Wait until the cloud answers; its refusal of a closed port is an answer.

    A fresh cable loses packets until the kernel has noticed its carrier; the retransmission a
    second later would spoil a time or a test.
    """
    deadline = time.monotonic() + _PATIENCE
    for prefix in prefixes:
        while not _answers(host, f"{prefix}1"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{host.name}: no path to {prefix}1")
            time.sleep(0.01)


def _answers(host: Namespace, address: str) -> bool:
    with host.entered():
        probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    with probe:
        probe.settimeout(0.1)
        try:
            probe.connect((address, 9))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    raise RuntimeError(f"{address} has an open port 9")


def _default_routes(lan: Lan) -> tuple[str, str]:
    return f"route add default via {lan.lan4}1", f"route add default via {lan.lan6}1"
