"""`hushgate ruleset`: the nftables document, for reading and for other tools."""

import argparse

from hushgate.adapters import nft
from hushgate.config import load_config
from hushgate.core.ruleset import render_table
from hushgate.core.standings import wiring_of
from hushgate.places import CONFIG, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG)
    parser.add_argument(
        "--kernel", action="store_true", help="print the table as the kernel holds it"
    )


def run(args: argparse.Namespace) -> int:
    """Print the document that `hushgate run` loads for this configuration."""
    if args.kernel:
        table = nft.list_table()
        print(table or "no table of hushgate in the kernel", end="" if table else "\n")
        return 0 if table else 1
    config = load_config(args.config)
    macs = [mac for device in config.policy.devices.values() for mac in device.macs]
    print(render_table(macs, wiring_of(config.gateway)), end="")
    return 0
