"""`hushgate cleanup`: the owner's way out."""

import argparse

from hushgate.adapters import nft
from hushgate.adapters.tablelock import find_holder
from hushgate.core.errors import UnavailableError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(args: argparse.Namespace) -> int:
    """Take our table away, unless a gate runs, which would put it back."""
    pid = find_holder()
    if pid is not None:
        raise UnavailableError(
            f"hushgate runs here (process {pid}); stop that first,"
            " or do both: hushgate open-everything"
        )
    if nft.remove():
        print("removed the table; speakers are NOT guarded")
    else:
        print("nothing to remove")
    return 0
