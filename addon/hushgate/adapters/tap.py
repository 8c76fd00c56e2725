"""Copies of frames of the LAN, for identification: a packet socket with a filter in the kernel.

In: nothing. Out: frames of the kinds that core.copyfilter names. Rules:

- The socket is opened before rights are given up (it takes CAP_NET_RAW); it needs none later.
- Nobody waits for it: what does not fit its buffer is dropped by the kernel and counted.
- Interfaces come and go, so it listens on all and the filter picks those that face the home.
"""

import contextlib
import ctypes
import json
import socket
import struct
import subprocess
from typing import Any, Final

from hushgate.core.copyfilter import COPY, render_filter
from hushgate.core.errors import UnavailableError

BUFFER: Final = 1 << 20
_ALL_PROTOCOLS: Final = 0x0003
_ATTACH_FILTER: Final = 26
_SOL_PACKET, _STATISTICS, _IGNORE_OUTGOING = 263, 6, 23


class Tap:
    """Reads copies; see `fileno` for when."""

    def __init__(self) -> None:
        """Open the socket.

        Raises:
            UnavailableError: No right to, or no such sockets in this kernel.
        """
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
        try:
            self.socket = socket.socket(socket.AF_PACKET, kind, socket.htons(_ALL_PROTOCOLS))
        except OSError as error:
            raise UnavailableError(
                f"frames of the LAN cannot be copied ({error.strerror}); this needs CAP_NET_RAW"
            ) from error
        self.lost = 0
        """Copies that did not fit the buffer, or were not wanted."""
        self._watched: frozenset[int] | None = None
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        with contextlib.suppress(OSError):  # before Linux 4.20: our own frames are seen too
            self.socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        self.find_interfaces()
        while self.read() is not None:
            pass  # what came before the filter was there

    def read(self) -> bytes | None:
        """Return the next copy; None: there is none now."""
        try:
            return self.socket.recv(COPY)
        except OSError:  # nothing there, or an interface went down
            return None

    def count_lost(self) -> int:
        """Return how many copies were lost so far."""
        counts = self.socket.getsockopt(_SOL_PACKET, _STATISTICS, 8)
        self.lost += struct.unpack("=II", counts)[1]
        return self.lost

    def find_interfaces(self) -> None:
        """Look which interfaces face the home now."""
        try:
            found = home_interfaces(_ip("-details", "link"), _ip("-4", "route"), _ip("-6", "route"))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            found = []
        if not found and self._watched is not None:
            return  # what was so a moment ago is the best guess
        watched = frozenset(found)
        if watched != self._watched:
            self._watched = watched
            self._attach(render_filter(watched))

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()

    def _attach(self, program: bytes) -> None:
        buffer = ctypes.create_string_buffer(program)
        count = len(program) // 8
        self.socket.setsockopt(
            socket.SOL_SOCKET,
            _ATTACH_FILTER,
            struct.pack("HL", count, ctypes.addressof(buffer)),
        )


def home_interfaces(links: list[dict[str, Any]], *routes: list[dict[str, Any]]) -> list[int]:
    """Choose where speakers may be: Ethernet, its ports in place of a bridge, not towards Internet.

    Several ways out count all, and the cable below a VLAN that is one. A gateway with one leg has
    nothing else: then that leg is chosen.
    """
    masters = {link["master"] for link in links if "master" in link}
    ways_out = [row for rows in routes for row in rows if row.get("dst") == "default"]
    outside = {hop.get("dev") for row in ways_out for hop in (row, *row.get("nexthops", ()))}
    outside |= {
        link.get("link")
        for link in links
        if link["ifname"] in outside and link.get("linkinfo", {}).get("info_kind") == "vlan"
    }
    outside -= {None}
    ethernet = [
        link for link in links if link.get("link_type") == "ether" and link["ifname"] not in masters
    ]
    inside = [
        link
        for link in ethernet
        if link["ifname"] not in outside and link.get("master") not in outside
    ]
    return [link["ifindex"] for link in inside or ethernet]


def _ip(*words: str) -> list[dict[str, Any]]:
    """Ask the ip program, briefly: the gate waits."""
    done = subprocess.run(
        ["ip", "-json", *words, "show"], capture_output=True, timeout=1.0, check=False
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return rows
