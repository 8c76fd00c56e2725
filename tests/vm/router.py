"""The emulated machine as the router of the miniature home, and the service that it runs."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from hushgate.core.model import Mac
from tests.e2e.cloudside import CloudSide
from tests.e2e.farend import FarEnd
from tests.e2e.gateprocess import until
from tests.e2e.test_matrix import SILENCE, WAYS, Voice
from tests.home.network import SPEAKERS, Namespace, Network
from tests.vm.whole import PREROLL

FOUND = Mac(SPEAKERS["bedroom"])
"""A speaker that the configuration does not name."""
RULES = Path("/var/lib/rules-without-hushgate")
INSTALL = Path(__file__).parents[2] / "docs" / "install.md"


class Router(NamedTuple):
    """The home around this machine."""

    home: Network
    far_end: FarEnd

    def arrives(self, way: str, family: int, speaker: str = "kitchen") -> bool:
        """Have a speaker say something; return whether a word of it left the home."""
        voice = Voice(self.home.speakers[speaker], family, PREROLL)
        with suppress(ConnectionRefusedError):  # nobody takes its TCP: it is shut
            WAYS[way](voice)
        seen = self.far_end.arrived()
        return any(marker in seen for marker in voice.markers)


@contextmanager
def router() -> Iterator[Router]:
    """Lay the home's cables to this machine, whatever is in force here."""
    machine = Namespace("machine", os.open("/proc/1/ns/net", os.O_RDONLY | os.O_CLOEXEC))
    with ExitStack() as stack:
        home = stack.enter_context(closing(Network(machine)))
        home.cloud.run("nft", "-f", "-", stdin=SILENCE)
        stack.enter_context(closing(CloudSide(home.cloud)))
        far_end = stack.enter_context(closing(FarEnd(home.cloud, home.speakers["office"])))
        yield Router(home, far_end)


def commands_of(section: str) -> list[str]:
    """Return what the document has its reader type, with rights to, under a heading."""
    text = INSTALL.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2]
    return re.findall(r"^    (sudo .*)$", text.partition("\n## ")[0], re.MULTILINE)


def typed(line: str) -> str:
    """Type a line in the shell of this machine; return what it said, and its errors."""
    done = subprocess.run(
        line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout


def status() -> dict[str, Any]:
    """Return its status; empty while it cannot be asked."""
    try:
        report: dict[str, Any] = json.loads(typed("hushgate status --json"))
    except ValueError:
        return {}
    return report


def wait_until(holds: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
    """Return the status as soon as something holds for it."""

    def held() -> dict[str, Any] | None:
        now = status()
        return now if now and holds(now) else None

    return until(held, what, 600.0)


def guards() -> dict[str, Any]:
    """Wait until it guards."""
    return wait_until(lambda now: now["protecting"], "that it guards")


def processes() -> dict[str, int]:
    """Return those of the service by their word: run, gate, addon."""
    main = typed("systemctl show --property MainPID --value hushgate").strip()
    found = {}
    for pid in (main, *Path(f"/proc/{main}/task/{main}/children").read_text("ascii").split()):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        found[next(word for word in words if word in ("run", "gate", "addon"))] = int(pid)
    return found


def rights_of(process: int) -> dict[str, str]:
    """Return what the kernel says of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
