"""The nftables document: what the kernel does with the packets of the speakers.

In: the speakers and how the gateway is wired. Out: text for ``nft -f -``, atomic as a whole. Rules:

- Shut by default: a speaker's packets leave on the forward path only where a rule here names them;
  its TCP and DNS never use that path, since they end in the proxy.
- Everybody else costs one look-up a hook, and never meets user space.
- No clock in the kernel: ``meta hour`` is stored in UTC at load time and an hour wrong after a DST
  change. "Voice allowed until" is a set element with a timeout, renewed from user space. It is the
  dead-man's switch too: nobody renews it, nothing leaves.
- Speakers are matched, never "not everybody else": ``ether saddr`` matches nothing on a line
  without Ethernet (PPP, WireGuard), and everybody there would be taken for a speaker.
- Sets are declared with ``typeof``: nft 1.1 writes ``type`` in a way that makes ``nft list`` of
  1.0.6 (Debian 12) crash, and a container's nft and its host's need not be the same.
- Every rule says in its comment what it is for.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from hushgate.core.model import Mac
from hushgate.core.udpflows import FlowId
from hushgate.core.wiring import QueueKind, Wiring

TABLE: Final = "hushgate"

HOME4: Final = (
    "10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/4,"
    " 255.255.255.255"
)
"""RFC 1918, loopback, link-local; multicast and broadcast, and not 240.0.0.0/4 between these two,
which kernels forward like any other (RFC 1112 section 4 reserved it)."""
HOME6: Final = "::1, fc00::/7, fe80::/10, ff00::/8"
"""Loopback, RFC 4193, link-local; multicast."""

MAX_FLOWS: Final = 512
"""Flows a set holds; more are counted without a row of their own, so that a flood costs nothing."""
_UDP: Final = "ether saddr . {ip} saddr . {ip} daddr . udp sport . udp dport"
"""A flow of a speaker, as sets are keyed by it."""


def render_table(
    speakers: Iterable[Mac],
    wiring: Wiring,
    *,
    addresses: Iterable[str] = (),
    queue: QueueKind = QueueKind.NFT,
) -> str:
    """Return the whole document; loading it replaces the table, whatever it was.

    Where `queue` is XT, the chain "ask" gets its one rule afterwards, since nft cannot write it.

    Args:
        speakers: Hardware addresses.
        wiring: Ports, queue and marks.
        addresses: Those of speakers whose hardware address the gateway cannot see.
        queue: What the kernel has.
    """
    fixed = sorted(addresses)
    fixed4 = [address for address in fixed if ":" not in address]
    fixed6 = [address for address in fixed if ":" in address]
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
	comment "speakers' voice stays at home; take away with: hushgate open-everything"

	counter quic_refused {{ comment "QUIC packets refused, so that the speaker uses TCP" }}
	counter calls_refused {{ comment "packets of calls refused: STUN, RTP" }}
	counter udp_dropped {{ comment "other UDP packets that may not leave" }}
	counter other_dropped {{ comment "packets of other protocols, and part of no connection" }}
	counter tcp_reset {{ comment "TCP from before the redirect" }}
	counter inbound_dropped {{ comment "packets from outside that would open a connection" }}
	counter home_passed {{ comment "packets to the home's own networks" }}
	counter time_passed {{ comment "questions for the time" }}
	counter udp_passed {{ comment "packets passed while voice is allowed" }}
	counter asked {{ comment "packets the gate was asked about; dropped where it did not answer" }}

	set speakers {{
		comment "the devices this table is about"
		typeof ether saddr
{_elements(sorted(speakers))}	}}

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
		comment "bytes that left outside the proxy, by speaker"
		typeof ether saddr
		size 1024
		flags dynamic
		counter
	}}

{_flow_sets("calls", "refused: flows that look like calls")}
{_flow_sets("refused", "refused: other flows over UDP")}
{_flow_sets("passed", "flows over UDP that left while voice was allowed")}
{_flow_sets("ended", "media over QUIC that uploaded like speech: it takes TCP", counted=False)}
	chain steer {{
		type nat hook prerouting priority dstnat - 5; policy accept;
{_for_speakers("goto steer_speaker", fixed4, fixed6)}\
		ip saddr @heard4 add @moved4 {{ ether saddr . ip saddr }} delete @heard4 {{ ip saddr }} \
comment "an address changes hands: its new owner is not captured"
		ip6 saddr @heard6 add @moved6 {{ ether saddr . ip6 saddr }} delete @heard6 {{ ip6 saddr }} \
comment "an address changes hands: its new owner is not captured"
	}}

	chain steer_speaker {{
		meta l4proto {{ tcp, udp }} th dport 53 redirect to :{wiring.dns_port} \
comment "DNS, whatever resolver is asked"
		fib daddr type local return comment "the gateway's own services"
		ip daddr {{ {HOME4} }} return comment "the home's own networks"
		ip6 daddr {{ {HOME6} }} return comment "the home's own networks"
		meta l4proto tcp redirect to :{wiring.proxy_port} comment "the proxy"
	}}

	chain forward {{
		type filter hook forward priority filter - 5; policy accept;
{_for_speakers("goto from_speaker", fixed4, fixed6)}\
		ct state new goto begin comment "first packets"
	}}

	chain begin {{
		ip daddr @heard4 ip saddr != {{ {HOME4} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
		ip6 daddr @heard6 ip6 saddr != {{ {HOME6} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
	}}

	chain from_speaker {{
		update @heard4 {{ ip saddr }} comment "remember where speakers are"
		update @heard6 {{ ip6 saddr }} comment "remember where speakers are"
		ip daddr {{ {HOME4} }} counter name home_passed accept comment "home's own networks"
		ip6 daddr {{ {HOME6} }} counter name home_passed accept comment "home's own networks"
		ct state invalid counter name other_dropped drop comment "part of no connection"
		meta l4proto tcp counter name tcp_reset reject with tcp reset \
comment "TCP from before the redirect: reconnects through the proxy"
		meta l4proto != udp counter name other_dropped drop comment "shut by default"
		udp dport {{ 53, 853 }} goto refuse comment "names are asked through us"
		udp dport 123 goto ask_time comment "time"
		ether saddr @open goto while_open comment "voice is allowed"
		ip saddr @open4 goto while_open comment "voice is allowed"
		ip6 saddr @open6 goto while_open comment "voice is allowed"
		udp dport 443 goto refuse_quic comment "QUIC"
		udp length >= 28 @th,96,32 0x2112a442 goto refuse_call comment "STUN: RFC 8489 section 5"
		udp length >= 20 @th,64,2 2 goto refuse_call comment "RTP, RTCP: RFC 3550 section 5.1"
		goto refuse comment "shut by default"
	}}

	chain ask_time {{
		meta nfproto . meta length {{ ipv4 . 76, ipv6 . 96 }} udp length 56 @th,64,8 & 0x07 == 3 \
update @clocks {{ ether saddr limit rate 8/minute burst 8 packets }} \
update @sent {{ ether saddr }} counter name time_passed accept \
comment "48 bytes of a client (RFC 5905 section 7.3), no options, nothing behind them"
		goto refuse comment "what is no question for the time"
	}}

{_while_open(wiring, queue)}
	chain refuse_quic {{
{_remember("refused")}\
		counter name quic_refused reject with icmpx port-unreachable \
comment "falls back to TCP, where it can be held"
	}}

	chain refuse_call {{
{_remember("calls")}\
		counter name calls_refused reject with icmpx admin-prohibited comment "no calls"
	}}

	chain refuse {{
{_remember("refused")}\
		counter name udp_dropped drop comment "shut by default"
	}}

	chain to_us {{
		tcp dport 53 reject with tcp reset comment "from before the redirect"
		udp dport 53 counter name udp_dropped drop comment "from before the redirect"
	}}

	chain input {{
		type filter hook input priority filter - 5; policy accept;
{_for_speakers("jump to_us", fixed4, fixed6)}\
		ether saddr @speakers ip saddr != 0.0.0.0 update @heard4 {{ ip saddr }} \
comment "remember where speakers are"
		ether saddr @speakers ip6 saddr != {{ ::, fe80::/10 }} update @heard6 {{ ip6 saddr }} \
comment "remember where speakers are"
		tcp dport {wiring.proxy_port} ct status & dnat == 0 reject with tcp reset \
comment "the proxy would call itself"
		meta l4proto {{ tcp, udp }} th dport {wiring.dns_port} ct status & dnat == 0 drop \
comment "DNS for speakers only"
	}}
}}
"""


