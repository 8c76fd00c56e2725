"""Lease files of DHCP servers → facts: which device has which address, and what it calls itself.

In: a file of dnsmasq, odhcpd or Kea; the form of each line says whose it is. Out: facts and
complaints. Rules: a line that cannot be read is said, once for all of them, and the rest is used;
a lease that was given back says nothing; of Kea's journal the last line of an address counts.
"""

import ipaddress
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from hushgate.core.errors import Complaint, why
from hushgate.core.facts import Leased
from hushgate.core.oui import is_mac

_BARE_MAC = 12
"""Digits of a hardware address without colons, which is how odhcpd writes it."""
_KEA_HEADER = "address,hwaddr,"
_KEA_ACTIVE = "0"
_NAMELESS = frozenset(("", "*", "-"))
MAX_SIZE = 16 * 2**20
"""Largest file that is read: a hundred thousand leases."""


class _Passed(Enum):
    """Lines that are well formed and say nothing about a hardware address."""

    IPV6 = "a lease of IPv6"
    HOSTS = "a line for the hosts file"


class Lease(NamedTuple):
    """One line of a lease file."""

    mac: str
    address: str
    host_name: str | None


def read_leases(path: Path) -> tuple[list[Leased], list[Complaint]]:
    """Read a lease file; one that is not there has no leases."""
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            text = file.read(MAX_SIZE)
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [Complaint(f"cannot be read: {why(error)}", str(path))]
    lines = text.splitlines()
    if lines and lines[0].startswith(_KEA_HEADER):
        rows: list[tuple[int, Lease | _Passed | None]] = list(_read_kea(lines))
    else:
        rows = [(number, _read_line(line)) for number, line in enumerate(lines, 1) if line.strip()]
    facts = [
        Leased(lease.mac, lease.address, lease.host_name, None, ())
        for _, lease in rows
        if isinstance(lease, Lease)
    ]
    unread = [number for number, lease in rows if lease is None]
    if not unread:
        return facts, []
    message = f"{len(unread)} lines are no leases of dnsmasq, odhcpd or Kea; the first is this one"
    return facts, [Complaint(message, str(path), unread[0])]


def _read_kea(lines: list[str]) -> Iterator[tuple[int, Lease | None]]:
    """Read Kea's lease file for IPv4, which has a header and is added to, never rewritten."""
    latest: dict[str, tuple[int, Lease | None]] = {}
    header = lines[0].split(",")
    for number, line in enumerate(lines[1:], 2):
        row = dict(zip(header, line.split(","), strict=False))  # Kea escapes commas in values
        address = row.get("address", "")
        if address == "address":  # a second header, where two files were joined
            continue
        lease = _lease(row.get("hwaddr", ""), address, row.get("hostname", ""))
        if lease is None or row.get("state") == _KEA_ACTIVE:
            latest[address] = number, lease
        else:
            latest.pop(address, None)
    yield from latest.values()


def _read_line(line: str) -> Lease | _Passed | None:
    """Read a line of dnsmasq or odhcpd."""
    words = line.split()
    match words:
        # odhcpd: interface, identifier, kind, name, valid, assigned, length, address/prefix
        case ["#", _, identifier, "ipv4", name, _, _, _, address, *_]:
            mac = ":".join(re.findall("..", identifier)) if len(identifier) == _BARE_MAC else ""
            return _lease(mac, address.partition("/")[0], name)
        case ["#", _, _, _, _, _, _, _, *_]:
            return _Passed.IPV6
        # dnsmasq: expiry, hardware address, address, name, identifier
        case [expiry, mac, address, name, _] if expiry.isdecimal() and "." in address:
            return _lease(mac, address, name)
        case ["duid", _] | [_, _, _, _, _]:
            return _Passed.IPV6
        case [address, _] if _is_address(address):
            return _Passed.HOSTS
    return None


def _lease(mac: str, address: str, name: str) -> Lease | None:
    mac = mac.lower()
    if not is_mac(mac) or not _is_address(address):
        return None
    return Lease(mac, address, None if name in _NAMELESS else name)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
