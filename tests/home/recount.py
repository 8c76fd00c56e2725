"""`python -m tests.home.recount PATH...`: `hushgate evaluate` recounted on live traffic.

Recordings are played in real time through a running gateway, many at once, each by a speaker with
an address of its own and each connection to a server address of its own. What arrives there is
compared, burst by burst, with what the judge did with the same sizes and times offline. Rules:

- Only TCP, and only sizes and times: what is sent is random, and no TLS, as in a table of sizes.
- A speaker whose connection was ended drops the rest of the burst and connects anew for the next.
- What arrived must be the beginning of what was sent, by its hash.
"""

import argparse
import asyncio
import contextlib
import hashlib
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Container, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.bursts import DEFAULT_LIMITS
from hushgate.core.model import FlowKey, Instant, Transport
from hushgate.core.trace import Direction, Trace, TraceEvent
from hushgate.core.trial import try_trace
from tests.home.gateway import Gateway, GatewayError
from tests.home.network import CLOUD_6, GATEWAY, Namespace, Network
from tests.home.rights import MissingError, claim_rights

PORT: Final = 443
SETTLE: Final = 3.0
"""Seconds after the last byte until all that may leave has arrived."""
APART: Final = 8.0
"""Seconds after that until a speaker plays the next: what it sent is no longer added up."""
TOGETHER: Final = 40
"""Recordings played at the same time."""
MAC: Final = "02:00:5e:10:00:30"
CONFIG: Final = """\
schema_version: 1
house:
  zone: UTC
  windows: []
  outside: block
speakers:
"""


class Burst:
    """A run of uploads on one flow, and what became of it, by one of the two counts."""

    __slots__ = ("left", "size", "speech", "stopped")

    def __init__(self) -> None:
        self.size = 0
        self.speech: set[int] = set()
        """Numbers of the marked commands in it."""
        self.left = 0
        self.stopped = False


type Count = dict[FlowKey, list[Burst]]


@dataclass(slots=True)
class Part:
    """What is played: a recording, or a stretch of one."""

    name: str
    events: Sequence[TraceEvent]
    """Uploads over TCP; times from its beginning."""
    live: Count = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    """Where the far end saw something else than what was sent."""
    late: float = 0.0
    """Seconds by which something was sent late, at most."""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.events[-1].at if self.events else 0.0

    def expected(self) -> Count:
        """Count what the judge does offline."""
        trace = Trace("", "", "", "", iter(self.events))
        count = _cut_into_bursts(self.events)
        numbers = dict.fromkeys(count, 0)
        for tried in try_trace(trace).bursts:
            burst = count[tried.flow][numbers[tried.flow]]
            numbers[tried.flow] += 1
            burst.left, burst.stopped = tried.left, tried.is_speech
        return count


def part_of(trace: Trace, start: float = 0.0, end: float = float("inf")) -> Part:
    """Take what is to be played of a recording."""
    events = [
        event._replace(at=Instant(event.at - start), records=None)
        for event in trace.events
        if event.direction is Direction.UP
        and event.flow.transport is Transport.TCP
        and start <= event.at < end
    ]
    return Part(trace.name or Path(trace.path).stem, events)


def summary(count: Count) -> tuple[int, int, int, int]:
    """Give the commands and bursts stopped, and the bytes that left of these and of others."""
    bursts = [burst for flow in count.values() for burst in flow]
    stopped = [burst for burst in bursts if burst.stopped]
    commands = {number for burst in stopped for number in burst.speech}
    left = sum(burst.left for burst in stopped)
    return len(commands), len(stopped), left, sum(burst.left for burst in bursts) - left


def _cut_into_bursts(events: Iterable[TraceEvent]) -> Count:
    count: Count = {}
    for event, fresh in _with_pauses(events):
        bursts = count.setdefault(event.flow, [])
        if fresh:
            bursts.append(Burst())
        bursts[-1].size += event.size
        if event.speech:
            bursts[-1].speech.add(event.speech)
    return count


def _with_pauses(events: Iterable[TraceEvent]) -> Iterator[tuple[TraceEvent, bool]]:
    """Say of each event whether it begins a burst of its flow."""
    last: dict[FlowKey, float] = {}
    for event in events:
        before = last.get(event.flow)
        last[event.flow] = event.at
        yield event, before is None or event.at - before >= DEFAULT_LIMITS.pause


