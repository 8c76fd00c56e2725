"""`hushgate log`, `report` and `forget` as an owner uses them, without a gateway."""

import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hushgate.adapters import ledger_file
from hushgate.cli import main
from hushgate.core.model import DeviceId, Instant, Reason, Verdict, Voice
from hushgate.core.records import Kind
from tests.core.samples import row

CONFIG = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"

ROWS = [
    row(id=1),
    row(
        id=2,
        name="Hall",
        device=DeviceId("hall"),
        start=Instant(3600),
        voice=Voice.ALLOWED,
        verdict=Verdict.ACCEPT,
        reason=Reason.WINDOW_OPEN,
        left=45_000,
    ),
    row(id=3, kind=Kind.UPLOAD, start=Instant(7200), reason=Reason.BLOCKLISTED),
]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUSHGATE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HUSHGATE_CONFIG", str(CONFIG))
    with closing(ledger_file.open_for_writing(tmp_path / ledger_file.NAME)) as connection:
        ledger_file.insert(connection, ROWS)
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(words) == 0
    return capsys.readouterr().out.splitlines()


def ids(capsys: pytest.CaptureFixture[str], *words: str) -> list[Any]:
    return [json.loads(line)["id"] for line in lines(capsys, "log", "--json", *words)]


@pytest.mark.usefixtures("state")
def test_the_log_is_told_on_the_clock_of_the_house(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "log", "--limit", "2") == [
        "Tue 24 Nov 14:00:00  Hall sent voice, 2.5 s, 45 kB: allowed (within its hours);"
        " to avs-alexa-eu.amazon.com:443",
        "Tue 24 Nov 15:00:00  Kitchen Echo sent 45 kB: stopped, nothing left the house"
        " (one of your lists names the endpoint); to avs-alexa-eu.amazon.com:443",
    ]


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [1, 2, 3]),
        (("--limit", "1"), [3]),
        (("--device", "hall"), [2]),
        (("--verdict", "accept"), [2]),
        (("--kind", "upload"), [3]),
        (("--text", "alexa", "--limit", "2"), [2, 3]),
        (("--since", "2026-11-24 14:00", "--until", "2026-11-24 15:00"), [2]),
        (("--after", "2"), [3]),
        (("--after", "1", "--limit", "1"), [2]),
    ],
)
def test_filters(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], found: Any) -> None:
    assert ids(capsys, *words) == found


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--device", "hal"), 'nothing matches: the ledger has no speaker "hal"; nearest: "hall"'),
        (("--device", "hall", "--kind", "upload"), "nothing matches"),
        (("--since", "2026-11-25"), "nothing matches"),
    ],
)
def test_nothing_is_said_out_loud(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["log", *words]) == 0
    assert capsys.readouterr().err == f"{said}\n"


def test_following_shows_rows_as_they_are_written(state: Path) -> None:
    words = ["log", "--json", "--follow", "--after", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "hushgate", *words], stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        try:
            assert json.loads(follower.stdout.readline())["id"] == 3
            with closing(ledger_file.open_for_writing(state / ledger_file.NAME)) as connection:
                ledger_file.insert(connection, [row(id=4)])
            assert json.loads(follower.stdout.readline())["id"] == 4
            follower.send_signal(signal.SIGINT)
            assert follower.wait(timeout=60) == 130
        finally:
            follower.kill()


@pytest.mark.usefixtures("state")
def test_csv_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(lines(capsys, "log", "--csv")) == 1 + len(ROWS)


def test_parquet_goes_to_a_file(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = state / "rows.parquet"
    assert lines(capsys, "log", "--parquet", str(path)) == [f"{path} is written"]
    assert path.stat().st_size > 0


@pytest.mark.usefixtures("state")
def test_a_broken_configuration_does_not_hide_the_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("{")
    assert main(["log", "--limit", "1", "--config", str(broken)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Tue 24 Nov 14:00:00")
    assert printed.err == f"times are in UTC: the configuration {broken} cannot be used\n"


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("log", "--since", "soon"), 2, '--since: "soon" is no moment; expected e.g. 2h'),
        (("report", "--until", "25:99"), 2, '--until: "25:99" is no moment'),
        (("log", "--since", "2h", "--until", "3h"), 2, "--until is not after --since"),
        (("report", "--until", "2026-11-23", "--since", "2026-11-24"), 2, "not after --since"),
        (("report", "--device", "hal"), 0, 'the ledger has no speaker "hal"; nearest: "hall"'),
        (("log", "--state-dir", "/nowhere"), 1, "there is no ledger at /nowhere/ledger.sqlite"),
        (("report", "--html", "/nowhere/x.html"), 1, "cannot write /nowhere/x.html"),
        (("log", "--parquet", "/nowhere/x.parquet"), 1, "/nowhere/x.parquet"),
        (("forget", "hall"), 2, "say --yes if you mean it"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    assert main(words) == status
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("state")
def test_a_report_sums_a_day_of_the_house(capsys: pytest.CaptureFixture[str]) -> None:
    text = lines(capsys, "report", "--day", "--until", "2026-11-25")
    assert text[0] == "Tue 24 Nov 2026 00:00 to Wed 25 Nov 2026 00:00 (Europe/Berlin)"
    assert "Kitchen Echo (kitchen): listened once" in text
    assert "Hall (hall): listened once" in text


@pytest.mark.usefixtures("state")
def test_a_report_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("report", "--json", "--until", "2026-11-25", "--device", "hall")
    report = json.loads("\n".join(lines(capsys, *words)))
    assert [device["utterances"]["allowed"] for device in report["devices"]] == [1]
    assert [each["domain"] for each in report["devices"][0]["endpoints"]] == ["amazon.com"]
    assert report["since"] == "2026-11-18T00:00:00+01:00"


def test_a_report_as_a_page(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = state / "week.html"
    assert lines(capsys, "report", "--html", str(page), "--until", "2026-11-25") == [
        f"{page} is written; open it in a browser"
    ]
    assert "<h2>Kitchen Echo</h2>" in page.read_text()


@pytest.mark.usefixtures("state")
def test_a_forgotten_speaker_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "forget", "hall", "--yes") == ["deleted 1 row of hall"]
    assert ids(capsys) == [1, 3]
    assert main(["forget", "hall", "--yes"]) == 1
    assert 'the ledger has no speaker "hall"' in capsys.readouterr().err
