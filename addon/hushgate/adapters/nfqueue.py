"""The kernel's packet queue: every packet gets exactly one answer, whatever happens.

In: packets of one queue, on a thread of their own. Out: marks on them, which the chain that asked
turns into verdicts, since the packet goes through it once more. Rules:

- The binding leaves a packet without an answer for ever if the callback raises, so nothing gets
  out of it: what cannot be judged is refused.
- It copies at most 4,016 bytes of a packet; nobody here reads more.
- It cannot let a full queue pass, and need not: what the queue drops is shut out and counted.
"""

import contextlib
import logging
import socket
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import netfilterqueue

from hushgate.core.errors import UnavailableError
from hushgate.core.packets import Answer
from hushgate.core.wiring import Wiring

_log = logging.getLogger(__name__)

LENGTH: Final = 1024
"""Most packets that wait; a home sees fewer than 100 first packets a second."""
BUFFER: Final = 1 << 21
_PROC: Final = Path("/proc/thread-self/net/netfilter/nfnetlink_queue")


class QueueState(NamedTuple):
    """What the kernel says of a queue."""

    waiting: int
    full: int
    """Packets dropped because the queue was full."""
    lost: int
    """Packets dropped because they could not be handed over (ENOBUFS)."""
    seen: int


class PacketQueue:
    """Listens to one queue until closed."""

    def __init__(
        self, wiring: Wiring, judge: Callable[[bytes, bytes], Answer], *, length: int = LENGTH
    ) -> None:
        """Bind to the queue and begin to listen.

        Args:
            wiring: Number and marks.
            judge: Takes a packet and the hardware address of its sender.
            length: Most packets that wait.

        Raises:
            UnavailableError: The queue cannot be had.
        """
        self.failures = 0
        """Packets that could not be judged because of a mistake of ours."""
        self._judge = judge
        self._clear = ~wiring.mark_bits & 0xFFFFFFFF
        self._marks = {
            Answer.ACCEPT: wiring.asked | wiring.decided,
            Answer.ONCE: 0,
            Answer.REJECT: wiring.decided,
        }
        self._queue = netfilterqueue.NetfilterQueue()
        self._closing = False
        try:
            with warnings.catch_warnings():  # a smaller buffer than wished for is no mistake
                warnings.simplefilter("ignore")
                self._queue.bind(wiring.queue_number, self._answer, max_len=length, sock_len=BUFFER)
        except OSError as error:
            raise UnavailableError(
                f"queue {wiring.queue_number} cannot be had: another program listens to it, or"
                " the kernel lacks nfnetlink_queue"
            ) from error
        self._thread = threading.Thread(target=self._listen, name="packet queue", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether somebody answers."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop listening; what still waits is dropped by the kernel."""
        self._closing = True
        self._thread.join()
        self._queue.unbind()

    def _listen(self) -> None:
        with socket.socket(fileno=_duplicate(self._queue.get_fd())) as sock:
            sock.settimeout(0.5)
            while not self._closing:
                with contextlib.suppress(TimeoutError):
                    self._queue.run_socket(sock)

    def _answer(self, packet: netfilterqueue.Packet) -> None:
        try:
            answer = self._judge(packet.get_payload(), (packet.get_hw() or b"")[:6])
        except Exception:
            self.failures += 1
            _log.exception("a packet could not be judged; refused")
            answer = Answer.REJECT
        packet.set_mark(packet.get_mark() & self._clear | self._marks[answer])
        if answer is Answer.ONCE:
            packet.accept()
        else:
            packet.repeat()  # through the chain that asked, which now sees the mark


def read_queue(number: int) -> QueueState | None:
    """Return the state of a queue; None if nobody listens to it."""
    try:
        lines = _PROC.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return parse_queues(lines).get(number)


def parse_queues(lines: list[str]) -> dict[int, QueueState]:
    """Read the kernel's table of queues (net/netfilter/nfnetlink_queue.c, seq_show)."""
    queues = {}
    for line in lines:
        number, _, waiting, _, _, full, lost, seen, *_ = map(int, line.split())
        queues[number] = QueueState(waiting, full, lost, seen)
    return queues


def _duplicate(descriptor: int) -> int:
    return socket.dup(descriptor)
