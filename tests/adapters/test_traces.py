"""Tables of traces: what becomes an event, and what the labels say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from hushgate.adapters.traces import find_recordings, open_traces, read_labels
from hushgate.core.errors import ConfigError
from hushgate.core.model import Transport
from hushgate.core.trace import Cut, Direction, Marks

ROW: dict[str, Any] = {
    "trace_id": "one",
    "device": "echo",
    "label": "voice",
    "t": 0.5,
    "direction": "up",
    "ip_len": 93,
    "payload": 41,
    "proto": "tcp",
    "flow": 3,
    "rport": 443,
    "host": "voice.example",
    "lan": False,
    "interaction": -1,
    "speech": 0,
}
LABELS = "trace_id,source,device,label,speech_label,windows\n"


def write_table(path: Path, *rows: dict[str, Any]) -> Path:
    parquet.write_table(pa.Table.from_pylist([{**ROW, **row} for row in rows]), path)
    return path


def write_labels(folder: Path, *lines: str) -> None:
    (folder / "traces.csv").write_text(LABELS + "".join(f"{line}\n" for line in lines))


def test_rows_become_events_of_their_flow(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet", {}, {"direction": "down", "t": 0.6, "speech": 2})
    (trace,) = open_traces(table)
    up, down = trace.events
    assert (up.at, up.direction, up.size, up.records, up.speech) == (0.5, Direction.UP, 41, None, 0)
    assert (down.direction, down.speech) == (Direction.DOWN, 2)
    assert up.flow == down.flow
    assert (up.flow.transport, up.flow.client_port, up.flow.server_port) == (Transport.TCP, 3, 443)
    assert trace.names[up.flow] == "voice.example"
    assert (trace.name, trace.source, trace.device, trace.marks) == (
        "one",
        "t",
        "echo",
        Marks.UNKNOWN,
    )


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"lan": True}, id="talk within the home network"),
        pytest.param({"payload": 0}, id="a bare acknowledgement"),
        pytest.param({"proto": "other"}, id="neither TCP nor UDP"),
    ],
)
def test_rows_that_are_no_events(tmp_path: Path, row: dict[str, Any]) -> None:
    (trace,) = open_traces(write_table(tmp_path / "t.parquet", row))
    assert list(trace.events) == []


def test_a_file_holds_several_traces(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet", {}, {}, {"trace_id": "two", "proto": "unknown"})
    one, two = open_traces(table)
    assert [len(list(trace.events)) for trace in (one, two)] == [2, 1]
    assert (one.mixed, two.mixed) == (False, True)


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        pytest.param("one,vcf,amazon-echo,voice,count matches,", Marks.SHAPE, id="a shape rule"),
        pytest.param("one,cic,dot,voice,main conversation,", Marks.AUTHORS, id="the authors"),
        pytest.param("one,cic,dot,app-lan,no speech,", Marks.AUTHORS, id="nobody spoke"),
        pytest.param("one,cic,sonos,voice-other,unknown,", Marks.AUTHORS, id="to somebody else"),
        pytest.param("one,vcf,echo,voice,shape rule finds 7,", Marks.UNUSABLE, id="do not fit"),
        pytest.param("one,nemea,mini,unlabelled,unknown,", Marks.UNKNOWN, id="nobody says"),
    ],
)
def test_labels_say_what_the_marks_rest_on(tmp_path: Path, line: str, marks: Marks) -> None:
    write_labels(tmp_path, line)
    (trace,) = open_traces(write_table(tmp_path / "t.parquet", {}))
    assert trace.marks is marks
    assert trace.source == line.split(",")[1]


def test_labels_give_the_authors_cuts(tmp_path: Path) -> None:
    write_labels(tmp_path, "one,vcf,echo,voice,count matches,1:6.184-12.784;2:47.6-54.3")
    (trace,) = open_traces(write_table(tmp_path / "t.parquet", {}))
    assert trace.cuts == (Cut(1, 6.184, 12.784), Cut(2, 47.6, 54.3))  # type: ignore[arg-type]


@pytest.mark.parametrize("windows", ["1", "1:2", "x:1-2", "1:a-b"])
def test_a_bad_cut_is_the_users_error(tmp_path: Path, windows: str) -> None:
    write_labels(tmp_path, f"one,vcf,echo,voice,count matches,{windows}")
    with pytest.raises(ConfigError, match="expected NUMBER:START-END"):
        list(open_traces(write_table(tmp_path / "t.parquet", {})))


def test_no_labels_are_no_error(tmp_path: Path) -> None:
    assert read_labels(tmp_path / "traces.csv") == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"PAR1", id="cut off"),
        pytest.param(b"PAR1" + bytes(100) + b"PAR1", id="garbage between the marks"),
        pytest.param(b"not a recording at all", id="no recording"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_broken_file_is_the_users_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        list(open_traces(path))


def test_a_table_of_something_else_is_the_users_error(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.Table.from_pylist([{"t": 1.0}]), path)
    with pytest.raises(ConfigError, match="expected the columns trace_id"):
        list(open_traces(path))


def names(paths: Sequence[Path]) -> list[str]:
    return [path.name for path in paths]


def test_a_folder_stands_for_its_recordings(tmp_path: Path) -> None:
    for name in ("b.pcap", "a.parquet", "c.pcapng", "README.md", "traces.csv"):
        (tmp_path / name).touch()
    assert names(find_recordings(tmp_path)) == ["a.parquet", "b.pcap", "c.pcapng"]
    assert names(find_recordings(tmp_path / "b.pcap")) == ["b.pcap"]


def test_a_path_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no"):
        find_recordings(tmp_path / "nowhere")
