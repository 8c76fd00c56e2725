"""Looks around on a gateway: nftables, routes, bridges, neighbors, sysctls, other routers.

It changes nothing, but for a table without rules that is gone at once: whether the NFQUEUE target
is there can only be tried. What a kernel lacks counts as not found.
"""

import contextlib
import json
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from hushgate.adapters import nft
from hushgate.adapters.bridgecalls import BRIDGE_CALLS
from hushgate.adapters.clocks import read_clocks
from hushgate.adapters.xtqueue import add_queue_rule
from hushgate.core.diagnosis import OURS, Chain, Surroundings
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Mac
from hushgate.core.ruleset import render_table
from hushgate.core.wiring import QueueKind, Wiring

_SYSCTL: Final = Path("/proc/sys/net")
_LEADS_ELSEWHERE: Final = frozenset(("redirect", "dnat", "tproxy"))
_SOLICITATION: Final = struct.pack("!BBHI", 133, 0, 0, 0)
_ADVERTISEMENT: Final = 134
_SOL_ICMPV6_FILTER: Final = 1


def look_around(speakers: Mapping[Mac, str], *, patience: float = 2.0) -> Surroundings:
    """Return what can be found out within some seconds.

    Raises:
        UnavailableError: A program is missing, or the right to ask.
    """
    ruleset = nft.list_everything()
    links = _ip("link", "show")
    names = [link["ifname"] for link in links]
    ports = {name: _ports_of(links, name) for name in names}
    routes = _ip("route", "show", "default") or _ip("-6", "route", "show", "default")
    uplink = routes[0].get("dev") if routes else None
    neighbors = {
        row["dst"]: (Mac(row["lladdr"].lower()), row["dev"])
        for row in _ip("neigh", "show")
        if row.get("lladdr") and not set(row.get("state", ())) & {"FAILED", "INCOMPLETE"}
    }
    own = {
        address["local"]
        for link in _ip("addr", "show")
        for address in link.get("addr_info", ())
        if "local" in address
    }
    lans = [name for name in names if name not in ("lo", uplink) and _is_up(links, name)]
    return Surroundings(
        table_loads=_say_against_table(),
        queue=_queue_kind(),
        guarded=nft.is_present(),
        flowtables=tuple(_flowtables(ruleset)),
        chains=tuple(_chains(ruleset)),
        forwarding4=_is_on("ipv4/ip_forward"),
        forwarding6=_is_on("ipv6/conf/all/forwarding"),
        uplink=uplink,
        bridges={name: found for name, found in ports.items() if found},
        bridge_calls={
            name: _is_on(f"bridge/{name}")
            for name in BRIDGE_CALLS
            if (_SYSCTL / "bridge" / name).exists()
        },
        send_redirects=uplink is not None
        and any(_is_on(f"ipv4/conf/{name}/send_redirects") for name in ("all", uplink)),
        clock_synchronized=read_clocks().synchronized,
        routers=tuple(_find_routers(lans, own, patience)),
        speakers=speakers,
        neighbors=neighbors,
        heard=frozenset(_heard(ruleset)),
    )


def _say_against_table() -> str | None:
    try:
        nft.check(render_table((), Wiring(), queue=QueueKind.NONE))
    except UnavailableError as error:
        return str(error)
    return None


def _queue_kind() -> QueueKind:
    """Find out without a table of ours: the target is tried on a chain that is not there."""
    kind = nft.probe_queue()
    if kind is QueueKind.NFT:
        return kind
    table = "hushgate-probe"
    try:
        nft.apply(f"table inet {table} {{ chain ask {{ }}\n }}")
        add_queue_rule(table, "ask", 0)
    except UnavailableError:
        return QueueKind.NONE
    finally:
        with contextlib.suppress(UnavailableError):
            nft.apply(f"delete table inet {table}")
    return kind


def _flowtables(ruleset: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for item in ruleset:
        if "flowtable" in item:
            table = item["flowtable"]
            yield f"{table['family']} {table['table']} {table['name']}"


def _chains(ruleset: Iterable[Mapping[str, Any]]) -> Iterable[Chain]:
    """Yield the base chains of others that lead packets elsewhere or untrack them.

    A rule in a chain that is jumped to counts for every base chain of its table.
    """
    items = list(ruleset)
    verbs: dict[str, set[str]] = {}
    for item in items:
        if "rule" in item:
            table = f"{item['rule']['family']} {item['rule']['table']}"
            for statement in item["rule"].get("expr", ()):
                verbs.setdefault(table, set()).update(_verbs(statement))
    for item in items:
        chain = item.get("chain", {})
        table = f"{chain.get('family')} {chain.get('table')}"
        words = verbs.get(table, set())
        if "hook" in chain and table != OURS:
            redirects = bool(words & _LEADS_ELSEWHERE)
            untracks = "notrack" in words and chain["prio"] <= -300
            if redirects or untracks:
                yield Chain(table, chain["name"], chain["hook"], chain["prio"], redirects, untracks)


def _verbs(statement: Mapping[str, Any]) -> Iterable[str]:
    """Yield what a statement does; targets of iptables are named in capitals there."""
    for verb, value in statement.items():
        yield verb
        if verb == "xt" and isinstance(value, dict):
            name = str(value.get("name", "")).lower()
            yield {"ct": "notrack"}.get(name, name)


def _heard(ruleset: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for item in ruleset:
        found = item.get("set", {})
        if found.get("name") in ("heard4", "heard6") and found["table"] == OURS.split()[1]:
            for element in found.get("elem", ()):
                yield element["elem"]["val"] if isinstance(element, dict) else element


def _ports_of(links: Iterable[Mapping[str, Any]], bridge: str) -> tuple[str, ...]:
    return tuple(link["ifname"] for link in links if link.get("master") == bridge)


def _is_up(links: Iterable[Mapping[str, Any]], name: str) -> bool:
    return any(
        link["ifname"] == name and "UP" in link["flags"] and "master" not in link for link in links
    )


def _is_on(name: str) -> bool:
    try:
        return (_SYSCTL / name).read_text(encoding="ascii").strip() not in ("", "0")
    except OSError:
        return False


def _ip(*words: str) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(["ip", "-json", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise UnavailableError("ip is missing; install it: apt install iproute2") from error
    return [row for row in json.loads(done.stdout or "[]") if row]


def _find_routers(
    interfaces: Iterable[str], own: set[str], patience: float
) -> Iterable[tuple[str, str]]:
    """Ask for routers (RFC 4861 section 6.3.7) and yield who answers and is not we."""
    for interface in interfaces:
        try:
            yield from _solicit(interface, own, patience)
        except PermissionError as error:
            raise UnavailableError("looking for other routers needs root") from error
        except OSError:
            continue  # no IPv6 there


def _solicit(interface: str, own: set[str], patience: float) -> set[tuple[str, str]]:
    found = set()
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        wanted = [0xFFFFFFFF] * 8  # a set bit is a type not to be given to us
        wanted[_ADVERTISEMENT >> 5] &= ~(1 << (_ADVERTISEMENT & 31)) & 0xFFFFFFFF
        sock.setsockopt(socket.IPPROTO_ICMPV6, _SOL_ICMPV6_FILTER, struct.pack("=8I", *wanted))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        index = socket.if_nametoindex(interface)
        for group in ("ff02::1", "ff02::2"):
            member = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        sock.sendto(_SOLICITATION, ("ff02::2", 0, 0, index))
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                _, (address, *_) = sock.recvfrom(2048)
            except TimeoutError:
                break
            address = address.partition("%")[0]
            if address not in own:
                found.add((interface, address))
    return found
