"""What judging costs: time per chunk and memory per flow."""

from collections.abc import Callable, Iterator
from time import process_time
from typing import Final

from hushgate.core.hold import Hold
from hushgate.core.model import Instant
from tests.bench.report import Result, alone
from tests.core.sizes import deep_size

CHUNKS: Final = 50_000

type Upload = Iterator[tuple[float, int]]


def speech() -> Upload:
    """Utterances of 4 s, a chunk every 20 ms, a minute apart."""
    for n in range(CHUNKS):
        yield 60.0 * (n // 200) + 0.02 * (n % 200), 8_000 if n % 200 == 0 else 118


def keep_alives() -> Upload:
    """One small chunk every 30 s: each is a burst of its own, with its words."""
    for n in range(CHUNKS):
        yield 30.0 * n, 46


def music_control() -> Upload:
    """Requests of 700 bytes, four a second, without an end."""
    for n in range(CHUNKS):
        yield 0.25 * n, 700


def flood() -> Upload:
    """Single bytes, a thousand a second."""
    for n in range(CHUNKS):
        yield 0.001 * n, 1


def time_chunks(chunks: list[tuple[Instant, int]], *, passing: bool) -> float:
    """Give microseconds per chunk: the best of five runs, since others share the machine."""
    best = float("inf")
    for _ in range(5):
        hold = Hold()
        before = process_time()
        for now, size in chunks:
            hold.upload(size, now)
            if passing:
                hold.release_all(now)
            elif hold.retained:
                hold.discard(now)
        best = min(best, process_time() - before)
    return 1e6 * best / len(chunks)


def largest_state(chunks: list[tuple[Instant, int]]) -> int:
    """Give the largest state seen, in bytes."""
    hold = Hold()
    largest = 0
    for number, (now, size) in enumerate(chunks):
        hold.upload(size, now)
        if hold.retained:
            hold.discard(now)
        if number % 50 == 0:
            largest = max(largest, deep_size(hold))
    return largest


def measure() -> dict[str, Result]:
    """Judge each kind of upload, held and passing."""
    results = {}
    for upload in UPLOADS:
        chunks = [(Instant(at), size) for at, size in upload()]
        name = upload.__name__.replace("_", " ")
        results[f"judge {name}, held"] = alone([time_chunks(chunks, passing=False)], "us/chunk")
        results[f"judge {name}, passing"] = alone([time_chunks(chunks, passing=True)], "us/chunk")
        results[f"judge {name}, state at most"] = alone([largest_state(chunks)], "bytes")
    return results | {"judge flow at rest": alone([deep_size(Hold())], "bytes")}


UPLOADS: Final[tuple[Callable[[], Upload], ...]] = (speech, keep_alives, music_control, flood)
