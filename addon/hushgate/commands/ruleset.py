"""`hushgate ruleset`: the nftables document, for reading and for other tools."""

import argparse
import difflib
import os
from collections.abc import Iterable

from hushgate.adapters import nft
from hushgate.adapters.xtqueue import add_queue_rule
from hushgate.commands.terminal import one_of
from hushgate.config import Config, load_config
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Mac
from hushgate.core.policy import Policy
from hushgate.core.ruleset import TABLE, render_table
from hushgate.core.settings import GatewaySettings
from hushgate.core.standings import wiring_of
from hushgate.core.wiring import QueueKind
from hushgate.places import CONFIG, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG)
    parser.add_argument(
        "--kernel", action="store_true", help="print the table as the kernel holds it"
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="compare the kernel's rules with those of this configuration (needs root);"
        " exit 1 if they differ",
    )
    parser.add_argument(
        "--queue",
        type=one_of(QueueKind),
        choices=list(QueueKind),
        default=QueueKind.NFT,
        help="how the kernel hands packets over (default: nft; --diff finds out)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the document that `hushgate run` loads for this configuration."""
    if args.kernel:
        table = nft.list_table()
        print(table or "no table of hushgate in the kernel", end="" if table else "\n")
        return 0 if table else 1
    config = load_config(args.config)
    if args.diff:
        return _compare(config)
    print(document_for(config.policy, config.gateway, args.queue), end="")
    return 0


def document_for(
    policy: Policy,
    gateway: GatewaySettings,
    queue: QueueKind,
    speakers: Iterable[Mac] | None = None,
) -> str:
    """Return the table for the speakers of a policy, or for others in their place."""
    devices = policy.devices.values()
    return render_table(
        [mac for device in devices for mac in device.macs] if speakers is None else speakers,
        wiring_of(gateway),
        addresses=[address for device in devices for address in device.addresses],
        queue=queue,
    )


def _compare(config: Config) -> int:
    """Let the kernel list both, so that both are in its words; counts and elements are left out.

    The one rule that has to do with the speakers' addresses is compared with the kernel's speakers:
    those that were found are not in the configuration.
    """
    actual, reading = nft.list_rules(), nft.read_table()
    if reading is None:
        print("no table of hushgate in the kernel")
        return 1
    queue = nft.probe_queue() if "chain ask {" in actual else QueueKind.NONE
    try:
        os.unshare(os.CLONE_NEWNET)  # a network of our own, for the rest of this process
    except PermissionError as error:
        raise UnavailableError("comparing needs a network of its own; run as root") from error
    nft.apply(document_for(config.policy, config.gateway, queue, reading.speakers))
    if queue is QueueKind.XT:
        add_queue_rule(TABLE, "ask", config.gateway.queue_number)
    wanted = nft.list_rules()
    lines = difflib.unified_diff(
        wanted.splitlines(), actual.splitlines(), "configuration", "kernel", lineterm=""
    )
    difference = "\n".join(lines)
    print(difference or "the kernel's rules are those of the configuration")
    return 1 if difference else 0
