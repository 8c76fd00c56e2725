"""Signs of life to whoever started this process: a pipe of the supervisor, or systemd.

The first sign says "ready". A supervisor that is gone is noticed by the broken pipe.
"""

import contextlib
import os
import socket


class SupervisorGoneError(Exception):
    """Whoever started this process is gone."""


class Heartbeat:
    """Tells the starter that this process works."""

    def __init__(self, pipe: int | None) -> None:
        self._pipe = pipe
        self._told_systemd = False

    def beat(self) -> None:
        """Give a sign of life.

        Raises:
            SupervisorGoneError: Nobody reads the pipe anymore.
        """
        if self._pipe is not None:
            try:
                os.write(self._pipe, b".")
            except BrokenPipeError as error:
                raise SupervisorGoneError from error
            return  # the supervisor is who speaks to systemd
        tell_systemd("WATCHDOG=1" if self._told_systemd else "READY=1")
        self._told_systemd = True


def tell_systemd(state: str) -> None:
    """Send one state to systemd (sd_notify(3)), if it started us; never wait for it or fail."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    target = "\0" + address[1:] if address[0] == "@" else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.sendto(state.encode(), target)
