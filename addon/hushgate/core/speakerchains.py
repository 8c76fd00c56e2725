"""The chains that a speaker's packets meet on the forward path, and what becomes of each.

In: how the gateway is wired, and what its kernel has. Out: the part of the document that begins
where a packet is known to be a speaker's. Rules:

- Shut by default: what no rule names is dropped. TCP and DNS are not among it, since they end in
  the proxy.
- No clock in the kernel: ``meta hour`` is stored in UTC at load time and an hour wrong after a DST
  change. "Voice allowed until" is a set element with a timeout, renewed from user space. It is the
  dead-man's switch too: nobody renews it, nothing leaves.
- A set that is full must not change what becomes of a packet.
"""

from typing import Final

from hushgate.core.tablesets import FLOW_KEYS
from hushgate.core.wiring import QueueKind, Wiring

HOME4: Final = (
    "10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/4,"
    " 255.255.255.255"
)
"""RFC 1918, loopback, link-local; multicast and broadcast, and not 240.0.0.0/4 between these two,
which kernels forward like any other (RFC 1112 section 4 reserved it)."""
HOME6: Final = "::1, fc00::/7, fe80::/10, ff00::/8"
"""Loopback, RFC 4193, link-local; multicast."""


def render_chains(wiring: Wiring, queue: QueueKind) -> str:
    """Return the chains from "maybe a speaker's" on."""
    return f"""\
	chain maybe_speaker {{
{_short_way(wiring, queue)}\
		ether saddr @speakers goto from_speaker comment "speakers"
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
	chain pass {{
		jump count comment "its row counts it"
		update @sent {{ ether saddr }} counter name udp_passed accept comment "no row is left"
		counter name udp_passed accept comment "nor one for its speaker"
	}}

	chain count {{
{_remember("passed", "accept")}\
	}}

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
"""


def _short_way(wiring: Wiring, queue: QueueKind) -> str:
    """Return the rule that lets flows go by that the gate has decided about.

    What it does not count goes the long way, which comes to the same end. So does a packet that the
    gate itself has a word about.
    """
    if queue is QueueKind.NONE:
        return ""
    both, decided = f"{wiring.asked | wiring.decided:#010x}", f"{wiring.decided:#010x}"
    return (
        f"\t\tct mark & {decided} == {decided} meta mark & {both} == 0"
        ' ether saddr @short_way jump count comment "the kernel finishes the flow"\n'
    )


def _while_open(wiring: Wiring, queue: QueueKind) -> str:
    """Return the chains for UDP of a speaker whose voice is allowed.

    A judged packet goes through the hook once more, with the gate's word as its mark: so no chain
    behind the queue is needed, which everybody's packets would have to pass. Nobody listening and a
    queue that is full both drop the packet.
    """
    if queue is QueueKind.NONE:
        return """\
	chain while_open {
		udp dport 443 goto refuse_quic comment "QUIC, which nobody can judge here"
		goto pass comment "calls"
	}
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
		ct mark & {decided} == {decided} goto pass comment "calls and media"
		meta mark set meta mark & {none} | {asked} goto ask comment "first packets of a flow"
	}}

	chain ask {{
		counter name asked
		{jump}
	}}

	chain judged {{
		meta mark set meta mark & {none}
		ct mark set ct mark | {decided}
		goto pass comment "calls and media"
	}}
"""


def _remember(name: str, verdict: str = "") -> str:
    """Return the rules that note a flow."""
    then = f" {verdict}" if verdict else ""
    return "".join(
        f'\t\tupdate @{name}{version} {{ {key} }}{then} comment "one row a flow"\n'
        for version, key in FLOW_KEYS.items()
    )


def _among(name: str, verdict: str) -> str:
    """Return the rules for the flows of a set."""
    return "".join(
        f'\t\t{key} @{name}{version} {verdict} comment "it spoke"\n'
        for version, key in FLOW_KEYS.items()
    )
