"""A server in the cloud that swallows what it is sent, or plays music for ever."""

import contextlib
import socket
import threading
import time

from tests.home.network import Namespace


class CloudSide:
    """Listens on port 443 of every address of the cloud, over IPv4 and IPv6."""

    def __init__(self, cloud: Namespace) -> None:
        self._sockets: list[socket.socket] = []
        with cloud.entered():
            for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                listener = socket.socket(family, socket.SOCK_STREAM)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((address, 443))
                listener.listen(64)
                self._sockets.append(listener)
                threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if connection.recv(16).startswith(b"music"):
                while True:
                    connection.sendall(bytes(16_000))
                    time.sleep(0.05)
            while connection.recv(1 << 16):
                pass

    def close(self) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class Trickle:
    """The neighbor's numbered datagrams: one each 10 ms, until stopped."""

    def __init__(self, neighbor: Namespace, target: str) -> None:
        self.sent = 0
        self._stop = threading.Event()
        with neighbor.entered():
            family = socket.AF_INET6 if ":" in target else socket.AF_INET
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.connect((target, 47_000))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.send(self.datagram(self.sent))
                self.sent += 1

    @staticmethod
    def datagram(number: int) -> bytes:
        """Return the content of one."""
        return b"neighbor %08d." % number

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()