class FarEnd:
    """Takes whatever comes to any address of the cloud, and remembers it by that address."""

    def __init__(self, place: Namespace) -> None:
        self.arrived: dict[str, bytearray] = {}
        with place.entered():
            self._listener = socket.create_server(
                ("::", PORT), family=socket.AF_INET6, backlog=512, dualstack_ipv6=True
            )
        self._listener.setblocking(False)
        self._tasks: set[asyncio.Task[None]] = {asyncio.create_task(self._accept())}

    async def _accept(self) -> None:
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            self._tasks.add(asyncio.create_task(self._take(sock)))

    async def _take(self, sock: socket.socket) -> None:
        address = sock.getsockname()[0].removeprefix("::ffff:")
        arrived = self.arrived.setdefault(address, bytearray())
        with sock, contextlib.suppress(OSError):
            while data := await asyncio.get_running_loop().sock_recv(sock, 1 << 18):
                arrived += data

    def forget(self, front: str) -> None:
        """Forget what came to the addresses that begin so."""
        self.arrived = {at: data for at, data in self.arrived.items() if not at.startswith(front)}

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()


class Line:
    """One connection of a speaker."""

    def __init__(self, address: str, sock: socket.socket, burst: int) -> None:
        self.address = address
        self.sock = sock
        self.sent = bytearray()
        self.pieces: list[tuple[int, int]] = []
        """Number of the burst, and bytes, of each write."""
        self.burst = burst
        """Number of the burst under way."""
        self.ended = False


