"""`hushgate resume` says what holds then."""

from pathlib import Path

import pytest

from hushgate.cli import main
from tests.commands.test_pending import gateway

BLOCK = "all speakers blocked by anna until wed 2026-11-25 07:00 (17h left)"


@pytest.mark.parametrize(
    ("still", "said"),
    [
        pytest.param([], "kitchen: back to its windows; see: hushgate status", id="its windows"),
        pytest.param(
            [BLOCK], f"kitchen: taken back; what was said of all holds on: {BLOCK}", id="of all"
        ),
    ],
)
def test_it_says_what_holds_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], still: list[str], said: str
) -> None:
    with gateway(tmp_path, lambda request: {"device": request["device"], "still": still}):
        assert main(["resume", "kitchen", "--runtime-dir", str(tmp_path)]) == 0
    assert " ".join(capsys.readouterr().out.split()) == said
