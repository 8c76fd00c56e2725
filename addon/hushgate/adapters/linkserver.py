"""The gate's end of the link: a Unix socket with one peer, the addon that came last."""

import selectors
import socket
from pathlib import Path

from hushgate.core.errors import UnavailableError, why
from hushgate.core.link import LINE_LIMIT


class LinkServer:
    """Takes lines from the addon and sends it lines; never waits for it."""

    def __init__(self, path: Path, selector: selectors.BaseSelector) -> None:
        self._path = path
        self._selector = selector
        self._listener = _listen(path)
        self._selector.register(self._listener, selectors.EVENT_READ, self.receive)
        self._peer: socket.socket | None = None
        self._buffer = b""
        self.arrivals = 0
        """How often an addon connected."""

    def receive(self, ready: socket.socket) -> bytes | None:
        """Attend to a ready socket; return the last whole line that came, if any.

        Each message is whole, so only the last one counts.
        """
        if ready is self._listener:
            self._accept()
            return None
        if ready is not self._peer:
            return None
        try:
            data = ready.recv(1 << 16)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self._buffer += data
        if not data or len(self._buffer) > LINE_LIMIT:
            self.drop_peer()
            return None
        *lines, self._buffer = self._buffer.split(b"\n")
        return lines[-1] if lines else None

    def send(self, line: bytes) -> bool:
        """Send a line; return whether it went out whole."""
        if self._peer is None:
            return False
        try:
            sent = self._peer.send(line)
        except BlockingIOError:
            return False  # the addon does not read; the next report says the same
        except OSError:
            sent = 0
        if sent < len(line):  # half a line would spoil all that follow
            self.drop_peer()
            return False
        return True

    def drop_peer(self) -> None:
        """Hang up."""
        if self._peer is not None:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._peer = None

    def close(self) -> None:
        """Hang up and remove the socket."""
        self.drop_peer()
        self._selector.unregister(self._listener)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self.drop_peer()  # the newer addon is the living one
        connection.setblocking(False)
        self._peer, self._buffer = connection, b""
        self.arrivals += 1
        self._selector.register(connection, selectors.EVENT_READ, self.receive)


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o660)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"no socket at {path}: {why(error)}") from error
    listener.listen(1)
    listener.setblocking(False)
    return listener
