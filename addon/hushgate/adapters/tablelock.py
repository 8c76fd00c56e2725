"""One gate per network namespace: an abstract Unix socket, which ends with its process."""

import contextlib
import socket
import struct
from typing import Final

from hushgate.core.errors import UnavailableError

_NAME: Final = "\0hushgate-gate"
_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group of unix(7)'s SO_PEERCRED."""


def take_lock() -> socket.socket:
    """Become the one gate of this network namespace, until the socket is closed.

    Raises:
        UnavailableError: Another gate is.
    """
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(_NAME)
        lock.listen(16)
        lock.setblocking(False)
    except OSError as error:
        lock.close()
        pid = find_holder()
        who = f"process {pid}" if pid else "its process could not be found out"
        raise UnavailableError(
            f"another hushgate holds the table here ({who}); stop that one first"
        ) from error
    return lock


def answer_probe(lock: socket.socket) -> None:
    """Let go of whoever asked; nobody could ask anymore once too many wait."""
    with contextlib.suppress(BlockingIOError):
        lock.accept()[0].close()


def find_holder() -> int | None:
    """Return the process that is the gate here, None if there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(_NAME)
            credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except OSError:
            return None
    pid: int = _CREDENTIALS.unpack(credentials)[0]
    return pid
