"""The gate: owns the nftables table and the packet queue of this network namespace.

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
from collections import deque
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Final

from hushgate.adapters import nft, nftwatch
from hushgate.adapters.bridgecalls import BridgeCalls
from hushgate.adapters.lanwatch import LanWatch
from hushgate.adapters.linkserver import LinkServer
from hushgate.adapters.nfqueue import LENGTH, PacketQueue, QueueState, read_queue
from hushgate.adapters.notify import Heartbeat, SupervisorGoneError
from hushgate.adapters.table import KernelTable
from hushgate.adapters.tablelock import answer_probe, take_lock
from hushgate.adapters.tap import Tap
from hushgate.core.errors import UnavailableError
from hushgate.core.link import (
    SOCKET_NAME,
    GateState,
    LinkError,
    Snapshot,
    decode_snapshot,
    encode,
)
from hushgate.core.model import Instant, Mac
from hushgate.core.packets import Answer, PacketJudge, UdpKey, catalogue_of, packed
from hushgate.core.rehearsal import blanked
from hushgate.core.settings import Cause
from hushgate.core.udpflows import FlowId, FlowLog, Note, UdpFlow
from hushgate.core.wiring import QueueKind

_log = logging.getLogger(__name__)

BEAT: Final = 1.0
"""Seconds between signs of life."""
LOOK: Final = 2.0
"""Longest time, in seconds, between looks at the table; the kernel says when it was changed."""
SOONEST: Final = 0.2
"""Shortest time, in seconds, between two looks, however often it is changed."""
OPEN_LIMIT: Final = 5.0
"""Longest time, in seconds, that "voice allowed" outlives the addon, and this process."""
SNAPSHOT_NAME: Final = "gate.json"
MOVED_SHOWN: Final = 5
"""Addresses that changed hands and are spoken of; a home has fewer."""
ROWS: Final = 100
"""Flows in one report; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class GateOptions:
    """How the gate was started."""

    runtime_dir: Path
    stay_shut: bool
    """Leave the table in force when stopped."""
    heartbeat: int | None
    """Pipe of the supervisor."""
    tap: Tap | None = None
    """Copies of frames of the LAN; None: they cannot be had."""
    blind: str | None = None
    """Why there is no tap."""
    failed: int = 0
    """How often gates before this one died or hung."""
    rehearsal: Cause | None = None
    """The failure that the owner rehearses."""


def run_gate(options: GateOptions) -> None:
    """Guard until stopped.

    Raises:
        UnavailableError: The table cannot be had: another gate holds it, or no right to it.
    """
    lock = take_lock()
    gate = Gate(options, lock)
    try:
        gate.serve()
    finally:
        gate.close()
        lock.close()


