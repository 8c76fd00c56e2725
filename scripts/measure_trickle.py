#!/usr/bin/env python3
"""Measure what the judge lets pass: trickles, lumps, a clip sent at once, several connections.

A trickle is sent for a minute on one connection, outside every window, a chunk every so often. Per
interval this finds the highest rate at which it is never judged speech, and what of it left if it
is sent a little faster. Then recorded speech is sent in 0.3 s, which leaves no rhythm to judge, and
made speech is split over eight connections, stopped afresh each time it is tried again. At the end
comes what is another under `strict: false`.

    scripts/measure_trickle.py
"""

from collections.abc import Iterable
from typing import Final

from hushgate.core.budget import RATE, SIZE
from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS, Limits
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.trace import Direction, Trace, TraceEvent
from hushgate.core.trial import Trial, try_trace

SECONDS: Final = 60.0
INTERVALS: Final = (0.02, 0.06, 0.1, 0.2, 0.35, 0.5, 0.9, 1.2, 1.5, 1.8, 2.5, 5.0)
HIGHEST: Final = 34_000
"""Bytes per second: raw speech of 16 kHz and 16 bits, with its framing."""
RATES: Final = (500, 1_000, 2_000, 4_000, 32_000)
CLIPS: Final = (("Opus, 32 kbit/s", 40_000), ("PCM, 256 kbit/s", 320_000))
SPREAD: Final = 20
"""Connections of which each has less of a clip than counts as speech by itself."""
SPOKEN: Final = 5.0
"""Seconds of speech over several connections."""
FRAME: Final = 0.02
SPLITS: Final = (("one frame each", 1), ("0.3 s each", 15), ("1 s each", 50), ("2 s each", 100))


def flow_of(number: int) -> FlowKey:
    """One connection of the speaker."""
    return FlowKey(DeviceId("speaker"), Transport.TCP, "speaker", number, "server", 443)


def trickle(interval: float, rate: float, limits: Limits = STRICT_LIMITS) -> Trial:
    """Judge a minute of steady chunks."""
    size = max(1, round(rate * interval))
    return judge(((interval * n, 0, size) for n in range(int(SECONDS / interval))), limits)


def clip(size: int, limits: Limits = STRICT_LIMITS, connections: int = 1) -> Trial:
    """Judge a recording sent in 0.3 s, in segments, on connections in turn."""
    segments = size // 1_460
    upload = ((0.3 * n / segments, n % connections, 1_460) for n in range(segments))
    return judge(upload, limits)


def split(run: int, size: int) -> Trial:
    """Judge speech over eight connections, `run` frames on each in turn; all are open already."""
    opened = [(0.0, number, 41) for number in range(8)]
    frames = ((10.0 + FRAME * n, n // run % 8, size) for n in range(int(SPOKEN / FRAME)))
    return judge([*opened, *frames])


def judge(upload: Iterable[tuple[float, int, int]], limits: Limits = STRICT_LIMITS) -> Trial:
    """Run the judge over (seconds, connection, bytes)."""
    events = (
        TraceEvent(Instant(at), flow_of(number), Direction.UP, size) for at, number, size in upload
    )
    return try_trace(Trace("", "synthetic", "speaker", "voice", events), limits)


def passes(trial: Trial) -> bool:
    """Say whether nothing was judged speech."""
    return not any(tried.is_speech for tried in trial.bursts)


def left_of(trial: Trial) -> int:
    """Count what left."""
    return sum(tried.left for tried in trial.bursts)


def highest_rate(interval: float, limits: Limits = STRICT_LIMITS) -> int:
    """Find the highest rate that passes, in bytes per second."""
    if passes(trickle(interval, HIGHEST, limits)):
        return HIGHEST
    low, high = 1, HIGHEST
    while high - low > 5:
        middle = (low + high) // 2
        if passes(trickle(interval, middle, limits)):
            low = middle
        else:
            high = middle
    return low


def time_until_alarm(rate: float) -> str:
    """Say when a trickle has used up the budget."""
    if rate <= RATE:
        return "never"
    minutes = SIZE / (rate - RATE) / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def main() -> None:
    """Print the tables."""
    print("| a chunk every | highest rate that passes | alarm after | left in 60 s, 10 % faster |")
    print("| ------------- | ------------------------ | ----------- | ------------------------- |")
    for interval in INTERVALS:
        rate = highest_rate(interval)
        shown = f"{rate:20} B/s" if rate < HIGHEST else f"{'raw speech':>20}    "
        left = left_of(trickle(interval, 1.1 * rate))
        alarm = time_until_alarm(rate)
        print(f"| {1000 * interval:10.0f} ms | {shown} | {alarm:>11} | {left:19} bytes |")
    print("\n| steady, every 60 ms | passes | left in 60 s |")
    print("| ------------------- | ------ | ------------ |")
    for rate in RATES:
        trial = trickle(0.06, rate)
        word = "yes" if passes(trial) else "no"
        print(f"| {rate:15} B/s | {word:6} | {left_of(trial):6} bytes |")
    print("\n| a clip of 10 s sent in 0.3 s | connections | passes | left |")
    print("| ---------------------------- | ----------- | ------ | ---- |")
    for name, size in CLIPS:
        for connections in (1, SPREAD):
            trial = clip(size, connections=connections)
            word = "yes" if passes(trial) else "no"
            print(f"| {name:28} | {connections:11} | {word:6} | {left_of(trial)} |")
    print(f"\n| {SPOKEN:.0f} s over eight connections | a frame of | passes | left | of |")
    print("| --------------------------- | ---------- | ------ | ---- | -- |")
    for name, run in SPLITS:
        for size in (118, 660):
            trial = split(run, size)
            word = "yes" if passes(trial) else "no"
            sent = size * int(SPOKEN / FRAME)
            left = left_of(trial) - 8 * 41
            print(f"| {name:27} | {size:10} | {word:6} | {left} | {sent} |")
    print("\n| strict: false; a clip | passes | left |")
    print("| --------------------- | ------ | ---- |")
    for name, size in CLIPS:
        trial = clip(size, DEFAULT_LIMITS)
        print(f"| {name:21} | {'yes' if passes(trial) else 'no':6} | {left_of(trial)} |")
    print("\n| strict: false; a chunk every | highest rate that passes |")
    print("| ---------------------------- | ------------------------ |")
    for interval in INTERVALS[-3:]:
        rate = highest_rate(interval, DEFAULT_LIMITS)
        shown = f"{rate:20} B/s" if rate < HIGHEST else f"{'raw speech':>20}    "
        print(f"| {1000 * interval:25.0f} ms | {shown} |")


if __name__ == "__main__":
    main()
