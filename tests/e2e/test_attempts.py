"""Ways to get speech past the judge, over IPv4 and IPv6, counted at the far end.

Each attempt is one connection of a speaker of its own. What passes is published in
docs/detection.md; what must not is zero bytes behind the hello.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.e2e.realtime import in_time
from tests.home.network import CLOUD_4, CLOUD_6
from tests.home.recount import PORT, SETTLE, Choir, address_of, assemble
from tests.wire.hellos import openssl_hello

pytestmark = pytest.mark.e2e

type Script = Sequence[tuple[float, bytes]]
"""What is written, and when."""

HELLO = openssl_hello("avs-alexa-4-na.amazon.com")
TELEMETRY = openssl_hello("device-metrics-us.amazon.com")
CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"
STRICT = "a clip at once, to a strict gateway"
OPENS_FOR = 4.0
"""Seconds after the start at which a window closes."""


def record(length: int) -> bytes:
    """A record of application data."""
    return b"\x17\x03\x03" + length.to_bytes(2) + b"\xa5" * length


def frames(start: float, end: float, size: int = 113) -> Script:
    """An Echo's frames, every 20 ms."""
    return [(start + 0.02 * n, record(size)) for n in range(int((end - start) / 0.02))]


def utterance(start: float, end: float) -> Script:
    """A pre-roll of 12 kB, then frames."""
    return [(start, record(12_000)), *frames(start + 0.1, end)]


def trickle(rate: int) -> Script:
    """A connection that does nothing else; a record every 60 ms, for ten seconds."""
    size = int(0.06 * rate) - len(record(0))
    return [(0.0, HELLO), *((1.0 + 0.06 * n, record(size)) for n in range(166))]


EARLY = HELLO + CHANGE_CIPHER_SPEC + record(12_000)
FINISHED = CHANGE_CIPHER_SPEC + record(53)
CLIP = [(1.0 + 0.3 * n / 27, record(1_455)) for n in range(27)]
ATTEMPTS: Mapping[str, Script] = {
    "early data": [(0.0, EARLY), (0.05, record(21) + record(53)), *frames(0.1, 4.0)],
    "behind the Finished": [
        (0.0, HELLO),
        (0.1, FINISHED + record(12_000)),
        *frames(0.2, 4.0),
    ],
    "under a telemetry name": [(0.0, TELEMETRY), *utterance(1.0, 4.0)],
    "2 kB/s": trickle(2_000),
    "1 kB/s": trickle(1_000),
    "450 B/s": trickle(450),
    "a clip at once": [(0.0, HELLO), *CLIP],
    STRICT: [(0.0, HELLO), *CLIP],
    "chained across the edge": [
        (0.0, HELLO),
        *utterance(2.0, OPENS_FOR + 2.0),
        *utterance(OPENS_FOR + 3.5, OPENS_FOR + 6.0),
    ],
}


type Arrived = dict[tuple[str, int], bytes]
"""What came of each attempt, over IPv4 and IPv6."""


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Arrived:
    arrived, _ = in_time(
        lambda: asyncio.run(attempt_all(tmp_path_factory.mktemp("attempts"))), lambda both: both[1]
    )
    return arrived


async def attempt_all(folder: Path) -> tuple[Arrived, float]:
    """Return what arrived, and by how many seconds something was sent late."""
    cases = [(name, family) for name in ATTEMPTS for family in (4, 6)]
    strict = [number for number, (name, _) in enumerate(cases) if name == STRICT]
    async with assemble(len(cases), folder, strict) as choir:
        start = time.monotonic() + 3.0
        chained = [n for n, (name, _) in enumerate(cases) if name == "chained across the edge"]
        for number in chained:
            await choir.gateway.tell("allow", f"voice-{number}", "15m")
        start = max(start, time.monotonic())
        late, *_ = await asyncio.gather(
            send_all(choir, cases, start),
            *(close_window(choir, number, start) for number in chained),
        )
        await asyncio.sleep(SETTLE)
        return {
            case: bytes(choir.far.arrived.get(server_of(number, case[1]), b""))
            for number, case in enumerate(cases)
        }, late


async def send_all(choir: Choir, cases: Sequence[tuple[str, int]], start: float) -> float:
    """Write all scripts at the same time; return by how many seconds something was late."""
    return max(
        await asyncio.gather(
            *(
                send(choir, n, family, ATTEMPTS[name], start)
                for n, (name, family) in enumerate(cases)
            )
        )
    )


async def send(choir: Choir, number: int, family: int, script: Script, start: float) -> float:
    """Write a script on one connection, until it is ended; return by how much it was late."""
    late = 0.0
    with choir.place.entered():
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
    sock.setblocking(False)
    sock.bind((address_of(number, family), 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (server_of(number, family), PORT))
    with contextlib.suppress(ConnectionError):
        for at, content in script:
            await asyncio.sleep(start + at - time.monotonic())
            late = max(late, time.monotonic() - start - at)
            await loop.sock_sendall(sock, content)
    await asyncio.sleep(start + max(at for at, _ in script) + SETTLE - time.monotonic())
    sock.close()
    return late


async def close_window(choir: Choir, number: int, start: float) -> None:
    await asyncio.sleep(start + OPENS_FOR - time.monotonic())
    await choir.gateway.tell("block", f"voice-{number}", "15m")


def server_of(number: int, family: int) -> str:
    return f"{CLOUD_4}{100 + number}" if family == 4 else f"{CLOUD_6}{100 + number:x}"


def total(script: Script) -> bytes:
    return b"".join(content for _, content in script)


both_families = pytest.mark.parametrize("family", [4, 6], ids=["IPv4", "IPv6"])


@both_families
@pytest.mark.parametrize(
    ("name", "hello"),
    [
        pytest.param("early data", HELLO, id="TLS 1.3 early data with a 12 kB pre-roll"),
        pytest.param("behind the Finished", HELLO, id="in the flight right after Finished"),
        pytest.param("under a telemetry name", TELEMETRY, id="under a telemetry name"),
        pytest.param("2 kB/s", HELLO, id="a trickle of 2 kB/s"),
        pytest.param(STRICT, HELLO, id=STRICT),
    ],
)
def test_nothing_but_the_hello_leaves(
    arrived: Arrived, name: str, hello: bytes, family: int
) -> None:
    assert arrived[name, family] == hello


@both_families
def test_of_a_trickle_of_1_kb_s_two_seconds_leave_at_most(arrived: Arrived, family: int) -> None:
    behind = len(arrived["1 kB/s", family]) - len(HELLO)
    assert 0 <= behind <= 2_000


@both_families
@pytest.mark.parametrize("name", ["450 B/s", "a clip at once"])
def test_what_is_published_as_passing_passes(arrived: Arrived, name: str, family: int) -> None:
    assert arrived[name, family] == total(ATTEMPTS[name])


@both_families
def test_grace_is_for_the_utterance_under_way_and_not_for_the_next(
    arrived: Arrived, family: int
) -> None:
    script = ATTEMPTS["chained across the edge"]
    first = total([(at, content) for at, content in script if at < OPENS_FOR + 3.0])
    assert arrived["chained across the edge", family] == first
