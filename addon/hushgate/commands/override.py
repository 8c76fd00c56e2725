"""`hushgate allow` and `hushgate block`: open or close voice for a while."""

import argparse
from datetime import datetime

from hushgate.adapters.control import ask
from hushgate.places import RUNTIME, add_places

DEFAULT_ALLOW = "15m"
DEFAULT_BLOCK = "1h"


def configure_allow(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `allow`."""
    _configure(parser, DEFAULT_ALLOW)


def configure_block(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `block`."""
    _configure(parser, DEFAULT_BLOCK)


def run_allow(args: argparse.Namespace) -> int:
    """Allow voice until the end asked for."""
    return _run(args, allow=True)


def run_block(args: argparse.Namespace) -> int:
    """Block voice until the end asked for."""
    return _run(args, allow=False)


def _configure(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("device", metavar="DEVICE", help='a speaker of the configuration, or "all"')
    parser.add_argument(
        "time",
        nargs="*",
        default=[default],
        metavar="TIME",
        help=f"for how long: 20 (minutes), 90s, 1h30m, or: until 7:00 (default: {default})",
    )
    add_places(parser, RUNTIME)


def _run(args: argparse.Namespace, *, allow: bool) -> int:
    request = {
        "command": "override",
        "device": args.device,
        "allow": allow,
        "for": " ".join(args.time),
    }
    answer = ask(args.runtime_dir, request)
    until = datetime.fromisoformat(answer["until"])
    word = "allowed" if allow else "blocked"
    print(f"{answer['device']}: voice {word} until {until:%a %H:%M:%S}")
    return 0
