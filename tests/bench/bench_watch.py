"""What the watch over the LAN costs everybody else: two ways to get copies, and none.

The sender's processor time a packet, since a packet through these wires is forwarded in the
sender's own call: a packet socket with our filter, and nftables rules that log to a group.
"""

import socket
import time
from contextlib import closing

from hushgate.adapters.tap import Tap
from tests.bench.report import Result, compare
from tests.home.network import CLOUD_4, Namespace, Network

ROUNDS = 6
PACKETS = 150_000
SINK = (f"{CLOUD_4}50", 7000)
LOG = """
table inet watch {
  chain see {
    type filter hook prerouting priority -350; policy accept;
    udp dport { 53, 67, 68, 1900, 5353 } limit rate 50/second log group 7
    udp sport { 1900, 5353 } limit rate 50/second log group 7
    tcp dport 443 @ih,0,16 0x1603 limit rate 50/second log group 7
    udp dport 443 @th,64,3 6 limit rate 50/second log group 7
  }
}
"""


def measure() -> dict[str, Result]:
    """Measure all three in turns."""
    home = Network()
    try:
        with home.cloud.entered():
            sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with home.neighbor.entered():
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sink, sender:
            sink.bind(SINK)
            sender.connect(SINK)
            return _measure(home.gateway, sender)
    finally:
        home.close()


def _measure(gateway: Namespace, sender: socket.socket) -> dict[str, Result]:
    bare, tapped, logged = [], [], []
    for _ in range(ROUNDS):
        bare.append(_cost(sender))
        with gateway.entered():
            tap = Tap()
        with closing(tap):
            tapped.append(_cost(sender))
        gateway.run("nft", "-f", "-", stdin=LOG)
        logged.append(_cost(sender))
        gateway.run("nft", "delete", "table", "inet", "watch")
    return {
        "watch.packet_socket": compare(tapped, bare, "us/packet"),
        "watch.log_group": compare(logged, bare, "us/packet"),
    }


def _cost(sender: socket.socket) -> float:
    """Send; return microseconds of processor time a packet."""
    payload = bytes(18)
    began = time.process_time()
    for _ in range(PACKETS):
        sender.send(payload)
    return (time.process_time() - began) / PACKETS * 1e6
