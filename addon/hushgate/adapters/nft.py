"""The kernel's nftables through the nft program: one process a transaction, nothing in ours.

libnftables in-process grows without bound (firewalld issue 1136); the program takes 7 ms for one
element and 49 ms for 5,000, and its input is the very document that `hushgate ruleset` prints.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hushgate.core.errors import UnavailableError
from hushgate.core.model import Mac
from hushgate.core.ruleset import TABLE, render_removal
from hushgate.core.udpflows import PASSED, Count, FlowId
from hushgate.core.wiring import QueueKind

_FORBIDDEN = "Operation not permitted"
PATIENCE = 10.0
"""Seconds; nft waits for nobody, so longer means that something is broken."""
QUEUE_PROBE = f"table inet {TABLE}-probe {{ chain ask {{ queue num 0 bypass; }}; }}"
"""Refused by a kernel that lacks the statement; nft's grammar wants both semicolons."""


class TableReading(NamedTuple):
    """What the kernel's table says."""

    counters: Mapping[str, int]
    """Packets by named counter."""
    sent: Mapping[Mac, int]
    """Bytes that left outside the proxy and are in no row of a flow, by speaker."""
    flows: Mapping[FlowId, Count]
    moved: tuple[tuple[Mac, str], ...]
    """Who uses an address that a speaker had: hardware address, address."""
    speakers: frozenset[Mac]
    ended: frozenset[Mac]
    """Speakers with flows that were ended."""
    shape: tuple[tuple[str, int], ...]
    """Table, chains and rules by the kernel's numbers: other if anybody changed them."""


def apply(document: str) -> None:
    """Load a document as one transaction.

    Raises:
        UnavailableError: nft is missing, not permitted, or refuses the document; all of it or none
            is in force.
    """
    result = _run("-f", "-", stdin=document)
    if result.returncode:
        raise UnavailableError(_explain(result.stderr))


def remove() -> bool:
    """Take our table away; return whether it was there."""
    present = is_present()
    apply(render_removal())
    return present


def is_present() -> bool:
    """Whether our table is in the kernel."""
    return _run("list", "table", "inet", TABLE).returncode == 0


def read_table() -> TableReading | None:
    """Return what the kernel counted; None if our table is not there."""
    result = _run("-j", "list", "table", "inet", TABLE)
    return None if result.returncode else parse_table(json.loads(result.stdout))


def parse_table(document: Mapping[str, Any]) -> TableReading:
    """Take a listing of the table apart (libnftables-json(5))."""
    counters: dict[str, int] = {}
    sets: dict[str, Sequence[Any]] = {}
    shape = []
    for item in document["nftables"]:
        for kind, value in item.items():
            match kind:
                case "counter":
                    counters[value["name"]] = value["packets"]
                case "set":
                    sets[value["name"]] = value.get("elem", ())
                case "table" | "chain" | "rule":
                    shape.append((kind, value["handle"]))
    return TableReading(
        counters=counters,
        sent={Mac(mac): size for (mac,), (_, size) in _elements(sets["sent"])},
        flows={
            FlowId(name, Mac(mac), client, server, client_port, server_port): count
            for name in ("calls", "refused", PASSED)
            for version in "46"
            for (mac, client, server, client_port, server_port), count in _elements(
                sets[name + version]
            )
        },
        moved=tuple(
            (Mac(mac), address)
            for version in "46"
            for (mac, address), _ in _elements(sets["moved" + version])
        ),
        speakers=frozenset(Mac(mac) for (mac,), _ in _elements(sets["speakers"])),
        ended=frozenset(
            Mac(key[0]) for version in "46" for key, _ in _elements(sets["ended" + version])
        ),
        shape=tuple(shape),
    )


def _elements(members: Sequence[Any]) -> Iterator[tuple[Sequence[Any], Count]]:
    """Yield key and count of each element of a set."""
    for member in members:
        element = member["elem"] if isinstance(member, dict) else {"val": member}
        key = element["val"]
        counter = element.get("counter", {"packets": 0, "bytes": 0})
        yield (
            key["concat"] if isinstance(key, dict) else (key,),
            Count(counter["packets"], counter["bytes"]),
        )


def probe_queue() -> QueueKind:
    """Return the best way of this kernel to hand packets over, short of trying the target."""
    return QueueKind.XT if _run("-c", "-f", "-", stdin=QUEUE_PROBE).returncode else QueueKind.NFT


def list_table() -> str:
    """Return our table as the kernel holds it; empty if it is not there."""
    return _listed("list", "table", "inet", TABLE)


def check(document: str) -> None:
    """Ask the kernel whether it takes a document, and change nothing.

    Raises:
        UnavailableError: It does not.
    """
    result = _run("-c", "-f", "-", stdin=document)
    if result.returncode:
        raise UnavailableError(_explain(result.stderr))


def list_everything() -> Sequence[Mapping[str, Any]]:
    """Return all rules of this network, also those of others (libnftables-json(5)).

    Raises:
        UnavailableError: They may not be read.
    """
    result = _run("-j", "list", "ruleset")
    if result.returncode:
        raise UnavailableError(_explain(result.stderr))
    items: Sequence[Mapping[str, Any]] = json.loads(result.stdout)["nftables"]
    return items


def list_rules() -> str:
    """Return our table without counts and elements; empty if it is not there."""
    return _listed("-s", "-t", "list", "table", "inet", TABLE)


def _listed(*arguments: str) -> str:
    result = _run(*arguments)
    if _FORBIDDEN in result.stderr:
        raise UnavailableError(_explain(result.stderr))
    return result.stdout


def _run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    if shutil.which("nft") is None:
        raise UnavailableError("nft is missing; install it: apt install nftables")
    try:
        return subprocess.run(
            ["nft", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"nft did not answer within {PATIENCE:g} s") from error


def _explain(stderr: str) -> str:
    reason = stderr.strip()
    if _FORBIDDEN in reason:
        return "nftables needs root or CAP_NET_ADMIN; run as root"
    return f"nftables refused the rules: {reason}"
