"""The nftables document: what the kernel does with the packets of the speakers.

In: the speakers and how the gateway is wired. Out: text for ``nft -f -``, atomic as a whole. Rules:

- Everybody else costs one rule a hook, and never meets user space.
- Speakers are matched, never "not everybody else": ``ether saddr`` matches nothing on a line
  without Ethernet (PPP, WireGuard), and everybody there would be taken for a speaker.
- Whose packet it is is asked of every packet, never of the connection it belongs to: an address
  that changes hands, or a device that becomes a speaker, takes its connections with it.
- Every rule says in its comment what it is for.

Counters and sets are in tablesets.py, what becomes of a speaker's packets in speakerchains.py.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final

from hushgate.core.model import Mac
from hushgate.core.speakerchains import HOME4, HOME6, render_chains
from hushgate.core.tablesets import render_sets
from hushgate.core.udpflows import FlowId
from hushgate.core.wiring import QueueKind, Wiring

TABLE: Final = "hushgate"


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
    macs, fixed = sorted(speakers), sorted(addresses)
    fixed4 = [address for address in fixed if ":" not in address]
    fixed6 = [address for address in fixed if ":" in address]
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
	comment "speakers' voice stays at home; take away with: hushgate open-everything"

{render_sets(macs, fixed4, fixed6)}
	chain steer {{
		type nat hook prerouting priority dstnat - 5; policy accept;
		ether saddr @speakers goto steer_speaker comment "speakers"
{_lines(_by_address(fixed, "goto steer_speaker"))}\
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
{_lines(_forward(macs, fixed))}\
	}}

{render_chains(wiring, queue)}
	chain inbound {{
		comment "nat hooks see first packets only, so that nobody else pays for it"
		type nat hook postrouting priority srcnat - 5; policy accept;
		fib saddr type local return comment "the gateway's own"
		ip daddr @heard4 ip saddr != {{ {HOME4} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
		ip6 daddr @heard6 ip6 saddr != {{ {HOME6} }} \
counter name inbound_dropped drop comment "nobody outside calls a speaker"
	}}

	chain input {{
		type filter hook input priority filter - 5; policy accept;
		ether saddr @speakers jump to_us comment "speakers"
{_lines(_by_address(fixed, "jump to_us"))}\
		tcp dport {wiring.proxy_port} ct status & dnat == 0 reject with tcp reset \
comment "the proxy would call itself"
		meta l4proto {{ tcp, udp }} th dport {wiring.dns_port} ct status & dnat == 0 drop \
comment "DNS for speakers only"
	}}

	chain to_us {{
		ip saddr != 0.0.0.0 update @heard4 {{ ip saddr }} comment "remember where speakers are"
		ip6 saddr != {{ ::, fe80::/10 }} update @heard6 {{ ip6 saddr }} \
comment "remember where speakers are"
		tcp dport 53 reject with tcp reset comment "from before the redirect"
		udp dport 53 counter name udp_dropped drop comment "from before the redirect"
	}}
}}
"""


def render_speakers(speakers: Iterable[Mac], addresses: Iterable[str] = ()) -> str:
    """Return the commands that replace the set of speakers, and how they are told apart."""
    macs = sorted(speakers)
    rules = (
        f"add rule inet {TABLE} forward {rule}\n" for rule in _forward(macs, sorted(addresses))
    )
    return _replace("speakers", macs) + f"flush chain inet {TABLE} forward\n" + "".join(rules)


def render_open(seconds: Mapping[str, float], watched: Container[str] = ()) -> str:
    """Return the commands that replace "voice allowed until", in seconds from now.

    Args:
        seconds: Keys are hardware addresses, or the fixed addresses of speakers known by those.
        watched: Speakers with flows that were ended, which are looked for in each packet.
    """
    elements: dict[str, list[str]] = {"open": [], "open4": [], "open6": [], "short_way": []}
    for party, left in sorted(seconds.items()):
        element = f"{party} timeout {max(int(left), 1)}s"
        elements[_open_set(party)].append(element)
        if _open_set(party) == "open" and party not in watched:
            elements["short_way"].append(element)
    return "".join(_replace(name, members) for name, members in elements.items())


def render_ended(flows: Iterable[FlowId]) -> str:
    """Return the commands that have flows refused for an hour."""
    return "".join(
        f"add element inet {TABLE} ended{6 if ':' in flow.client else 4}"
        f" {{ {' . '.join(map(str, flow[1:]))} }}\n" + _remove("short_way", flow.mac)
        for flow in flows
    )


def render_heard(addresses: Iterable[str]) -> str:
    """Return the commands that note where speakers are, as their own packets do otherwise.

    An element that is there keeps the end it had (Linux 6.1), so it goes and comes.
    """
    return "".join(
        _remove(name, address) + f"add element inet {TABLE} {name} {{ {address} }}\n"
        for address in sorted(addresses)
        for name in ("heard6" if ":" in address else "heard4",)
    )


def render_removal() -> str:
    """Return the commands that take the table away, whether it is there or not."""
    return f"table inet {TABLE}\ndelete table inet {TABLE}\n"


def _forward(macs: Sequence[Mac], fixed: Sequence[str]) -> list[str]:
    """Return the rules that tell the packets of speakers from everybody else's.

    Reading four bytes of the sender's address and comparing what speakers have in common costs half
    of a look-up in their set, which then only few others need.
    """
    rules = []
    if macs:
        mask, value = common_bits(macs)
        match = f"@ll,64,32 & {mask:#010x} == {value:#010x} " if mask else ""
        what = "what the ends of all speakers' addresses have in common"
        rules.append(f'{match}jump maybe_speaker comment "{what}"')
    return rules + _by_address(fixed, "goto from_speaker")


def common_bits(macs: Sequence[Mac]) -> tuple[int, int]:
    """Return in which bits the last four bytes of addresses agree, as a mask, and on what."""
    ends = [int(mac.replace(":", "")[-8:], 16) for mac in macs]
    mask = ~reduce(or_, (end ^ ends[0] for end in ends)) & 0xFFFFFFFF
    return mask, ends[0] & mask


def _by_address(fixed: Sequence[str], verdict: str) -> list[str]:
    """Return the rules for speakers known by address, no more than are needed."""
    versions = {6 if ":" in address else 4 for address in fixed}
    return [
        f'{ip} saddr @speakers{version} {verdict} comment "speakers"'
        for version, ip in ((4, "ip"), (6, "ip6"))
        if version in versions
    ]


def _open_set(party: str) -> str:
    if "." in party:
        return "open4"
    return "open" if len(party) == 17 and party.count(":") == 5 else "open6"


def _lines(rules: Sequence[str]) -> str:
    return "".join(f"\t\t{rule}\n" for rule in rules)


def _replace(name: str, elements: Sequence[str]) -> str:
    commands = f"flush set inet {TABLE} {name}\n"
    if elements:
        commands += f"add element inet {TABLE} {name} {{ {', '.join(elements)} }}\n"
    return commands


def _remove(name: str, element: str) -> str:
    """Return the commands that take an element away, whether it is there or not."""
    return (
        f"add element inet {TABLE} {name} {{ {element} }}\n"
        f"delete element inet {TABLE} {name} {{ {element} }}\n"
    )
