"""What arrived, byte for byte: the speakers' word compared with the wire at the far end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.home.cloud import Arrival, Cloud
from tests.home.speaker import Link, Speaker
from tests.home.wiretap import Wiretap

_HELLO_RANDOM = slice(11, 43)
"""Where the client's random lies in the first record of a connection (RFC 5246, 7.4.1.2)."""


@dataclass(slots=True)
class Account:
    """The sums of one or more conversations; bytes are those on the wire, TLS framing included."""

    speech_sent: int = 0
    speech_arrived: int = 0
    other_sent: int = 0
    other_arrived: int = 0
    differences: list[str] = field(default_factory=list)
    """Where the far end saw something else than the speaker wrote; empty: identical."""
    delays: list[float] = field(default_factory=list)
    """Seconds from writing an upload to its last byte's arrival."""
    late: float = 0.0
    """Seconds by which a speech record was written later than in the recording, at most."""

    @property
    def identical(self) -> bool:
        """Whether all that arrived, in both directions, was what had been written, in order."""
        return not self.differences

    @property
    def median_delay(self) -> float:
        """Median of the delays in seconds."""
        return median(self.delays) if self.delays else float("nan")

    def add(self, other: "Account") -> None:
        """Take in the sums of another account."""
        self.speech_sent += other.speech_sent
        self.speech_arrived += other.speech_arrived
        self.other_sent += other.other_sent
        self.other_arrived += other.other_arrived
        self.differences += other.differences
        self.delays += other.delays
        self.late = max(self.late, other.late)


def take_account(address: str, speaker: Speaker, cloud: Cloud, wiretap: Wiretap) -> Account:
    """Compare what a speaker wrote with what came to its cloud address."""
    arrivals = [arrival for arrival in cloud.arrivals if arrival.address == address]
    account = weigh(address, speaker.links, arrivals, wiretap.arrived_at(address))
    if wiretap.gaps:
        account.differences.append("the capture missed frames")
    return account


def weigh(
    address: str, links: Sequence[Link], arrivals: Sequence[Arrival], wires: Sequence[bytes]
) -> Account:
    """Compare the connections of one speaker, matched by their hellos, at both ends."""
    account = Account()
    unclaimed = {wire[_HELLO_RANDOM]: wire for wire in wires}
    accepted = {bytes(a.received[_HELLO_RANDOM]): a for a in arrivals if a.received}
    for number, link in enumerate(links, start=1):
        random = bytes(link.sent[_HELLO_RANDOM])
        wire, arrival = unclaimed.pop(random, b""), accepted.get(random)
        _count(account, link, wire, arrival)
        differences = _compare(link, wire, arrival)
        account.differences += [f"{address} connection {number}: {text}" for text in differences]
    account.differences += [
        f"{address}: {len(wire)} bytes from nowhere" for wire in unclaimed.values()
    ]
    return account


def _count(account: Account, link: Link, wire: bytes, arrival: Arrival | None) -> None:
    speech = [mark for mark in link.marks if mark.speech]
    speech_sent = sum(mark.end - mark.start for mark in speech)
    speech_arrived = sum(max(0, min(len(wire), mark.end) - mark.start) for mark in speech)
    account.speech_sent += speech_sent
    account.late = max(account.late, *(mark.late for mark in speech), 0.0)
    account.speech_arrived += speech_arrived
    account.other_sent += len(link.sent) - speech_sent
    account.other_arrived += len(wire) - speech_arrived
    for mark in link.marks if arrival is not None else ():
        at = arrival.when(mark.end) if arrival is not None else None
        if at is not None:
            account.delays.append(at - mark.at)


def _compare(link: Link, wire: bytes, arrival: Arrival | None) -> Sequence[str]:
    """Name every way in which one connection's two ends differ."""
    differences = []
    if link.sent[: len(wire)] != wire:
        differences.append("the upload's bytes differ")
    if arrival is None:
        return [*differences, "the server saw none of it"] if wire else differences
    if arrival.received != wire:
        differences.append("the server's count and the capture differ")
    if link.content[: len(arrival.content)] != arrival.content:
        differences.append("the decrypted upload differs")
    if arrival.sent[: len(link.received)] != link.received:
        differences.append("the download's bytes differ")
    if link.ended is None and len(link.received) != len(arrival.sent):
        differences.append(f"{len(arrival.sent) - len(link.received)} bytes of download missing")
    return differences
