"""The nftables document: what the kernel does with the packets of the speakers.

In: the speakers and the proxy's ports. Out: text for ``nft -f -``, atomic as a whole. Rules:

- Shut by default: a speaker's packets leave on the forward path only where a rule here names them;
  its TCP and DNS never use that path, since they end in the proxy.
- Everybody else costs one set look-up a hook, and never meets user space.
- No clock in the kernel: ``meta hour`` is stored in UTC at load time and an hour wrong after a DST
  change. "Voice allowed until" is a set element with a timeout, renewed from user space.
- Every rule says in its comment what it is for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hushgate.core.model import Mac

TABLE: Final = "hushgate"

HOME4: Final = "10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3"
"""RFC 1918, loopback, link-local; multicast and broadcast."""
HOME6: Final = "::1, fc00::/7, fe80::/10, ff00::/8"
"""Loopback, RFC 4193, link-local; multicast."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the proxy listens on the gateway."""

    tcp: int = 8443
    dns: int = 8453


DEFAULT_PORTS: Final = Ports()


def render_table(speakers: Iterable[Mac], ports: Ports) -> str:
    """Return the whole document; loading it replaces the table, whatever it was."""
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
	comment "speakers' voice stays at home; take away with: hushgate cleanup"

	counter quic_refused {{ comment "QUIC packets refused, so that the speaker uses TCP" }}
	counter udp_dropped {{ comment "other packets of speakers that may not leave" }}
	counter tcp_reset {{ comment "TCP from before the redirect" }}
	counter inbound_dropped {{ comment "packets from outside that would open a connection" }}
	counter home_passed {{ comment "packets to the home's own networks" }}
	counter udp_passed {{ comment "packets passed while voice is allowed" }}

	set speakers {{
		comment "the devices this table is about"
		type ether_addr
{_elements(sorted(speakers))}	}}

	set open {{
		comment "voice allowed until the element ends"
		type ether_addr
		flags timeout
	}}

	set heard4 {{
		comment "addresses that speakers use"
		type ipv4_addr
		size 1024
		flags dynamic,timeout
		timeout 10m
	}}

	set heard6 {{
		comment "addresses that speakers use"
		type ipv6_addr
		size 1024
		flags dynamic,timeout
		timeout 10m
	}}

	chain steer {{
		type nat hook prerouting priority dstnat - 5; policy accept;
		ether saddr != @speakers return comment "everybody else"
		meta l4proto {{ tcp, udp }} th dport 53 redirect to :{ports.dns} \
comment "DNS, whatever resolver is asked"
		fib daddr type local return comment "the gateway's own services"
		ip daddr {{ {HOME4} }} return comment "the home's own networks"
		ip6 daddr {{ {HOME6} }} return comment "the home's own networks"
		meta l4proto tcp redirect to :{ports.tcp} comment "the proxy"
	}}

	chain forward {{
		type filter hook forward priority filter - 5; policy accept;
		ether saddr @speakers goto from_speaker comment "speakers"
		ct direction original ip daddr @heard4 ip saddr != {{ {HOME4} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
		ct direction original ip6 daddr @heard6 ip6 saddr != {{ {HOME6} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
	}}

	chain from_speaker {{
		update @heard4 {{ ip saddr }} comment "remember where speakers are"
		update @heard6 {{ ip6 saddr }} comment "remember where speakers are"
		ip daddr {{ {HOME4} }} counter name home_passed accept comment "home's own networks"
		ip6 daddr {{ {HOME6} }} counter name home_passed accept comment "home's own networks"
		ct state invalid counter name udp_dropped drop comment "part of no connection"
		udp dport 443 counter name quic_refused reject with icmpx type port-unreachable \
comment "QUIC: falls back to TCP, where it can be held"
		meta l4proto tcp counter name tcp_reset reject with tcp reset \
comment "TCP from before the redirect: reconnects through the proxy"
		udp dport 123 udp length 56 limit rate 20/minute burst 20 packets accept comment "time"
		meta l4proto udp ether saddr @open counter name udp_passed accept \
comment "voice is allowed: calls and the rest"
		counter name udp_dropped drop comment "shut by default"
	}}

	chain input {{
		type filter hook input priority filter - 5; policy accept;
		ether saddr @speakers update @heard4 {{ ip saddr }} comment "remember where speakers are"
		ether saddr @speakers update @heard6 {{ ip6 saddr }} comment "remember where speakers are"
		tcp dport {ports.tcp} ct status & dnat == 0 reject with tcp reset \
comment "the proxy would call itself"
		meta l4proto {{ tcp, udp }} th dport {ports.dns} ct status & dnat == 0 drop \
comment "DNS for speakers only"
	}}
}}
"""


def render_speakers(speakers: Iterable[Mac]) -> str:
    """Return the commands that replace the set of speakers."""
    return _replace("speakers", sorted(speakers))


def render_open(seconds: Mapping[Mac, float]) -> str:
    """Return the commands that replace "voice allowed until", in seconds from now."""
    elements = [f"{mac} timeout {max(int(left), 1)}s" for mac, left in sorted(seconds.items())]
    return _replace("open", elements)


def render_removal() -> str:
    """Return the commands that take the table away, whether it is there or not."""
    return f"table inet {TABLE}\ndelete table inet {TABLE}\n"


def _replace(name: str, elements: list[str] | list[Mac]) -> str:
    commands = f"flush set inet {TABLE} {name}\n"
    if elements:
        commands += f"add element inet {TABLE} {name} {{ {', '.join(elements)} }}\n"
    return commands


def _elements(members: list[Mac]) -> str:
    return f"\t\telements = {{ {', '.join(members)} }}\n" if members else ""
