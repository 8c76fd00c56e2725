"""hushgate inside somebody else's mitmproxy, without its gate: it stops what it is given, and says
loudly what it is not given."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd
from tests.e2e.gateprocess import PATIENCE, ROOT, until
from tests.e2e.owner import CONFIG, KITCHEN, Speaker, speaking
from tests.home.network import Network

pytestmark = pytest.mark.e2e

REDIRECT = f"""
table inet elsewhere {{
    chain prerouting {{
        type nat hook prerouting priority dstnat
        ether saddr {KITCHEN} meta l4proto tcp redirect to :8443
    }}
}}
"""
"""What the owner of that mitmproxy has set up without us."""


@contextmanager
def mitmdump(home: Network, folder: Path) -> Iterator[Path]:
    """Run it as quiet as it can be; give the file of what it says."""
    config, said = folder / "hushgate.yaml", folder / "said"
    config.write_text(CONFIG)
    words = (str(Path(sys.executable).with_name("mitmdump")), "-q", "--mode", "transparent@8443")
    home.gateway.run("nft", "-f", "-", stdin=REDIRECT)
    with said.open("wb") as file:
        process = subprocess.Popen(
            home.gateway.command(*words, "-s", "addon/hushgate_addon.py"),
            stdout=file,
            stderr=file,
            cwd=ROOT,
            env={
                **os.environ,
                "HUSHGATE_CONFIG": str(config),
                "HUSHGATE_STATE_DIR": str(folder / "state"),
                "HUSHGATE_RUNTIME_DIR": str(folder / "run"),
                "HOME": str(folder),
            },
        )
    try:
        yield said
    finally:
        process.terminate()
        process.wait(PATIENCE)
        home.gateway.run("nft", "delete", "table", "inet", "elsewhere")


def tell(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Give an owner's command."""
    command = (sys.executable, "-m", "hushgate", *words, "--runtime-dir", str(folder / "run"))
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def heard(speakers: list[Speaker], far_end: FarEnd) -> bool:
    seen = far_end.arrived()
    return any(word in seen for speaker in speakers for word in list(speaker.words))


def test_what_is_redirected_to_it_is_guarded_and_what_is_not_is_said(
    home: Network, tmp_path: Path
) -> None:
    office = home.speakers["office"]
    with (
        closing(CloudSide(home.cloud)),
        closing(FarEnd(home.cloud, office)) as far_end,
        mitmdump(home, tmp_path) as said,
    ):
        status = until(lambda: _status(tmp_path), "its status", 3 * PATIENCE)
        with speaking(home) as speakers:
            until(lambda: len(speakers[0].words) > 300, "three sentences")
            assert not heard(speakers, far_end)
            assert tell(tmp_path, "allow", "kitchen", "10m").returncode == 0
            until(lambda: heard(speakers, far_end), "that it is heard when it may be")
    assert not status["protecting"]
    assert "QUIC, other UDP and everything else of a speaker is NOT" in status["problems"][0]
    assert "WARNING: hushgate runs inside mitmdump, without its gate" in said.read_text()


def _status(folder: Path) -> dict[str, Any]:
    """Return its status; empty as long as it does not answer."""
    report: dict[str, Any] = json.loads(tell(folder, "status", "--json").stdout)
    return report if report["devices"] else {}