class Gate:
    """Keeps the kernel's table as the last snapshot says, and answers for packets."""

    def __init__(self, options: GateOptions, lock: socket.socket) -> None:
        self._options = options
        self._lock = lock
        self._heartbeat = Heartbeat(options.heartbeat)
        self._snapshot = _last_snapshot(options.runtime_dir / SNAPSHOT_NAME)
        self._since = _now()
        """When the snapshot came."""
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(lock, selectors.EVENT_READ)
        self._link = LinkServer(options.runtime_dir / SOCKET_NAME, self._selector)
        self._table = KernelTable()
        self._bridge = BridgeCalls()
        self._changes: socket.socket | None = None
        self._judge = PacketJudge(catalogue_of(self._snapshot.roles))
        self._judge.listed = packed(self._snapshot.listed)
        self._queue: PacketQueue | None = None
        self._queue_error: str | None = None
        self._flow_log = FlowLog()
        self._flows: deque[UdpFlow] = deque(maxlen=1000)
        """To be reported; the oldest are lost if nobody asks for long."""
        self._moved: tuple[tuple[Mac, str], ...] = ()
        self._watch = LanWatch(options.tap, options.blind, self._selector, self._since)
        self._arrivals = 0
        """Addons that were told of the LAN."""
        self._next_beat = self._next_look = self._last_look = self._since

    def serve(self) -> None:
        """Put the table in force, then follow the addon until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # meant for the addon, or a terminal is gone
        self._table.load(self._snapshot, {})
        self._changes = nftwatch.watch_changes()
        self._selector.register(self._changes, selectors.EVENT_READ)
        try:
            while not self._stopping:
                now = _now()
                if now >= self._next_beat:
                    self._beat(now)
                if now >= self._next_look:
                    self._look(now)
                due = min(self._next_beat, self._next_look) - _now()
                for key, _ in self._selector.select(max(due, 0.0)):
                    self._attend(key.fileobj)
        except SupervisorGoneError:
            _log.warning("supervisor is gone; stopping with the table shut")
            return
        if not self._options.stay_shut:
            nft.remove()

    def close(self) -> None:
        """Let go of sockets and of the queue; the table is left as it is."""
        if self._queue is not None:
            self._queue.close()
        if self._changes is not None:
            self._changes.close()
        self._link.close()
        self._watch.close()
        self._selector.close()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _attend(self, ready: object) -> None:
        if not isinstance(ready, socket.socket):
            return
        if ready is self._changes:
            nftwatch.drain(ready)
            soon = Instant(max(_now(), self._last_look + SOONEST))
            self._next_look = min(self._next_look, soon)
            return
        if self._watch.is_tap(ready):
            self._watch.attend(_now())
            return
        if ready is self._lock:
            answer_probe(ready)
            return
        line = self._link.receive(ready)
        if line is None:
            return
        try:
            self._follow(decode_snapshot(line))
        except LinkError as error:
            _log.error("addon sent nonsense error=%s", error)
            self._link.drop_peer()

    def _follow(self, snapshot: Snapshot) -> None:
        before, self._snapshot, self._since = self._snapshot, snapshot, _now()
        self._table.update(before, snapshot, self._open_for(self._since))
        if snapshot.roles != before.roles:
            self._judge.catalogue = catalogue_of(snapshot.roles)
        if snapshot.listed != before.listed:
            self._judge.listed = packed(snapshot.listed)
        if snapshot.wiring != before.wiring and self._queue is not None:
            self._queue.close()
            self._queue = None
        # An addon that was started anew counts anew, and waits for a word.
        if snapshot.revision != before.revision or self._link.arrivals != self._arrivals:
            _write_atomically(self._options.runtime_dir / SNAPSHOT_NAME, encode(snapshot))
            _log.info("in force revision=%d speakers=%d", snapshot.revision, len(snapshot.speakers))
            self._report()

    def _open_for(self, now: Instant) -> dict[str, float]:
        """Return for how long each speaker's voice is still allowed, unless the addon says more."""
        elapsed = now - self._since
        left = {
            party: min(seconds, OPEN_LIMIT) - elapsed
            for party, seconds in self._snapshot.open.items()
        }
        return {party: seconds for party, seconds in left.items() if seconds > 0}

    def _beat(self, now: Instant) -> None:
        self._next_beat = Instant(now + BEAT)
        if self._queue is not None and not self._queue.is_alive:
            raise UnavailableError("the packet queue's thread ended; starting anew")
        if self._queue is None and self._table.queue is not QueueKind.NONE:
            self._listen_to_queue()
        self._watch.beat(now)
        self._heartbeat.beat()

    def _listen_to_queue(self) -> None:
        length = 0 if self._options.rehearsal is Cause.QUEUE_FULL else LENGTH
        try:
            self._queue = PacketQueue(self._snapshot.wiring, self._answer, length=length)
        except UnavailableError as error:
            if self._queue_error is None:
                _log.error("QUIC and calls are refused, also while voice is allowed: %s", error)
            self._queue_error = str(error)
        else:
            self._queue_error = None

    def _answer(self, packet: bytes, sender: bytes) -> Answer:
        """Judge a packet; on the queue's thread."""
        if self._options.rehearsal is Cause.UNDECODABLE:
            packet = blanked(packet)
        return self._judge.judge(packet, _now(), sender).answer

    def _look(self, now: Instant) -> None:
        self._last_look, self._next_look = now, Instant(now + LOOK)
        self._bridge.restore()
        reading = self._table.look(self._snapshot, self._open_for(now))
        if reading is not None:
            self._flows.extend(self._flow_log.take(reading.flows, now, self._note_of))
            self._moved = reading.moved
            if self._flow_log.to_end:
                self._table.end(self._flow_log.to_end)
                self._flow_log.to_end.clear()
        self._report()

    def _note_of(self, flow: FlowId) -> Note | None:
        client, server = ip_address(flow.client).packed, ip_address(flow.server).packed
        return self._judge.note_of(UdpKey(client, flow.client_port, server, flow.server_port))

    def _report(self) -> None:
        if self._link.arrivals != self._arrivals:
            self._arrivals = self._link.arrivals
            self._watch.tell_again(_now())
        counters, sent = self._table.totals()
        rows, facts = tuple(self._flows)[:ROWS], self._watch.report()
        queue = read_queue(self._snapshot.wiring.queue_number)
        state = GateState(
            revision=self._snapshot.revision,
            pid=os.getpid(),
            reasserted=self._table.reasserted + self._bridge.restored,
            counters={**counters, **self._count_queue(queue)},
            sent=sent,
            flows=rows,
            moved=self._moved,
            queue=self._table.queue,
            problems=tuple(self._problems()),
            facts=facts,
            waiting=queue.waiting if queue is not None else 0,
            failed=self._options.failed,
            watch=self._watch.state(),
        )
        if self._link.send(encode(state)):
            for _ in rows:
                self._flows.popleft()
        else:
            self._watch.keep(facts)

    def _count_queue(self, state: QueueState | None) -> dict[str, int]:
        counts = {f"judged_{why}": count for why, count in self._judge.counts.items()}
        if self._queue is not None:
            counts["queue_failures"] = self._queue.failures
        if state is not None:
            counts |= {"queue_full": state.full, "queue_lost": state.lost}
        return counts

    def _problems(self) -> list[str]:
        problems = []
        if self._table.queue is QueueKind.NONE:
            problems.append(
                "this kernel hands no packets over, so QUIC is refused also while voice is allowed;"
                " load the modules nfnetlink_queue and nft_queue, or boot the distribution's kernel"
            )
        if self._queue_error is not None:
            problems.append(
                f"{self._queue_error}; QUIC and calls are refused, also while voice is allowed"
            )
        if self._bridge.problem is not None:
            problems.append(self._bridge.problem)
        told = self._snapshot
        problems += self._watch.problems(
            _now(), by_address=bool(told.addresses), accepted=told.routers
        )
        problems += [
            f"{mac} uses {address}, which a speaker had a moment ago: if it is that speaker behind"
            " another hardware address, it is NOT guarded; give it this address too (mac:)"
            for mac, address in self._moved[:MOVED_SHOWN]
        ]
        return problems


def _now() -> Instant:
    return Instant(time.monotonic())


def _last_snapshot(path: Path) -> Snapshot:
    """Return what was in force before a restart; voice is allowed to nobody in it."""
    try:
        last = decode_snapshot(path.read_bytes())
    except (FileNotFoundError, LinkError):
        return Snapshot(revision=0, speakers=())
    return Snapshot(
        revision=0,
        speakers=last.speakers,
        wiring=last.wiring,
        addresses=last.addresses,
        roles=last.roles,
        routers=last.routers,
    )


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(path)
