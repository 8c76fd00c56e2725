"""What the kernel says it has sent on a TCP connection (linux/tcp.h, struct tcp_info)."""

import socket
import struct
from typing import Final

_SENT: Final = struct.Struct("=QQ")
_SENT_AT: Final = 200
"""Offset of tcpi_bytes_sent, which tcpi_bytes_retrans follows; since Linux 4.19."""


def bytes_sent(sock: socket.socket) -> int | None:
    """Return the payload bytes sent, each counted once; None if the kernel does not say."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SENT_AT + _SENT.size)
    except OSError:
        return None
    if len(info) < _SENT_AT + _SENT.size:
        return None
    sent, again = _SENT.unpack_from(info, _SENT_AT)
    return int(sent - again)
