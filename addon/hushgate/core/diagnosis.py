"""What on a gateway lets speakers past the guard, or keeps it from guarding: facts to findings.

In: what was found on the machine and around it. Out: findings, each with the way out. What a
gateway cannot notice at all is listed in docs/limits.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hushgate.core.model import Mac
from hushgate.core.ruleset import TABLE
from hushgate.core.wiring import QueueKind

OUR_PRIORITY: Final = -105
"""Of our chain "steer": what redirects at a lower number comes first."""


class Weight(StrEnum):
    """How bad a finding is."""

    BAD = "bad"
    """Voice can leave outside its hours, or nothing is guarded."""
    WARNING = "warning"
    """Something does not work as it should, or may go wrong later."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    weight: Weight
    what: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A base chain of somebody else's, with what in it concerns us."""

    table: str
    """Family and name."""
    name: str
    hook: str
    priority: int
    redirects: bool
    """It has rules that lead packets elsewhere: redirect, dnat, tproxy."""
    untracks: bool
    """It has rules that keep connections from being tracked."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was found on the machine and around it."""

    table_loads: str | None
    """What the kernel says against our table; None: it takes it."""
    queue: QueueKind
    guarded: bool
    """Our table is in the kernel."""
    flowtables: tuple[str, ...] = ()
    """Flow offload: family, table and name."""
    chains: tuple[Chain, ...] = ()
    forwarding4: bool = True
    forwarding6: bool = True
    uplink: str | None = None
    """Interface of the default route."""
    bridges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Bridges and their ports."""
    bridge_calls: Mapping[str, bool] = field(default_factory=dict)
    """bridge-nf-call-* and bridge-nf-filter-* as far as the kernel has them."""
    send_redirects: bool = False
    """The uplink tells hosts of a shorter way."""
    clock_synchronized: bool = True
    routers: tuple[tuple[str, str], ...] = ()
    """Who else advertises itself as a router: interface, address."""
    speakers: Mapping[Mac, str] = field(default_factory=dict)
    """The configured ones, and what they are called."""
    neighbors: Mapping[str, tuple[Mac, str]] = field(default_factory=dict)
    """Who is reachable now: address to hardware address and interface."""
    heard: frozenset[str] = frozenset()
    """Addresses whose packets passed this gateway in the last ten minutes."""


def diagnose(found: Surroundings) -> list[Finding]:
    """Return what is wrong, the bad things first."""
    findings = [finding for check in _CHECKS for finding in check(found)]
    return sorted(findings, key=lambda finding: finding.weight is not Weight.BAD)


def _kernel(found: Surroundings) -> Iterator[Finding]:
    if found.table_loads is not None:
        yield Finding(
            Weight.BAD,
            f"this kernel does not take hushgate's table: {found.table_loads}",
            "boot the distribution's own kernel, or load the modules nft_fib_inet, nft_redir,"
            " nft_reject_inet, nft_ct and nf_conntrack",
        )
    elif not found.guarded:
        yield Finding(
            Weight.BAD,
            "hushgate's table is not in the kernel: nobody is guarded",
            "start it: hushgate run, or systemctl start hushgate",
        )
    if found.queue is QueueKind.NONE:
        yield Finding(
            Weight.WARNING,
            "this kernel hands no packets over (NFQUEUE), so QUIC is refused all the time",
            "modprobe nfnetlink_queue nft_queue, or boot the distribution's own kernel",
        )


def _offload(found: Surroundings) -> Iterator[Finding]:
    for flowtable in found.flowtables:
        yield Finding(
            Weight.BAD,
            f"flow offload is on (flowtable {flowtable}): a call that began while voice was allowed"
            " goes on after its window closes, and is not counted",
            "switch it off (OpenWrt: uci set firewall.@defaults[0].flow_offloading=0 and"
            " flow_offloading_hw=0, then service firewall reload), or leave the speakers out of it:"
            " ether saddr @speakers return, before its rule",
        )


def _other_tables(found: Surroundings) -> Iterator[Finding]:
    for chain in found.chains:
        first = chain.hook == "prerouting" and chain.priority <= OUR_PRIORITY
        if chain.redirects and first:
            yield Finding(
                Weight.BAD,
                f"table {chain.table} leads packets elsewhere in chain {chain.name} (priority"
                f" {chain.priority}), before hushgate does (priority {OUR_PRIORITY})",
                "give that chain a priority above dstnat - 5, or have it return for the speakers'"
                " hardware addresses",
            )
        if chain.untracks:
            yield Finding(
                Weight.BAD,
                f"table {chain.table} keeps connections from being tracked in chain {chain.name}:"
                " what is not tracked is not redirected to the proxy",
                "have its notrack rules leave the speakers out",
            )


def _placement(found: Surroundings) -> Iterator[Finding]:
    bridge = next((name for name in found.bridges if _joins(found, name)), None)
    if bridge is not None:
        for name, on in sorted(found.bridge_calls.items()):
            if not on:
                yield Finding(
                    Weight.BAD,
                    f"{bridge} joins the speakers to the way out, and {name} is 0: packets,"
                    " or those with a tag, cross it without meeting hushgate",
                    f"sysctl -w net.bridge.{name}=1, and keep it so in /etc/sysctl.d",
                )
        if not found.bridge_calls:
            yield Finding(
                Weight.BAD,
                f"{bridge} joins the speakers to the way out, and the kernel lacks br_netfilter:"
                " packets cross it without meeting hushgate",
                "modprobe br_netfilter, then sysctl -w net.bridge.bridge-nf-call-iptables=1"
                " net.bridge.bridge-nf-call-ip6tables=1 net.bridge.bridge-nf-filter-vlan-tagged=1"
                " net.bridge.bridge-nf-filter-pppoe-tagged=1",
            )
        return
    if not found.forwarding4:
        yield Finding(
            Weight.BAD,
            "this machine does not forward IPv4: no speaker reaches the Internet through it, so"
            " either they are offline or they go another way",
            "sysctl -w net.ipv4.ip_forward=1, and make this machine the speakers' gateway",
        )
    if not found.forwarding6:
        yield Finding(
            Weight.WARNING,
            "this machine does not forward IPv6: a speaker with IPv6 goes another way",
            "sysctl -w net.ipv6.conf.all.forwarding=1 where the network has IPv6, or see to it that"
            " no router offers it to the speakers",
        )


def _joins(found: Surroundings, bridge: str) -> bool:
    """Whether packets cross a bridge to the way out without being routed here."""
    ports = found.bridges[bridge]
    return len(ports) > 1 and not found.forwarding4 and found.uplink in (bridge, *ports)


def _ways_around(found: Surroundings) -> Iterator[Finding]:
    for interface, address in found.routers:
        yield Finding(
            Weight.BAD,
            f"another router offers IPv6 on {interface} ({address}): speakers may leave through it",
            "switch its router advertisements off, or put the speakers where only this gateway is",
        )
    by_mac: dict[Mac, list[tuple[str, str]]] = {}
    for address, (mac, interface) in found.neighbors.items():
        by_mac.setdefault(mac, []).append((address, interface))
    for mac, name in found.speakers.items():
        here = by_mac.get(mac, [])
        routed = [address for address, _ in here if not address.lower().startswith("fe80:")]
        if not here:
            yield Finding(
                Weight.WARNING,
                f"{name} ({mac}) is not seen in the network",
                "if it is switched on, it is somewhere this gateway does not see: another network,"
                " another hardware address, or behind a device that hides it",
            )
        elif found.guarded and routed and not found.heard & set(routed):
            yield Finding(
                Weight.BAD,
                f"{name} ({mac}) is in the network, and in ten minutes nothing of it passed here",
                "it may use another gateway: look which one its DHCP server tells it, and whether"
                " a second router answers",
            )
        if found.send_redirects and any(interface == found.uplink for _, interface in here):
            yield Finding(
                Weight.BAD,
                f"{name} is on the same network as the way out ({found.uplink}), and this machine"
                " tells it of the shorter way past itself",
                f"sysctl -w net.ipv4.conf.all.send_redirects=0"
                f" net.ipv4.conf.{found.uplink}.send_redirects=0",
            )


def _clock(found: Surroundings) -> Iterator[Finding]:
    if not found.clock_synchronized:
        yield Finding(
            Weight.WARNING,
            "the clock is not synchronized: windows open and close at its time",
            "install and start a time service: systemd-timesyncd or chrony",
        )


_CHECKS: Final[tuple[Callable[[Surroundings], Iterator[Finding]], ...]] = (
    _kernel,
    _offload,
    _other_tables,
    _placement,
    _ways_around,
    _clock,
)

OURS: Final = f"inet {TABLE}"
