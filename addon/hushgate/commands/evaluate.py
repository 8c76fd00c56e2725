"""``hushgate evaluate``: measure the judge on labelled recordings."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Any, Final

from hushgate.adapters.plots import plot_traces
from hushgate.adapters.traces import find_recordings, open_traces
from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS, Limits
from hushgate.core.errors import Complaint, ConfigError, why
from hushgate.core.evaluation import Evaluation, half_of
from hushgate.core.margins import Upload, measure, read_shape
from hushgate.core.trace import Marks, Trace
from hushgate.core.trial import try_trace
from hushgate.core.variations import CHANGES, cut_pieces, make_synthetic, vary

EPILOG: Final = """\
Recordings are parquet tables of traces, or pcap and pcapng captures; a folder stands for those in
it. Labels come from a traces.csv beside them. Each recording is judged as if every window were
closed, in mode "block".

basis: who marked the commands: the authors of the recording, or a rule that looks at whole bursts
and so flatters the judge. Commands of cut recordings are counted on both; the total counts them
once.

A .json file is the shape of your own speaker's upload, as "hushgate prove --keep" stores it: it is
judged too, and each burst is measured against the thresholds of speech.
"""
SHAPE: Final = ".json"
COLUMNS: Final = (
    "source",
    "device",
    "label",
    "basis",
    "conn.",
    "commands",
    "stopped",
    "95 %",
    "gone",
    "most",
    "in",
    "other",
    "wrong",
    "95 %",
    "held p50",
    "p90",
    "p99",
    "max ms",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.epilog = EPILOG
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="recordings or folders")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument(
        "--half",
        type=int,
        choices=(1, 2),
        help="only one half of the recordings: thresholds were chosen on 1",
    )
    parser.add_argument(
        "--lenient", action="store_true", help="judge as under strict: false of the configuration"
    )
    parser.add_argument(
        "--robustness",
        action="store_true",
        help="make the recordings harder, one way at a time, and compare",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw one interaction per device (png, svg, pdf)"
    )


def run(args: argparse.Namespace) -> int:
    """Judge the recordings and print what came of it."""
    if all(path.suffix == SHAPE for path in args.paths):
        return _run_shapes(args)
    if args.robustness:
        return _run_robustness(args)
    evaluation = Evaluation()
    plotted: dict[str, Trace] = {}
    for trace in _read(args):
        if args.plot and trace.device not in plotted and trace.label.startswith("voice"):
            trace.events = iter(events := tuple(trace.events))
            if any(event.speech for event in events):
                plotted[trace.device] = _again(trace, events)
        evaluation.add(trace, try_trace(trace, _limits(args), process_time))
        _complain(trace)
    if args.plot:
        plot_traces(list(plotted.values()), args.plot)
    result = evaluation.to_json()
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        _print_table(COLUMNS, [_row(group) for group in [*result["groups"], result["total"]]])
        _print_notes(result)
    return 0


def _run_robustness(args: argparse.Namespace) -> int:
    recordings = [
        (trace, tuple(trace.events))
        for trace in _read(args)
        if trace.marks in (Marks.AUTHORS, Marks.SHAPE) and not trace.mixed
    ]
    results: dict[str, dict[str, Any]] = {}
    for name, change in CHANGES.items():
        evaluation = Evaluation()
        for trace, events in recordings:
            varied = vary(trace, name, events, change)
            evaluation.add(varied, try_trace(varied, _limits(args)))
        results[name] = evaluation.total().to_json()
    pieces = cut_pieces([_again(trace, events) for trace, events in recordings])
    for trace in make_synthetic(pieces):
        evaluation = Evaluation()
        evaluation.add(trace, try_trace(trace, _limits(args)))
        results[f"synthetic: {trace.source}"] = evaluation.total().to_json()
    if args.json:
        print(json.dumps(results, indent=2))
        return 0
    columns = ("variation", *COLUMNS[5:])
    _print_table(columns, [(name, *_row(result)[5:]) for name, result in results.items()])
    return 0


def _limits(args: argparse.Namespace) -> Limits:
    return DEFAULT_LIMITS if args.lenient else STRICT_LIMITS


def _run_shapes(args: argparse.Namespace) -> int:
    """Judge and measure what was kept of one's own speakers."""
    results = {str(path): measure(_read_shape(path), _limits(args)) for path in args.paths}
    if args.json:
        shapes = {path: [each.to_json() for each in bursts] for path, bursts in results.items()}
        print(json.dumps(shapes, indent=2))
        return 0
    for path, bursts in results.items():
        print(f"{path}: {len(bursts)} uploads, all connections as one")
        for each in bursts:
            likeness = "speech" if each.speech else "no speech"
            print(
                f"\nat {each.start:.1f} s: {each.size:,} bytes in {each.seconds:.1f} s are"
                f" {likeness} ({each.rule}); {each.left:,} bytes would have left"
            )
            for margin in each.margins:
                print(f"  {margin.reached:9,} {margin.measure}; speech has {margin.needed:,}")
    return 0


