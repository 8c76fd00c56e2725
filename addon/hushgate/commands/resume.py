"""`hushgate resume`: take back what was allowed, blocked or paused for a while."""

import argparse

from hushgate.adapters.asking import ask
from hushgate.commands.terminal import say
from hushgate.places import RUNTIME, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("device", metavar="DEVICE", help='a speaker of the configuration, or "all"')
    add_places(parser, RUNTIME)


def run(args: argparse.Namespace) -> int:
    """Let the windows speak again."""
    answer = ask(args.runtime_dir, {"command": "resume", "device": args.device})
    if still := answer["still"]:
        say(f"{answer['device']}: taken back; what was said of all holds on: {still[0]}")
    else:
        print(f"{answer['device']}: back to its windows; see: hushgate status")
    return 0
