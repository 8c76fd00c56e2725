"""The packet queue: one answer a packet, whatever happens to the judge."""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from hushgate.adapters import nft
from hushgate.adapters.nfqueue import PacketQueue, QueueState, parse_queues, read_queue
from hushgate.adapters.xtqueue import add_queue_rule
from hushgate.core.errors import UnavailableError
from hushgate.core.packets import Answer
from hushgate.core.wiring import QueueKind, Wiring
from tests.adapters.namespaces import inside

WIRING = Wiring()
# What the gateway's chains do around the queue, for packets of this host to itself.
CHAINS = """
table inet around {{
  counter once {{ }}
  counter accepted {{ }}
  counter rejected {{ }}
  chain asking {{
    type filter hook output priority -4;
    meta mark 0x30000007 counter name accepted accept
    meta mark 0x20000007 counter name rejected drop
    udp dport 9 meta mark set meta mark | 0x10000007 goto ask
  }}
  chain ask {{ {jump}; }}
  chain behind {{
    type filter hook output priority -3;
    meta mark 0x00000007 counter name once
  }}
}}
"""


@contextmanager
def asking(judge: Callable[[bytes, bytes], Answer] | None) -> Iterator[Callable[[bytes], str]]:
    """Give a function that sends a datagram and returns the counter it met."""
    with inside("queue") as place:
        kind = nft.probe_queue()
        jump = "queue num 4853" if kind is QueueKind.NFT else ""
        nft.apply(CHAINS.format(jump=jump))
        if kind is QueueKind.XT:
            add_queue_rule("around", "ask", WIRING.queue_number)
        queue = PacketQueue(WIRING, judge) if judge is not None else None
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:

            def send(payload: bytes) -> str:
                place.run("nft", "reset", "counters", "table", "inet", "around")
                with contextlib.suppress(PermissionError):  # what "drop" means on the way out
                    sender.sendto(payload, ("127.0.0.1", 9))
                for _ in range(200):
                    time.sleep(0.01)
                    for line in place.run("nft", "list", "counters").split("counter ")[1:]:
                        if "packets 1" in line:
                            return line.split()[0]
                return "nothing"

            yield send
        if queue is not None:
            queue.close()


@pytest.mark.e2e
def test_each_answer_reaches_the_chain_that_asked_and_other_marks_stay() -> None:
    answers = {b"a": Answer.ACCEPT, b"o": Answer.ONCE, b"r": Answer.REJECT}
    with asking(lambda packet, sender: answers[packet[28:29]]) as send:
        assert [send(word) for word in answers] == ["accepted", "once", "rejected"]


@pytest.mark.e2e
def test_a_packet_that_cannot_be_judged_is_refused_and_the_next_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def judge(packet: bytes, sender: bytes) -> Answer:
        if packet[28:] == b"bomb":
            raise ZeroDivisionError
        return Answer.ACCEPT

    with caplog.at_level(logging.CRITICAL), asking(judge) as send:
        assert [send(word) for word in (b"bomb", b"well", b"bomb")] == [
            "rejected",
            "accepted",
            "rejected",
        ]


@pytest.mark.e2e
def test_with_nobody_listening_a_packet_goes_nowhere() -> None:
    with asking(None) as send:
        assert send(b"x") == "nothing"


@pytest.mark.e2e
def test_a_queue_that_another_has_is_said() -> None:
    with inside("queue"):
        first = PacketQueue(WIRING, lambda packet, sender: Answer.ONCE)
        state = read_queue(WIRING.queue_number)
        assert state is not None
        assert state.waiting == 0
        assert first.is_alive
        with pytest.raises(UnavailableError, match="another program listens"):
            PacketQueue(WIRING, lambda packet, sender: Answer.ONCE)
        first.close()
        assert read_queue(WIRING.queue_number) is None


def test_the_kernels_table_of_queues_is_read() -> None:
    line = " 4853  31337    12 2  4016     5     3      700  1"
    assert parse_queues([line]) == {4853: QueueState(waiting=12, full=5, lost=3, seen=700)}
