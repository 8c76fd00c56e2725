"""Fuzzes the hold with any order of uploads, timers, releases, discards and pauses.

Invariant: bytes leave in order, each once; nothing is released that is not held; what waits is
bounded in time; no exception. Coverage-guided, by atheris (pip install atheris):

    python -m tests.fuzz.fuzz_hold [-runs=1000000] [CORPUS]
"""

import sys

from hushgate.core.bursts import DEFAULT_LIMITS
from hushgate.core.hold import Hold, Step
from hushgate.core.model import Instant


class Flow:
    """A hold and what its owner knows of it."""

    def __init__(self) -> None:
        self.hold = Hold()
        self.waiting = 0
        self.now = Instant(0.0)
        self.wake: Instant | None = None

    def apply(self, step: Step) -> None:
        """Do what the hold says, as far as it may say so."""
        assert 0 <= step.release <= self.waiting
        assert step.wake is None or step.wake > self.now
        self.waiting -= step.release
        self.wake = step.wake

    def run_to(self, at: Instant) -> None:
        """Let time pass, with timers on time."""
        while self.wake is not None and self.wake <= at:
            self.now = self.wake
            self.apply(self.hold.due(self.wake))
        self.now = at


def check(data: bytes) -> None:
    """Run one script: two bytes a command."""
    flow = Flow()
    for command, value in zip(data[::2], data[1::2], strict=False):
        match command % 8:
            case 0 | 1 | 2:
                size = value << (command >> 4)
                flow.waiting += size
                records = (None, (), (size,))[command % 3]
                flow.apply(flow.hold.upload(size, flow.now, records))
            case 3 | 4:
                flow.run_to(Instant(flow.now + value * (0.001, 0.02)[command % 2]))
            case 5:
                flow.now = Instant(flow.now + value * 0.02)  # timers come late
                flow.apply(flow.hold.due(flow.now))
            case 6:
                count = flow.hold.release_all(flow.now)
                assert count == flow.waiting
                flow.waiting = 0
            case 7:
                count = flow.hold.discard(flow.now)
                assert count == flow.waiting
                flow.waiting = 0
        assert flow.hold.held == flow.waiting
    flow.run_to(Instant(flow.now + DEFAULT_LIMITS.age))
    flow.run_to(Instant(flow.now + DEFAULT_LIMITS.pause))
    assert flow.hold.retained or not flow.waiting
    flow.hold.close(flow.now)


def main() -> None:
    """Fuzz until something breaks or the runs are over."""
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
