"""Recordings of speakers: tables of sizes and times (parquet), and captures.

In: a file. Out: its traces, in the order of the file. Rules:

- Only what goes to or comes from the Internet over TCP or UDP is an event: talk within the home
  network is not the gateway's business.
- A table names a flow by number; a capture by addresses.
- What a recording is, and who says when somebody spoke, is in `traces.csv` beside it, by trace or
  by the file's name; without it nothing is known.
"""

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from hushgate.core.errors import Complaint, ConfigError, UnavailableError, why
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.trace import Cut, Direction, Marks, Trace, TraceEvent

TABLE_MAGIC: Final = b"PAR1"
LABELS_FILE: Final = "traces.csv"
_COLUMNS: Final = (
    "trace_id",
    "device",
    "label",
    "t",
    "direction",
    "payload",
    "proto",
    "flow",
    "rport",
    "host",
    "lan",
    "speech",
)
_TRANSPORTS: Final = {"tcp": Transport.TCP, "udp": Transport.UDP, "unknown": Transport.TCP}
_MARKS: Final = {
    "count matches": Marks.SHAPE,
    "main conversation": Marks.AUTHORS,
    "whole trace": Marks.AUTHORS,
    "no speech": Marks.AUTHORS,
}

type Labels = dict[str, str]


def find_recordings(path: Path) -> list[Path]:
    """Give the recordings at a path: the file itself, or those of a folder, by name."""
    if not path.exists():
        raise ConfigError(Complaint(f"there is no {path}"))
    if path.is_dir():
        suffixes = (".parquet", ".pcap", ".pcapng")
        return sorted(file for file in path.iterdir() if file.suffix in suffixes)
    return [path]


def open_traces(path: Path, device: str | None = None) -> Iterator[Trace]:
    """Give the traces of one recording, whatever its format.

    Args:
        path: The recording.
        device: Hardware or IP address of the device, in a capture; None: whoever uploads most.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(TABLE_MAGIC))
    except OSError as error:
        raise ConfigError(Complaint(f"cannot be read: {why(error)}", str(path))) from error
    labels = read_labels(path.with_name(LABELS_FILE))
    if magic == TABLE_MAGIC:
        yield from open_table(path, labels)
        return
    from hushgate.adapters.captures import open_capture  # the packet decoders, only if needed

    for trace in open_capture(path, device):
        if path.stem in labels:
            _describe(trace, labels[path.stem])
        yield trace


def read_labels(path: Path) -> dict[str, Labels]:
    """Read what is known of each trace; empty if there is no such file."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {row["trace_id"]: row for row in csv.DictReader(file) if row.get("trace_id")}


def open_table(path: Path, labels: dict[str, Labels]) -> Iterator[Trace]:
    """Give the traces of a parquet file."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UnavailableError(
            "reading trace tables needs pyarrow: install hushgate[analysis]"
        ) from error
    try:
        table = parquet.read_table(path, columns=list(_COLUMNS))
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        expected = ", ".join(_COLUMNS)
        raise ConfigError(
            Complaint(
                f"is no table of traces ({error}); expected the columns {expected}", str(path)
            )
        ) from error
    ids = table.column("trace_id").to_pylist()
    starts = [0, *(row for row in range(1, len(ids)) if ids[row] != ids[row - 1]), len(ids)]
    for start, end in pairwise(starts):
        if start == end:
            continue
        rows = table.slice(start, end - start).to_pydict()
        yield _build_trace(path, rows, labels.get(ids[start], {}))


def _build_trace(path: Path, rows: dict[str, list[Any]], labels: Labels) -> Trace:
    device = DeviceId(rows["device"][0])
    flows: dict[int, FlowKey] = {}
    names: dict[FlowKey, str] = {}
    for number, proto, host, port in zip(
        rows["flow"], rows["proto"], rows["host"], rows["rport"], strict=True
    ):
        if number in flows or proto not in _TRANSPORTS:
            continue
        flow = FlowKey(device, _TRANSPORTS[proto], "speaker", number, host or "server", port)
        flows[number] = flow
        if host:
            names[flow] = host
    trace = Trace(
        path=str(path),
        source=path.stem,
        device=device,
        label=rows["label"][0],
        events=_read_events(rows, flows),
        names=names,
        mixed="unknown" in rows["proto"],
        name=rows["trace_id"][0],
    )
    if labels:
        _describe(trace, labels)
    return trace


def _read_events(rows: dict[str, list[Any]], flows: dict[int, FlowKey]) -> Iterator[TraceEvent]:
    columns = ("t", "direction", "payload", "flow", "lan", "speech")
    for at, direction, size, number, lan, speech in zip(
        *(rows[column] for column in columns), strict=True
    ):
        flow = flows.get(number)
        if size and not lan and flow is not None:
            yield TraceEvent(Instant(at), flow, Direction(direction), size, speech=speech)


def _describe(trace: Trace, labels: Labels) -> None:
    """Fill in what the labels say of a trace."""
    trace.source = labels.get("source") or trace.source
    trace.device = labels.get("device") or trace.device
    trace.label = labels.get("label") or trace.label
    known = labels.get("speech_label", "")
    trace.marks = _MARKS.get(known, Marks.UNKNOWN)
    if trace.marks is Marks.UNKNOWN and known.startswith("shape rule finds"):
        trace.marks = Marks.UNUSABLE
    if trace.label == "voice-other":
        trace.marks = Marks.AUTHORS  # another device was spoken to: this one sent no speech
    trace.cuts = tuple(_parse_cut(text) for text in labels.get("windows", "").split(";") if text)


def _parse_cut(text: str) -> Cut:
    """Read ``2:47.624-54.343``: the number of the command, first and last second."""
    number, _, span = text.partition(":")
    start, _, end = span.partition("-")
    try:
        return Cut(int(number), Instant(float(start)), Instant(float(end)))
    except ValueError as error:
        raise ConfigError(
            Complaint(f'"{text}" is no cut; expected NUMBER:START-END', LABELS_FILE)
        ) from error
