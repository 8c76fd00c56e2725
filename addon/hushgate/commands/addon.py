"""`hushgate addon`: the stream plane alone."""

import argparse
import asyncio

from hushgate.adapters.logs import set_up_logging
from hushgate.places import CONFIG, RUNTIME, STATE, add_places
from hushgate.service import AddonOptions, run_addon


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG, STATE, RUNTIME)
    parser.add_argument("--heartbeat", type=int, metavar="FD", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Run the proxy and the control plane until stopped."""
    set_up_logging()
    asyncio.run(
        run_addon(AddonOptions(args.config, args.state_dir, args.runtime_dir, args.heartbeat))
    )
    return 0