def render_speakers(speakers: Iterable[Mac]) -> str:
    """Return the commands that replace the set of speakers."""
    return _replace("speakers", sorted(speakers))


def render_open(seconds: Mapping[str, float]) -> str:
    """Return the commands that replace "voice allowed until", in seconds from now.

    Keys are hardware addresses, or the fixed addresses of speakers known by those.
    """
    elements: dict[str, list[str]] = {"open": [], "open4": [], "open6": []}
    for party, left in sorted(seconds.items()):
        elements[_open_set(party)].append(f"{party} timeout {max(int(left), 1)}s")
    return "".join(_replace(name, members) for name, members in elements.items())


def render_ended(flows: Iterable[FlowId]) -> str:
    """Return the commands that have flows refused for an hour."""
    return "".join(
        f"add element inet {TABLE} ended{6 if ':' in flow.client else 4}"
        f" {{ {' . '.join(map(str, flow[1:]))} }}\n"
        for flow in flows
    )


def render_removal() -> str:
    """Return the commands that take the table away, whether it is there or not."""
    return f"table inet {TABLE}\ndelete table inet {TABLE}\n"


def _open_set(party: str) -> str:
    if "." in party:
        return "open4"
    return "open" if len(party) == 17 and party.count(":") == 5 else "open6"


