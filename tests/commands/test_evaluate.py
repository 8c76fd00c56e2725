"""``hushgate evaluate`` as a user runs it."""

import json
from pathlib import Path

import pytest

from hushgate.cli import main
from tests.adapters.test_traces import write_labels, write_table

SHARED = Path(__file__).parents[3] / "shared" / "data" / "speaker-traces"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared recordings are not beside this checkout"
)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    frames = [{"t": 5 + 0.02 * n, "payload": 400, "speech": 1} for n in range(100)]
    write_table(tmp_path / "made.parquet", {"t": 0.0}, *frames)
    write_labels(tmp_path, "one,made,echo,voice,count matches,")
    return tmp_path


def test_the_table_ends_with_the_total(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(recordings)]) == 0
    output = capsys.readouterr()
    rows = [line for line in output.out.splitlines() if line.startswith("|")]
    assert rows[-1].split("|")[1].strip() == "total"
    assert "Keep-alives held: p50 250 ms" in output.out
    assert output.err == ""  # no progress where nobody watches


def test_json_is_for_programs(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json", str(recordings)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["total"]["commands"], result["total"]["stopped"]) == (1, 1)
    assert result["total"]["leaked_bytes"] == 0


def test_halves_make_the_whole(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = 0
    for half in ("1", "2"):
        assert main(["evaluate", "--json", "--half", half, str(recordings)]) == 0
        commands += json.loads(capsys.readouterr().out)["total"]["commands"]
    assert commands == 1


def test_robustness_compares_the_variations(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--robustness", "--json", str(recordings)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["padded to 512"]["commands"] == 1
    assert result["synthetic: frames at 16 kbit/s"]["missed"] == 0
    assert main(["evaluate", "--robustness", str(recordings)]) == 0
    assert "jitter up to 50 ms" in capsys.readouterr().out


def test_a_plot_is_drawn(recordings: Path, tmp_path: Path) -> None:
    assert main(["evaluate", str(recordings), "--plot", str(tmp_path / "plot.png")]) == 0
    assert (tmp_path / "plot.png").exists()


def test_what_prove_kept_is_measured_against_the_thresholds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kitchen.json"
    looks = [{"seconds": 0.1 * n, "came": 600 * n} for n in range(30)]
    kept.write_text(json.dumps({"interval": 0.1, "looks": looks}))
    assert main(["evaluate", str(kept)]) == 0
    printed = capsys.readouterr().out
    assert "17,400 bytes in 2.8 s are speech (steady); 0 bytes would have left" in printed
    assert "10 filled tenths of a second, of 10; speech has 6" in printed
    assert main(["evaluate", "--json", str(kept)]) == 0
    [burst] = json.loads(capsys.readouterr().out)[str(kept)]
    assert burst["speech"] is True


def test_a_file_that_is_no_shape_is_the_users_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.json").write_text("{}")
    assert main(["evaluate", str(tmp_path / "odd.json")]) != 0
    assert "hushgate prove --keep" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_no_recordings_are_the_users_error(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path / name)]) != 0
    assert "no" in capsys.readouterr().err


@needs_shared
def test_homepod_and_dot_recordings_are_stopped_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json", str(SHARED / "monitored-sss.parquet")]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["commands"], total["missed"], total["leaked_bytes"]) == (2, 0, 0)
    assert (total["other"], total["wrongly_stopped"]) == (118, 0)


@needs_shared
def test_devices_of_2021_are_stopped_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json", str(SHARED / "cic2022.parquet")]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["commands"], total["missed"], total["leaked_bytes"]) == (18, 0, 0)
    assert total["wrongly_stopped"] == 0
