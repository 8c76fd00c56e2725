"""Says when anybody changes nftables in this network namespace: the kernel's own announcements."""

import contextlib
import socket
from typing import Final

_NETFILTER: Final = 12
_SOL_NETLINK: Final = 270
_ADD_MEMBERSHIP: Final = 1
_CHANGES: Final = 7
"""Group NFNLGRP_NFTABLES of linux/netfilter/nfnetlink.h."""


def watch_changes() -> socket.socket:
    """Return a socket that is readable after a change, ours included.

    Raises:
        OSError: No right to listen.
    """
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _NETFILTER)
    try:
        sock.bind((0, 0))
        sock.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _CHANGES)
    except OSError:
        sock.close()
        raise
    return sock


def drain(sock: socket.socket) -> None:
    """Pass over the announcements; that there were some is all they are read for."""
    with contextlib.suppress(OSError):  # no more, or ENOBUFS: more changes than fit
        while sock.recv(1 << 16):
            pass
