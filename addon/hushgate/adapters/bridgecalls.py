"""Keeps bridged packets meeting our table, on a machine that bridges and does not route.

Whoever sets bridge-nf-* to 0 there (Docker's documentation says how) lets every packet pass
by. Where the machine routes it is none of our business.
"""

from pathlib import Path
from typing import Final

_NET: Final = Path("/proc/sys/net")
BRIDGE_CALLS: Final = (
    "bridge-nf-call-iptables",
    "bridge-nf-call-ip6tables",
    "bridge-nf-filter-vlan-tagged",
    "bridge-nf-filter-pppoe-tagged",
)
"""Without the last two, off by default, packets behind a tag of a VLAN or of PPPoE pass by."""


class BridgeCalls:
    """Remembers which switches were on at the start."""

    def __init__(self) -> None:
        routes = _read(_NET / "ipv4" / "ip_forward") != "0"
        paths = [] if routes else [_NET / "bridge" / name for name in BRIDGE_CALLS]
        self._kept = [path for path in paths if _read(path) == "1"]
        self.restored = 0
        """Times one had to be switched on again."""
        self.problem: str | None = None
        """What is wrong, if it could not be."""

    def restore(self) -> None:
        """Switch on again what was on at the start."""
        self.problem = None
        for path in self._kept:
            if _read(path) == "1":
                continue
            try:
                path.write_text("1", encoding="ascii")
                self.restored += 1
            except OSError as error:
                self.problem = (
                    f"{path.name} was switched off and cannot be switched on ({error.strerror}):"
                    " bridged packets of speakers pass by"
                )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None
