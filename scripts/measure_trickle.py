#!/usr/bin/env python3
"""Measure what the judge lets pass: the fastest steady trickle, and a clip sent at once.

A trickle is sent for a minute on one connection, outside every window, a chunk every so often. Per
interval this finds the highest rate at which it is never judged speech, and what of it left if it
is sent a little faster. Recorded speech sent in 0.3 s has no rhythm left to judge; the last table
says what becomes of it.

    scripts/measure_trickle.py
"""

from typing import Final

from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.trace import Direction, Trace, TraceEvent
from hushgate.core.trial import Trial, try_trace

SECONDS: Final = 60.0
INTERVALS: Final = (0.02, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.9)
HIGHEST: Final = 40_000
"""Bytes per second: raw speech of 16 kHz and 16 bits, with its framing."""
RATES: Final = (500, 1_000, 2_000, 4_000, 32_000)
FLOW: Final = FlowKey(DeviceId("speaker"), Transport.TCP, "speaker", 1, "server", 443)


def trickle(interval: float, rate: float) -> Trial:
    """Judge a minute of steady chunks."""
    size = max(1, round(rate * interval))
    times = (interval * n for n in range(int(SECONDS / interval)))
    return judge([TraceEvent(Instant(at), FLOW, Direction.UP, size) for at in times])


def clip(size: int) -> Trial:
    """Judge a recording sent in 0.3 s, in segments."""
    count = size // 1_460
    times = (0.3 * n / count for n in range(count))
    return judge([TraceEvent(Instant(at), FLOW, Direction.UP, 1_460) for at in times])


def judge(events: list[TraceEvent]) -> Trial:
    """Run the judge over made events."""
    return try_trace(Trace("", "synthetic", "speaker", "voice", iter(events)))


def passes(trial: Trial) -> bool:
    """Say whether nothing was judged speech."""
    return not any(tried.is_speech for tried in trial.bursts)


def highest_rate(interval: float) -> int:
    """Find the highest rate that passes, in bytes per second."""
    if passes(trickle(interval, HIGHEST)):
        return HIGHEST
    low, high = 1, HIGHEST
    while high - low > 5:
        middle = (low + high) // 2
        if passes(trickle(interval, middle)):
            low = middle
        else:
            high = middle
    return low


def main() -> None:
    """Print the tables."""
    print("| a chunk every | highest rate that passes | left of a minute, 10 % faster |")
    print("| ------------- | ------------------------ | ----------------------------- |")
    for interval in INTERVALS:
        rate = highest_rate(interval)
        if rate == HIGHEST:
            print(f"| {1000 * interval:10.0f} ms | {'raw speech':>20}     | {'all':>29} |")
            continue
        left = sum(tried.left for tried in trickle(interval, 1.1 * rate).bursts)
        print(f"| {1000 * interval:10.0f} ms | {rate:20} B/s | {left:23} bytes |")
    print("\n| steady, every 60 ms | passes | left of a minute |")
    print("| ------------------- | ------ | ---------------- |")
    for rate in RATES:
        trial = trickle(0.06, rate)
        left = sum(tried.left for tried in trial.bursts)
        print(f"| {rate:15} B/s | {'yes' if passes(trial) else 'no':6} | {left:10} bytes |")
    print("\n| a clip of 10 s sent in 0.3 s | passes | left |")
    print("| ---------------------------- | ------ | ---- |")
    for name, size in (("Opus, 32 kbit/s", 40_000), ("PCM, 256 kbit/s", 320_000)):
        trial = clip(size)
        left = sum(tried.left for tried in trial.bursts)
        print(f"| {name:28} | {'yes' if passes(trial) else 'no':6} | {left} |")


if __name__ == "__main__":
    main()
