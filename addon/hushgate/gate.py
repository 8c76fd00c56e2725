"""The gate: owns the nftables table of this network namespace, and nothing else.

It outlives the addon. While the addon is away the table stays: the speakers' TCP and DNS end at a
closed port, and "voice allowed" runs out with its elements. Only the owner's stop takes the table
away; a crash, a kill and a restart leave it shut.
"""

import logging
import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from hushgate.adapters import nft
from hushgate.adapters.notify import Heartbeat, SupervisorGoneError
from hushgate.adapters.tablelock import take_lock
from hushgate.core.errors import UnavailableError
from hushgate.core.link import (
    LINE_LIMIT,
    SOCKET_NAME,
    GateState,
    LinkError,
    Snapshot,
    decode_snapshot,
    encode,
)
from hushgate.core.ruleset import QueueKind, render_open, render_speakers, render_table

_log = logging.getLogger(__name__)

BEAT: Final = 1.0
"""Seconds between signs of life, looks at the table and reports."""
OPEN_LIMIT: Final = 5.0
"""Longest time, in seconds, that "voice allowed" outlives the addon."""
SNAPSHOT_NAME: Final = "gate.json"


@dataclass(frozen=True, slots=True)
class GateOptions:
    """How the gate was started."""

    runtime_dir: Path
    stay_shut: bool
    """Leave the table in force when stopped."""
    heartbeat: int | None
    """Pipe of the supervisor."""


def run_gate(options: GateOptions) -> None:
    """Guard until stopped.

    Raises:
        UnavailableError: The table cannot be had: another gate holds it, or no right to it.
    """
    lock = take_lock()
    gate = Gate(options)
    try:
        gate.serve()
    finally:
        gate.close()
        lock.close()


class Gate:
    """Keeps the kernel's table as the last snapshot says."""

    def __init__(self, options: GateOptions) -> None:
        self._options = options
        self._heartbeat = Heartbeat(options.heartbeat)
        self._snapshot = _last_snapshot(options.runtime_dir / SNAPSHOT_NAME)
        self._reasserted = 0
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._listener = _listen(options.runtime_dir / SOCKET_NAME)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._peer: socket.socket | None = None
        self._buffer = b""

    def serve(self) -> None:
        """Put the table in force, then follow the addon until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._load_table()
        next_beat = time.monotonic()
        try:
            while not self._stopping:
                now = time.monotonic()
                if now >= next_beat:
                    next_beat = now + BEAT
                    self._beat()
                for key, _ in self._selector.select(max(next_beat - time.monotonic(), 0.0)):
                    self._accept() if key.fileobj is self._listener else self._receive()
        except SupervisorGoneError:
            _log.warning("supervisor is gone; stopping with the table shut")
            return
        if not self._options.stay_shut:
            nft.remove()

    def close(self) -> None:
        """Let go of sockets; the table is left as it is."""
        self._drop_peer()
        self._listener.close()
        self._selector.close()
        (self._options.runtime_dir / SOCKET_NAME).unlink(missing_ok=True)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _beat(self) -> None:
        counters = nft.read_counters()
        if counters is None:
            self._reasserted += 1
            _log.error("the table was taken away by somebody; putting it back")
            self._load_table()
            counters = {}
        self._heartbeat.beat()
        state = GateState(self._snapshot.revision, os.getpid(), self._reasserted, counters)
        self._send(encode(state))

    def _load_table(self) -> None:
        nft.apply(
            render_table(self._snapshot.speakers, self._snapshot.wiring, queue=QueueKind.NONE)
        )

    def _follow(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.wiring != before.wiring:
            self._load_table()
        document = render_open(
            {mac: min(left, OPEN_LIMIT) for mac, left in snapshot.open.items() if left > 0}
        )
        if set(snapshot.speakers) != set(before.speakers):
            document = render_speakers(snapshot.speakers) + document
        try:
            nft.apply(document)
        except UnavailableError:  # the table was taken away a moment ago
            self._load_table()
            nft.apply(document)
        if snapshot.revision != before.revision:
            _write_atomically(self._options.runtime_dir / SNAPSHOT_NAME, encode(snapshot))
            _log.info("in force revision=%d speakers=%d", snapshot.revision, len(snapshot.speakers))

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._drop_peer()  # the newer addon is the living one
        connection.setblocking(False)
        self._peer, self._buffer = connection, b""
        self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self) -> None:
        if self._peer is None:
            return
        try:
            data = self._peer.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._buffer += data
        if not data or len(self._buffer) > LINE_LIMIT:
            self._drop_peer()
            return
        *lines, self._buffer = self._buffer.split(b"\n")
        if not lines:
            return
        try:
            self._follow(decode_snapshot(lines[-1]))  # each is whole: only the last one counts
        except LinkError as error:
            _log.error("addon sent nonsense error=%s", error)
            self._drop_peer()

    def _send(self, line: bytes) -> None:
        if self._peer is None:
            return
        try:
            self._peer.send(line)
        except BlockingIOError:
            pass  # the addon does not read; the next report says the same
        except OSError:
            self._drop_peer()

    def _drop_peer(self) -> None:
        if self._peer is not None:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._peer = None


def _listen(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o660)
    listener.listen(1)
    listener.setblocking(False)
    return listener


def _last_snapshot(path: Path) -> Snapshot:
    """Return what was in force before a restart; voice is allowed to nobody in it."""
    try:
        last = decode_snapshot(path.read_bytes())
    except (FileNotFoundError, LinkError):
        return Snapshot(revision=0, speakers=())
    return Snapshot(revision=0, speakers=last.speakers, wiring=last.wiring)


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(path)
