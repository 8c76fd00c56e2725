"""Lease files of DHCP servers, looked at now and then: leases that are new.

In: the files that the configuration names, besides those in their usual places. Out: facts. Rules:
a file is read again when it changed; what is wrong with one is said and ends nothing.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hushgate.adapters.filestamp import FileStamp, stamp_of
from hushgate.adapters.leases import read_leases
from hushgate.core.facts import Leased

USUAL: Final = tuple(
    map(
        Path,
        (
            "/var/lib/misc/dnsmasq.leases",
            "/var/lib/dnsmasq/dnsmasq.leases",
            "/etc/pihole/dhcp.leases",
            "/tmp/dhcp.leases",  # noqa: S108 (OpenWrt's dnsmasq)
            "/tmp/odhcpd.leases",  # noqa: S108
            "/tmp/hosts/odhcpd",  # noqa: S108
            "/var/lib/kea/kea-leases4.csv",
        ),
    )
)
"""Where dnsmasq, Pi-hole, OpenWrt and Kea keep them."""


class LeaseWatch:
    """Remembers what was read."""

    def __init__(self, usual: Sequence[Path] = USUAL) -> None:
        self._usual = usual
        self._stamps: dict[Path, FileStamp | None] = {}
        self._known: dict[Path, set[Leased]] = {}
        self._wrong: dict[Path, str] = {}

    def look(self, named: Iterable[Path]) -> list[Leased]:
        """Return the leases that are new since the last look."""
        named = tuple(named)
        for path in self._known.keys() - {*self._usual, *named}:
            for memory in (self._stamps, self._known, self._wrong):
                memory.pop(path, None)
        return [
            lease for path in dict.fromkeys((*self._usual, *named)) for lease in self._new(path)
        ]

    def problems(self, named: Iterable[Path]) -> list[str]:
        """Say what is wrong with the files; one in its usual place need not be there."""
        absent = [
            f"{path}: there is no such lease file" for path in named if stamp_of(path) is None
        ]
        return [*absent, *self._wrong.values()]

    def _new(self, path: Path) -> list[Leased]:
        stamp = stamp_of(path)
        if stamp == self._stamps.get(path):
            return []
        self._stamps[path] = stamp
        leases, complaints = read_leases(path)
        self._wrong.pop(path, None)
        if complaints:
            self._wrong[path] = str(complaints[0])
        before, self._known[path] = self._known.get(path, set()), set(leases)
        return [lease for lease in leases if lease not in before]