def _read_shape(path: Path) -> Upload:
    try:
        return read_shape(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(Complaint(f"cannot be read: {why(error)}", str(path))) from error
    except ValueError as error:
        raise ConfigError(Complaint(str(error), str(path))) from error


def _read(args: argparse.Namespace) -> Iterator[Trace]:
    """Read the recordings, with a line of progress where somebody watches."""
    recordings = [file for path in args.paths for file in find_recordings(path)]
    if not recordings:
        raise ConfigError(Complaint("no recordings there; expected .parquet, .pcap or .pcapng"))
    watched = sys.stderr.isatty()
    count = 0
    for file in recordings:
        for trace in open_traces(file):
            count += 1
            if watched:
                print(f"\r{file.name}: {count} recordings", end="\x1b[K", file=sys.stderr)
            if args.half in (None, half_of(trace)):
                yield trace
    if watched:
        print("\r", end="\x1b[K", file=sys.stderr)


def _again(trace: Trace, events: Sequence[Any]) -> Trace:
    """Give the trace with its events to read once more."""
    return Trace(
        path=trace.path,
        source=trace.source,
        device=trace.device,
        label=trace.label,
        events=iter(events),
        marks=trace.marks,
        name=trace.name,
    )


def _complain(trace: Trace) -> None:
    for complaint in trace.complaints:
        print(complaint, file=sys.stderr)


def _row(result: dict[str, Any]) -> tuple[str, ...]:
    names = ("source", "device", "label", "basis", "connection")
    place = [str(result.get(name, "")) for name in names]
    if "source" not in result:
        place[0] = "total"
    holds = result["hold_ms"]
    commands, other = result["commands"], result["other"]
    measured = result["commands_measured"]
    return (
        *place,
        f"{commands}" if commands else "",
        f"{result['stopped']}" if commands else "",
        _interval(result["stopped_interval"]),
        f"{result['leaked_bytes']}" if measured else "",
        f"{result['leaked_bytes_max']}" if measured else "",
        f"{result['commands_leaking']}" if measured else "",
        f"{other}" if other else "",
        f"{result['wrongly_stopped']}" if other else "",
        _interval(result["wrongly_stopped_interval"]),
        *(f"{holds[name]:.0f}" if other else "" for name in ("p50", "p90", "p99", "max")),
    )


def _interval(interval: tuple[float, float] | None) -> str:
    return f"{100 * interval[0]:.2f}-{100 * interval[1]:.2f}" if interval else ""


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[index]) for row in (columns, *rows)) for index in range(len(columns))]
    words = sum(not any(character.isdigit() for character in rows[0][i]) for i in range(5))
    for row in (columns, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if index < min(words, 5) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("| " + " | ".join(cells) + " |")


def _print_notes(result: dict[str, Any]) -> None:
    total = result["total"]
    keepalives = total["keepalive_hold_ms"]
    print(
        f"\ngone: bytes of speech let go before the judgement, most in one command, in how many."
        f"\nKeep-alives less than a second before an utterance, not counted as gone:"
        f" {total['keepalive_bytes']} bytes in {total['commands_with_keepalive']} commands."
        f"\nStarts of utterances that the marks cut off, not counted as wrong:"
        f" {total['split_starts']}."
        f"\nGone where connections cannot be told apart, not counted:"
        f" {total['unattributed_bytes']} bytes."
        f"\nJudged speech where nobody says when somebody spoke: {total['unclear']}."
        f"\nKeep-alives held: p50 {keepalives['p50']:.0f} ms, p99 {keepalives['p99']:.0f} ms."
        f"\nMost bytes held: {total['held_bytes_max']}."
        f" Judged {result['chunks']} chunks at {result['microseconds_per_chunk']} us each."
    )
