"""`hushgate cleanup`: the owner's way out."""

import argparse

from hushgate.adapters import nft


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(args: argparse.Namespace) -> int:
    """Take our table away; a running gate would put it back, so stop that first."""
    if nft.remove():
        print("removed the table; speakers are NOT guarded")
    else:
        print("nothing to remove")
    return 0
