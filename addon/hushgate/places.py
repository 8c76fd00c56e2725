"""The options that say where things are; every command spells them the same way."""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

from hushgate.core.settings import Cause


class Place(NamedTuple):
    """One directory or file that the owner may move."""

    option: str
    variable: str
    default: str
    meaning: str


CONFIG = Place("--config", "HUSHGATE_CONFIG", "/etc/hushgate/hushgate.yaml", "configuration file")
STATE = Place("--state-dir", "HUSHGATE_STATE_DIR", "/var/lib/hushgate", "ledger, lists, overrides")
RUNTIME = Place("--runtime-dir", "HUSHGATE_RUNTIME_DIR", "/run/hushgate", "sockets of the gateway")


def add_places(parser: argparse.ArgumentParser, *places: Place) -> None:
    """Add the options for some places; the environment gives their defaults."""
    for place in places:
        parser.add_argument(
            place.option,
            type=Path,
            default=Path(os.environ.get(place.variable, place.default)),
            metavar="PATH",
            help=f"{place.meaning} (default: ${place.variable}, else {place.default})",
        )


def add_places_again(parser: argparse.ArgumentParser, *places: Place) -> None:
    """Take the same options behind an action, too; the command's own ones give the defaults."""
    for place in places:
        parser.add_argument(
            place.option,
            type=Path,
            default=argparse.SUPPRESS,
            metavar="PATH",
            help=f"{place.meaning}, as in front of the action",
        )


def add_supervision(parser: argparse.ArgumentParser) -> None:
    """Add what the supervisor tells its children; nobody else has a use for it."""
    parser.add_argument("--heartbeat", type=int, metavar="FD", help=argparse.SUPPRESS)
    parser.add_argument("--failed", type=int, default=0, metavar="TIMES", help=argparse.SUPPRESS)
    parser.add_argument("--simulate", type=Cause, metavar="CAUSE", help=argparse.SUPPRESS)


def add_user(parser: argparse.ArgumentParser) -> None:
    """Add the option that says as whom to run."""
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="become this user, who then owns the directories (default: stay who started it; all"
        " rights but the one to change the network are given up anyway)",
    )