class Voice:
    """A speaker that plays one part."""

    def __init__(self, place: Namespace, number: int, part: Part) -> None:
        self._place = place
        self._number = number
        self._part = part
        self._random = random.Random(part.name)
        self._lines: dict[FlowKey, list[Line]] = {}
        self._readers: set[asyncio.Task[None]] = set()

    async def play(self, start: float) -> None:
        """Send everything at its time after the moment `start`."""
        numbers: dict[FlowKey, int] = {}
        for event, fresh in _with_pauses(self._part.events):
            numbers[event.flow] = number = numbers.get(event.flow, -1) + fresh
            await asyncio.sleep(start + event.at - time.monotonic())
            self._part.late = max(self._part.late, time.monotonic() - start - event.at)
            lines = self._lines.setdefault(event.flow, [])
            if not lines or (lines[-1].ended and lines[-1].burst < number):
                lines.append(await self._connect(event.flow, len(lines), number))
            if not lines[-1].ended:
                lines[-1].burst = number
                await self._write(lines[-1], event.size)

    def count(self, far: FarEnd) -> None:
        """Compare what was sent with what arrived."""
        self._part.live = count = _cut_into_bursts(self._part.events)
        for flow, lines in self._lines.items():
            for line in lines:
                arrived = far.arrived.get(line.address, b"")
                digest = hashlib.sha256(line.sent[: len(arrived)]).digest()
                if digest != hashlib.sha256(arrived).digest():
                    self._part.differences.append(f"{line.address}: other bytes than were sent")
                left = len(arrived)
                for number, size in line.pieces:
                    count[flow][number].left += min(size, left)
                    left -= min(size, left)
                if line.ended:
                    count[flow][line.burst].stopped = True

    async def hang_up(self) -> None:
        """Close every connection."""
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for lines in self._lines.values():
            for line in lines:
                line.sock.close()

    async def _connect(self, flow: FlowKey, attempt: int, burst: int) -> Line:
        number = list(self._lines).index(flow)
        address = f"{_server(self._number)}{number + 1:x}:{attempt + 1:x}"
        with self._place.entered():
            sock = socket.socket(socket.AF_INET6)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((address_of(self._number, 6), 0))
        line = Line(address, sock, burst)
        await asyncio.get_running_loop().sock_connect(sock, (address, PORT))
        self._readers.add(asyncio.create_task(self._notice_end(line, sock)))
        return line

    async def _write(self, line: Line, size: int) -> None:
        content = self._random.randbytes(size)
        if not line.sent:
            content = b"\0" + content[1:]  # or it might begin like a TLS record
        try:
            await asyncio.get_running_loop().sock_sendall(line.sock, content)
        except OSError:
            line.ended = True
            return
        line.sent += content
        line.pieces.append((line.burst, size))

    @staticmethod
    async def _notice_end(line: Line, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_recv(sock, 1)
        line.ended = True


def address_of(number: int, family: int) -> str:
    """Give a voice's own address (family 4 or 6)."""
    return f"{GATEWAY.lan4}{100 + number}" if family == 4 else f"{GATEWAY.lan6}{0x100 + number:x}"


def _describe(number: int, *, strict: bool) -> str:
    addresses = ", ".join(f"'{address_of(number, family)}'" for family in (4, 6))
    return f"  voice-{number}: {{addresses: [{addresses}], strict: {str(strict).lower()}}}\n"


def _server(number: int) -> str:
    """Give the front of the addresses that a voice connects to."""
    return f"{CLOUD_6}{number + 1:x}:"


@dataclass(frozen=True, slots=True)
class Choir:
    """Many speakers with an address of their own on one host, and what they need."""

    place: Namespace
    gateway: Gateway
    far: FarEnd


@asynccontextmanager
async def assemble(count: int, folder: Path, strict: Container[int] = ()) -> AsyncIterator[Choir]:
    """Start a gateway that guards `voice-0` and so on, some strictly, in a home made for it."""
    home = Network()
    place = Namespace("voices")
    try:
        home.gateway.configure(
            f"link add voices type veth peer name eth0 address {MAC} netns {place.path}",
            "link set voices master br-lan up",
        )
        place.configure(
            *(f"addr add {address_of(number, 6)}/64 dev eth0 nodad" for number in range(count)),
            *(f"addr add {address_of(number, 4)}/24 dev eth0" for number in range(count)),
            "link set eth0 up",
            f"route add default via {GATEWAY.lan6}1",
            f"route add default via {GATEWAY.lan4}1",
        )
        config = folder / "recount.yaml"
        speakers = (_describe(number, strict=number in strict) for number in range(count))
        config.write_text(CONFIG + "".join(speakers))
        gateway = Gateway(home.gateway, folder, config)
        far = FarEnd(home.cloud)
        try:
            await gateway.start()
            yield Choir(place, gateway, far)
        finally:
            await gateway.stop()
            await far.close()
    finally:
        place.close()
        home.close()


async def recount(parts: Sequence[Part], folder: Path) -> None:
    """Play the parts; their counts are filled."""
    together = min(TOGETHER, len(parts))
    # The longest first: whoever is done takes the next.
    waiting = sorted(parts, key=lambda part: part.length, reverse=True)
    async with assemble(together, folder) as choir:
        await asyncio.gather(*(_play(choir, number, waiting) for number in range(together)))


async def _play(choir: Choir, number: int, waiting: list[Part]) -> None:
    await asyncio.sleep(0.05 * number)  # or all would connect in the same instant
    while waiting:
        voice = Voice(choir.place, number, waiting.pop(0))
        await voice.play(time.monotonic() + 0.5)
        await asyncio.sleep(SETTLE)
        voice.count(choir.far)
        await voice.hang_up()
        choir.far.forget(_server(number))
        if waiting:
            await asyncio.sleep(APART)


def report(parts: Sequence[Part]) -> int:
    """Print both counts, and every burst on which they differ; return how many those are."""
    print(f"{len(parts)} recordings, {sum(part.length for part in parts) / 60:.0f} minutes")
    counts = {"offline": [part.expected() for part in parts], "live": [p.live for p in parts]}
    print(f"{'':9}{'commands':>9}{'stopped':>9}{'left of them':>14}{'left of others':>16}")
    for name, each in counts.items():
        commands, stopped, left, others = map(sum, zip(*map(summary, each), strict=True))
        print(f"{name:9}{commands:>9}{stopped:>9}{left:>14,}{others:>16,}")
    print(f"sent late by {max(part.late for part in parts) * 1000:.0f} ms at most")
    differences = [line for part in parts for line in _differ(part)]
    print("\n".join(differences))
    return len(differences)


def _differ(part: Part) -> Iterator[str]:
    yield from part.differences
    expected = part.expected()
    for flow, bursts in expected.items():
        for number, (offline, live) in enumerate(zip(bursts, part.live[flow], strict=True)):
            if (offline.stopped, offline.left) != (live.stopped, live.left):
                yield (
                    f"{part.name}: burst {number} of connection {flow.client_port},"
                    f" {offline.size:,} bytes: offline {_words(offline)}, live {_words(live)}"
                )


def _words(burst: Burst) -> str:
    return f"{'stopped' if burst.stopped else 'passed'} with {burst.left:,} bytes gone"


def main(argv: Sequence[str] | None = None) -> int:
    """Recount recordings; exit with 1 where the counts differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.home.recount", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="recordings or folders")
    paths = parser.parse_args(argv).paths
    files = [file for path in paths for file in find_recordings(path)]
    parts = [part_of(trace) for file in files for trace in open_traces(file) if not trace.mixed]
    parts = [part for part in parts if part.events]
    with tempfile.TemporaryDirectory(prefix="hushgate-recount-") as folder:
        try:
            claim_rights()
            asyncio.run(recount(parts, Path(folder)))
        except (MissingError, GatewayError, RuntimeError) as error:
            print(f"recount: {error}", file=sys.stderr)
            return 1
    return 1 if report(parts) else 0


if __name__ == "__main__":
    sys.exit(main())
