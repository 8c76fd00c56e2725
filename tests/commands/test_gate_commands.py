"""The owner's commands about the table: shut, compare, and the way out."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hushgate.cli import main
from hushgate.core.link import Snapshot
from hushgate.core.model import Mac
from tests.commands.test_run import find_echo
from tests.e2e.gateprocess import ROOT, GateProcess
from tests.e2e.test_gate_failures import Hushgate
from tests.home.network import Namespace

EXAMPLE = str(ROOT / "config" / "hushgate.example.yaml")
KITCHEN = Mac("fc:65:de:10:00:01")
e2e = pytest.mark.e2e


@pytest.fixture
def place() -> Iterator[Namespace]:
    place = Namespace("commands")
    yield place
    place.close()


def run(place: Namespace, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of hushgate's in a namespace."""
    return subprocess.run(
        place.command(sys.executable, "-m", "hushgate", *words),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.parametrize(
    ("queue", "words"), [("nft", "queue num 4853 comment"), ("none", "nobody can judge here")]
)
def test_the_document_is_printed_for_any_kernel(
    capsys: pytest.CaptureFixture[str], queue: str, words: str
) -> None:
    assert main(["ruleset", "--config", EXAMPLE, "--queue", queue]) == 0
    document = capsys.readouterr().out
    assert KITCHEN in document
    assert words in document


@e2e
def test_shut_shuts_before_hushgate_runs_and_the_way_out_opens(place: Namespace) -> None:
    assert run(place, "shut", "--config", EXAMPLE).returncode == 0
    assert KITCHEN in place.run("nft", "list", "set", "inet", "hushgate", "speakers")
    opened = run(place, "open-everything")
    assert opened.returncode == 0
    assert "speakers are NOT guarded" in opened.stdout
    assert place.run("nft", "list", "ruleset") == ""
    assert "there was no table to remove" in run(place, "open-everything").stdout


@e2e
def test_shut_shuts_found_speakers_that_the_owner_wants_protected(
    place: Namespace, tmp_path: Path
) -> None:
    config = tmp_path / "hushgate.yaml"
    text = Path(EXAMPLE).read_text(encoding="utf-8")
    config.write_text(text.replace("house:\n", "house:\n  new_speakers: protect\n", 1))
    echo = find_echo(tmp_path)
    words = ("--config", str(config), "--state-dir", str(tmp_path))
    assert run(place, "shut", *words).returncode == 0
    assert echo in place.run("nft", "list", "set", "inet", "hushgate", "speakers")


@e2e
def test_the_way_out_stops_a_gate_and_shut_and_cleanup_do_not(
    place: Namespace, tmp_path: Path
) -> None:
    with closing(GateProcess(place, tmp_path)) as gate:
        gate.connect()
        gate.tell(Snapshot(1, (KITCHEN,)))
        assert "nothing to do" in run(place, "shut", "--config", EXAMPLE).stdout
        refused = run(place, "cleanup")
        assert refused.returncode == 1
        assert f"process {gate.process.pid}" in refused.stderr
        assert gate.has_table()
        assert "stopped hushgate" in run(place, "open-everything").stdout
        assert gate.process.wait(60) == 0
    assert place.run("nft", "list", "ruleset") == ""


@e2e
def test_the_way_out_stops_all_of_a_running_hushgate(place: Namespace, tmp_path: Path) -> None:
    with closing(Hushgate(place, tmp_path, "--stay-shut")) as hushgate:
        assert "removed the table" in run(place, "open-everything").stdout
        assert hushgate.process.wait(60) == 0
    assert place.run("nft", "list", "ruleset") == ""


@e2e
def test_the_kernels_rules_are_compared_with_those_of_the_configuration(
    place: Namespace, tmp_path: Path
) -> None:
    words = ("ruleset", "--diff", "--config", EXAMPLE)
    assert "no table of hushgate" in run(place, *words).stdout
    with closing(GateProcess(place, tmp_path)) as gate:
        gate.connect()
        gate.wait_for_table()
        same = run(place, *words)
        assert (same.returncode, same.stdout) == (
            0,
            "the kernel's rules are those of the configuration\n",
        )
        gate.kill()
        gate.process.wait()
        place.run("nft", "insert", "rule", "inet", "hushgate", "from_speaker", "accept")
        other = run(place, *words)
        assert other.returncode == 1
        assert "+\t\taccept" in other.stdout


@e2e
def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(place: Namespace) -> None:
    done = run(place, "doctor", "--config", EXAMPLE)
    assert done.returncode == 1
    assert "bad: hushgate's table is not in the kernel" in done.stdout
    assert "way out: start it: hushgate run" in done.stdout
    done = run(place, "doctor", "--config", EXAMPLE, "--json")
    assert '"weight": "bad"' in done.stdout
