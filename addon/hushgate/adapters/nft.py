"""The kernel's nftables through the nft program: one process a transaction, nothing in ours.

libnftables in-process grows without bound (firewalld issue 1136); the program takes 7 ms for one
element and 49 ms for 5,000, and its input is the very document that `hushgate ruleset` prints.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping

from hushgate.core.errors import UnavailableError
from hushgate.core.ruleset import TABLE, render_removal

PATIENCE = 10.0
"""Seconds; nft waits for nobody, so longer means that something is broken."""


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


def read_counters() -> Mapping[str, int] | None:
    """Return packets by named counter; None if our table is not there."""
    result = _run("-j", "list", "counters", "table", "inet", TABLE)
    if result.returncode:
        return None
    rows = (item.get("counter") for item in json.loads(result.stdout)["nftables"])
    return {row["name"]: row["packets"] for row in rows if row}


def list_table() -> str:
    """Return our table as the kernel holds it; empty if it is not there."""
    return _run("list", "table", "inet", TABLE).stdout


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
    if "Operation not permitted" in reason:
        return "nftables needs root or CAP_NET_ADMIN; run as root"
    return f"nftables refused the rules: {reason}"
