"""Who this gateway is in its networks: its addresses, and the routers it goes through itself."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from hushgate.core.rivals import Place

_FORWARDING: Final = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")


def read_place() -> Place | None:
    """Return who this gateway is now; None: that cannot be found out."""
    try:
        interfaces, neighbors = _ip("address"), _ip("neighbor")
        routes = [*_ip("-4", "route", "show", "default"), *_ip("-6", "route", "show", "default")]
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return place_of(interfaces, routes, neighbors, routes_here=any(map(_is_on, _FORWARDING)))


def place_of(
    interfaces: list[dict[str, Any]],
    routes: list[dict[str, Any]],
    neighbors: list[dict[str, Any]],
    *,
    routes_here: bool,
) -> Place:
    """Put together what the ip program says."""
    own = {
        address["local"]
        for interface in interfaces
        for address in interface.get("addr_info", ())
        if "local" in address
    }
    own |= {interface["address"] for interface in interfaces if "address" in interface}
    hops = [hop for route in routes for hop in (route, *route.get("nexthops", ()))]
    gateways = {hop["gateway"] for hop in hops if "gateway" in hop}
    gateways |= {hop["via"]["host"] for hop in hops if "via" in hop}
    cards = {row["lladdr"] for row in neighbors if row.get("dst") in gateways and "lladdr" in row}
    return Place(frozenset(own), frozenset(gateways | cards), routes_here)


def _ip(*words: str) -> list[dict[str, Any]]:
    done = subprocess.run(["ip", "-json", *words], capture_output=True, timeout=1.0, check=False)
    rows: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return [row for row in rows if row]


def _is_on(path: str) -> bool:
    try:
        return Path(path).read_text(encoding="ascii").strip() not in ("", "0")
    except OSError:
        return False
