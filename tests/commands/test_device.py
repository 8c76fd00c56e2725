"""The owner's word about a device, kept in the configuration."""

from pathlib import Path

import pytest

from hushgate.cli import main
from hushgate.config import load_config
from hushgate.core.identity import Kind
from hushgate.core.model import Mac
from hushgate.core.newcomers import Said

EXAMPLE = Path(__file__).parents[2] / "config" / "hushgate.example.yaml"
ROBBIE = "50:14:79:10:00:09"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example where the command looks for it; no gateway runs."""
    path = tmp_path / "hushgate.yaml"
    path.write_text(EXAMPLE.read_text())
    monkeypatch.setenv("HUSHGATE_CONFIG", str(path))
    monkeypatch.setenv("HUSHGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HUSHGATE_RUNTIME_DIR", str(tmp_path / "run"))
    return path


def say(*words: str) -> int:
    return main(["device", "set", *words])


def comments(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.lstrip().startswith("#")]


def test_what_is_no_speaker_is_written_and_every_comment_stays(config: Path) -> None:
    assert say(ROBBIE.upper(), "--not-speaker", "--name", "Robbie") == 0
    assert load_config(config).said == {Mac(ROBBIE): Said("Robbie", Kind.APPLIANCE)}
    assert comments(config) == comments(EXAMPLE)
    assert say(ROBBIE, "--kind", "computer") == 0
    assert load_config(config).said == {Mac(ROBBIE): Said("Robbie", Kind.COMPUTER)}


def test_a_speaker_is_guarded_from_then_on_and_keeps_its_name(config: Path) -> None:
    say(ROBBIE, "--not-speaker", "--name", "Robbie")
    assert say(ROBBIE, "--speaker", "bathroom") == 0
    loaded = load_config(config)
    assert loaded.said == {}
    assert "devices: {}" not in config.read_text()
    device = loaded.policy.device_of(Mac(ROBBIE))
    assert device == "bathroom"
    assert loaded.policy.devices[device].name == "Robbie"


def test_a_speaker_of_the_file_gets_another_name(config: Path) -> None:
    assert say("kitchen", "--name", "Pantry Echo") == 0
    device = load_config(config).policy.device_of(Mac("fc:65:de:10:00:01"))
    assert device == "kitchen"
    assert "name: Pantry Echo" in config.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("kitchen", "--not-speaker"), "take it out of speakers", id="opens nothing"),
        pytest.param(("kitchen", "--speaker", "hall"), "take it out", id="no second id"),
        pytest.param((ROBBIE, "--speaker", "kitchen"), "already", id="an id that is taken"),
        pytest.param((ROBBIE, "--speaker", "All!"), "cannot be a name", id="no id at all"),
        pytest.param((ROBBIE,), "say --name", id="nothing said"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert say(*words) == 2
    assert message in capsys.readouterr().err
    assert config.read_text() == EXAMPLE.read_text()


def test_a_name_that_only_the_gateway_knows_needs_the_gateway(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say("192.168.1.20", "--not-speaker") == 1
    assert "does not run here" in capsys.readouterr().err
