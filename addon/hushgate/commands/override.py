"""`hushgate allow`, `block` and `pause`: what holds for a while, whatever the hours."""

import argparse
import os
from datetime import datetime, timedelta
from typing import NamedTuple

from hushgate.adapters.asking import ask
from hushgate.adapters.clocks import wall
from hushgate.core.overrides import Wish
from hushgate.core.words import duration
from hushgate.places import RUNTIME, add_places


class _Words(NamedTuple):
    default: str
    """How long it holds if nobody says."""
    done: str
    """What is then so."""


_WORDS = {
    Wish.ALLOW: _Words("15m", "voice allowed"),
    Wish.BLOCK: _Words("1h", "voice blocked"),
    Wish.PAUSE: _Words("15m", "NOT protecting, all of it paused"),
}


def add_arguments(parser: argparse.ArgumentParser, wish: Wish) -> None:
    """Declare the arguments."""
    parser.add_argument("device", metavar="DEVICE", help='a speaker of the configuration, or "all"')
    parser.add_argument(
        "time",
        nargs="*",
        default=[_WORDS[wish].default],
        metavar="TIME",
        help="for how long: 20 (minutes), 90s, 1h30m, or: until 7:00"
        f" (default: {_WORDS[wish].default})",
    )
    add_places(parser, RUNTIME)


def put_in_force(args: argparse.Namespace, wish: Wish) -> int:
    """Have the gateway do it until the end asked for."""
    request = {
        "command": "override",
        "device": args.device,
        "wish": wish,
        "for": " ".join(args.time),
        "by": owner(),
    }
    answer = ask(args.runtime_dir, request)
    until = ending(datetime.fromisoformat(answer["until"]))
    print(f"{answer['device']}: {_WORDS[wish].done} until {until}")
    return 0


def owner() -> str:
    """Return who types, for the record of what was done."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or "somebody"


def ending(until: datetime) -> str:
    """Return a moment and how far off it is: ``Tue 22:00 (40m left)``; seconds if it has some."""
    clock = f"{until:%a %H:%M:%S}".removesuffix(":00")
    return f"{clock} ({duration(max(until - wall(), timedelta(0)))} left)"