def _flow_sets(name: str, comment: str, *, counted: bool = True) -> str:
    """Return the sets that hold flows, by address family; `counted`: the kernel fills them."""
    life = ("dynamic,timeout", "1m", "\n\t\tcounter") if counted else ("timeout", "1h", "")
    return "\n".join(
        f"""\
	set {name}{version} {{
		comment "{comment}"
		typeof {_UDP.format(ip=ip)}
		size {MAX_FLOWS}
		flags {life[0]}
		timeout {life[1]}{life[2]}
	}}
"""
        for version, ip in ((4, "ip"), (6, "ip6"))
    )


def _while_open(wiring: Wiring, queue: QueueKind) -> str:
    """Return the chains for UDP of a speaker whose voice is allowed.

    A judged packet goes through the hook once more, with the gate's word as its mark: so no chain
    behind the queue is needed, which everybody's packets would have to pass. Nobody listening and a
    queue that is full both drop the packet.
    """
    passed = 'update @sent { ether saddr } counter name udp_passed accept comment "calls and media"'
    remember = _remember("passed")
    if queue is QueueKind.NONE:
        return f"""\
	chain while_open {{
		udp dport 443 goto refuse_quic comment "QUIC, which nobody can judge here"
{remember}		{passed}
	}}
"""
    asked, decided = f"{wiring.asked:#010x}", f"{wiring.decided:#010x}"
    both, none = f"{wiring.asked | wiring.decided:#010x}", f"{~wiring.mark_bits & 0xFFFFFFFF:#010x}"
    jump = {
        QueueKind.NFT: f'queue num {wiring.queue_number} comment "the gate"',
        QueueKind.XT: f"# xt target NFQUEUE num {wiring.queue_number}, by netlink",
    }[queue]
    return f"""\
	chain while_open {{
{_among("ended", "goto refuse_quic")}\
		meta mark & {both} == {both} goto judged comment "the gate said yes"
		meta mark & {both} == {decided} goto refuse_quic comment "the gate said no"
		ct mark & {decided} == {decided} goto pass comment "the kernel finishes the flow"
		meta mark set meta mark & {none} | {asked} goto ask comment "first packets of a flow"
	}}

	chain ask {{
		counter name asked
		{jump}
	}}

	chain judged {{
		meta mark set meta mark & {none}
		ct mark set ct mark | {decided}
		goto pass comment "the kernel finishes the flow"
	}}

	chain pass {{
{remember}		{passed}
	}}
"""


def _for_speakers(verdict: str, fixed4: list[str], fixed6: list[str]) -> str:
    """Return the rules that send the packets of speakers elsewhere, no more than are needed."""
    matches = ["ether saddr @speakers"]
    matches += ["ip saddr @speakers4"] if fixed4 else []
    matches += ["ip6 saddr @speakers6"] if fixed6 else []
    return "".join(f'\t\t{match} {verdict} comment "speakers"\n' for match in matches)


def _remember(name: str) -> str:
    """Return the rules that note a flow; a set that is full must not change what becomes of it."""
    return "".join(
        f'\t\tupdate @{name}{version} {{ {_UDP.format(ip=ip)} }} comment "one row a flow"\n'
        for version, ip in ((4, "ip"), (6, "ip6"))
    )


def _among(name: str, verdict: str) -> str:
    """Return the rules for the flows of a set."""
    return "".join(
        f'\t\t{_UDP.format(ip=ip)} @{name}{version} {verdict} comment "it spoke"\n'
        for version, ip in ((4, "ip"), (6, "ip6"))
    )


def _replace(name: str, elements: list[str] | list[Mac]) -> str:
    commands = f"flush set inet {TABLE} {name}\n"
    if elements:
        commands += f"add element inet {TABLE} {name} {{ {', '.join(elements)} }}\n"
    return commands


def _elements(members: list[str] | list[Mac]) -> str:
    return f"\t\telements = {{ {', '.join(members)} }}\n" if members else ""
