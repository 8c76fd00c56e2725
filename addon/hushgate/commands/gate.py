"""`hushgate gate`: the packet plane alone."""

import argparse

from hushgate.adapters.logs import set_up_logging
from hushgate.gate import GateOptions, run_gate
from hushgate.places import RUNTIME, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, RUNTIME)
    parser.add_argument("--stay-shut", action="store_true", help="leave the table when stopped")
    parser.add_argument("--heartbeat", type=int, metavar="FD", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Hold the table until stopped."""
    set_up_logging()
    run_gate(GateOptions(args.runtime_dir, args.stay_shut, args.heartbeat))
    return 0
