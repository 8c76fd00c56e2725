"""Rows as lines: what arrives at the other end, and what a dead end costs."""

import json
import socket
from pathlib import Path

from hushgate.adapters.eventlines import SYSLOG, EventLines
from hushgate.core.rows import as_json
from tests.core.samples import row

ROWS = [row(id=1, endpoint="a:443"), row(id=2, endpoint="\u00fc\n:443")]


def test_a_file_gets_one_object_a_line_as_the_log_command_prints_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    lines = EventLines(str(path))
    lines.write(ROWS)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        as_json(each) for each in ROWS
    ]


def test_a_file_that_is_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    lines = EventLines(str(path))
    lines.write(ROWS[:1])
    path.rename(tmp_path / "ledger.jsonl.1")
    lines.write(ROWS[1:])
    assert json.loads(path.read_text())["id"] == 2


def test_syslog_gets_a_datagram_a_row_with_a_tag(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(path))
        EventLines(SYSLOG, syslog=path).write(ROWS)
        got = [syslog.recv(65536) for _ in ROWS]
    assert all(each.startswith(b"<134>hushgate-ledger: {") for each in got)
    assert [json.loads(each.partition(b": ")[2])["id"] for each in got] == [1, 2]


def test_a_target_that_takes_nothing_costs_lines_and_is_told_until_it_works_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "away" / "ledger.jsonl"
    lines = EventLines(str(path))
    lines.write(ROWS)
    assert (lines.lost, "away" in str(lines.error)) == (2, True)
    path.parent.mkdir()
    lines.write(ROWS)
    assert (lines.lost, lines.error) == (2, None)
