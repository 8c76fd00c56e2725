"""Counters and sets of the nftables table: what the kernel counts and remembers of speakers.

In: hardware addresses and fixed addresses of speakers. Out: the part of the document that declares
counters and sets. Rules:

- Sets are declared with ``typeof``: nft 1.1 writes ``type`` in a way that makes ``nft list`` of
  1.0.6 (Debian 12) crash, and a container's nft and its host's need not be the same.
- What passes is counted once, by flow; only what finds no row there is counted by speaker. Each
  count costs a packet as much as the look-up of its sender.
"""

from collections.abc import Sequence
from typing import Final

MAX_FLOWS: Final = 512
"""Flows a set holds; more are counted without a row of their own, so that a flood costs nothing."""
_UDP: Final = "ether saddr . {ip} saddr . {ip} daddr . udp sport . udp dport"
"""A flow of a speaker, as sets are keyed by it."""
FLOW_KEYS: Final = {version: _UDP.format(ip=ip) for version, ip in ((4, "ip"), (6, "ip6"))}


def render_sets(speakers: Sequence[str], fixed4: Sequence[str], fixed6: Sequence[str]) -> str:
    """Return counters and sets, with the speakers in them."""
    return f"""\
	counter quic_refused {{ comment "QUIC packets refused, so that the speaker uses TCP" }}
	counter calls_refused {{ comment "packets of calls refused: STUN, RTP" }}
	counter udp_dropped {{ comment "other UDP packets that may not leave" }}
	counter other_dropped {{ comment "packets of other protocols, and part of no connection" }}
	counter tcp_reset {{ comment "TCP from before the redirect" }}
	counter inbound_dropped {{ comment "packets from outside that would open a connection" }}
	counter home_passed {{ comment "packets to the home's own networks" }}
	counter time_passed {{ comment "questions for the time" }}
	counter udp_passed {{ comment "packets passed while voice is allowed, without a row" }}
	counter asked {{ comment "packets the gate was asked about; dropped where it did not answer" }}

	set speakers {{
		comment "the devices this table is about"
		typeof ether saddr
{_elements(speakers)}	}}

	set speakers4 {{
		comment "and those known by address only"
		typeof ip saddr
{_elements(fixed4)}	}}

	set speakers6 {{
		comment "and those known by address only"
		typeof ip6 saddr
{_elements(fixed6)}	}}

	set open {{
		comment "voice allowed until the element ends"
		typeof ether saddr
		flags timeout
	}}

	set open4 {{
		comment "voice allowed until the element ends"
		typeof ip saddr
		flags timeout
	}}

	set open6 {{
		comment "voice allowed until the element ends"
		typeof ip6 saddr
		flags timeout
	}}

	set short_way {{
		comment "speakers of @open none of whose flows was ended"
		typeof ether saddr
		flags timeout
	}}

	set heard4 {{
		comment "addresses that speakers use"
		typeof ip saddr
		size 1024
		flags dynamic,timeout
		timeout 10m
	}}

	set heard6 {{
		comment "addresses that speakers use"
		typeof ip6 saddr
		size 1024
		flags dynamic,timeout
		timeout 10m
	}}

	set moved4 {{
		comment "others that use an address a speaker had"
		typeof ether saddr . ip daddr
		size 256
		flags dynamic,timeout
		timeout 10m
	}}

	set moved6 {{
		comment "others that use an address a speaker had"
		typeof ether saddr . ip6 daddr
		size 256
		flags dynamic,timeout
		timeout 10m
	}}

	set clocks {{
		comment "speakers that ask for the time"
		typeof ether saddr
		size 1024
		flags dynamic,timeout
		timeout 10m
	}}

	set sent {{
		comment "bytes that left outside the proxy, without a row, by speaker"
		typeof ether saddr
		size 1024
		flags dynamic
		counter
	}}

{_flow_sets("calls", "refused: flows that look like calls")}
{_flow_sets("refused", "refused: other flows over UDP")}
{_flow_sets("passed", "flows over UDP that left while voice was allowed")}
{_flow_sets("ended", "media over QUIC that uploaded like speech: it takes TCP", counted=False)}"""


def _flow_sets(name: str, comment: str, *, counted: bool = True) -> str:
    """Return the sets that hold flows, by address family; `counted`: the kernel fills them."""
    life = ("dynamic,timeout", "1m", "\n\t\tcounter") if counted else ("timeout", "1h", "")
    return "\n".join(
        f"""\
	set {name}{version} {{
		comment "{comment}"
		typeof {key}
		size {MAX_FLOWS}
		flags {life[0]}
		timeout {life[1]}{life[2]}
	}}
"""
        for version, key in FLOW_KEYS.items()
    )


def _elements(members: Sequence[str]) -> str:
    return f"\t\telements = {{ {', '.join(members)} }}\n" if members else ""
