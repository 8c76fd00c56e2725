"""`hushgate addon`: the stream plane alone."""

import argparse
import asyncio

from hushgate.adapters.logs import set_up_logging
from hushgate.adapters.privileges import hand_over, keep_only
from hushgate.places import CONFIG, RUNTIME, STATE, add_places, add_supervision, add_user
from hushgate.service import AddonOptions, run_addon


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG, STATE, RUNTIME)
    add_user(parser)
    add_supervision(parser)


def run(args: argparse.Namespace) -> int:
    """Run the proxy and the control plane until stopped."""
    set_up_logging()
    if args.user is not None:
        args.state_dir.mkdir(parents=True, exist_ok=True)
        hand_over(args.user, (args.runtime_dir, args.state_dir, *args.state_dir.rglob("*")))
    keep_only(user=args.user)
    places = (args.config, args.state_dir, args.runtime_dir)
    options = AddonOptions(*places, args.heartbeat, args.failed, args.simulate)
    asyncio.run(run_addon(options))
    return 0
