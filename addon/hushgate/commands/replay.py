"""`hushgate replay`: judge a recording, offline."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from hushgate.adapters.traces import open_traces
from hushgate.commands.terminal import say
from hushgate.core.errors import ConfigError
from hushgate.core.replay import describe, replay
from hushgate.core.trace import Trace


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a capture (pcap, pcapng) or a table of packets (parquet)",
    )
    parser.add_argument(
        "--device",
        metavar="ADDRESS",
        help="hardware or IP address of the speaker in a capture"
        " (default: the host of the LAN that uploads most)",
    )
    parser.add_argument("--all", action="store_true", help="show every burst, not only speech")
    parser.add_argument("--json", action="store_true", help="print one JSON object per burst")


def run(args: argparse.Namespace) -> int:
    """Judge each file; what cannot be read is said, and the rest is judged."""
    failed = False
    for path in args.files:
        try:
            for trace in open_traces(path, device=args.device):
                _judge(trace, as_json=args.json, show_all=args.all)
        except ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
    return 2 if failed else 0


def _judge(trace: Trace, *, as_json: bool, show_all: bool) -> None:
    counts: Counter[str] = Counter()
    stopped = left = 0
    if not as_json:
        print(f"{trace.path}: {trace.device}")
    for record in replay(trace):
        burst = describe(record, trace)
        counts[burst["judgement"]] += 1
        if burst["judgement"] == "speech":
            stopped += burst["bytes"]
            left += burst["bytes_before_judgement"]
        if as_json:
            print(json.dumps(burst))
        elif show_all or burst["judgement"] == "speech":
            _print(burst)
    for complaint in trace.complaints:
        print(f"warning: {complaint}", file=sys.stderr)
    if not as_json:
        say(
            f"  {counts['speech']} utterances, {stopped:,} bytes: block would have stopped them,"
            f" {left:,} bytes gone before the judgement;"
            f" {counts['other']} other uploads would have gone their way"
        )


def _print(burst: dict[str, Any]) -> None:
    say(
        f"  {burst['start']:>9.1f} s  {burst['judgement']:<6}  {burst['bytes']:>9,} bytes"
        f"  {burst['seconds']:>5.1f} s  {burst['endpoint']}  ({burst['reason']},"
        f" held {burst['held_ms']:,} ms, gone before {burst['bytes_before_judgement']:,} bytes)",
        hang=20,
    )
