"""`hushgate ship`: send the ledger's rows to a central PostgreSQL, for a fleet of gateways.

A process of its own: a dead link or database slows nothing on the gateway.
"""

import argparse
import importlib
import logging
import os
import secrets
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hushgate.adapters.filewrite import replace_file
from hushgate.adapters.logs import set_up_logging
from hushgate.commands.ledgerview import ledger_path
from hushgate.core.errors import Complaint, ConfigError, UnavailableError
from hushgate.places import STATE, add_places

if TYPE_CHECKING:
    from hushgate.adapters.fleet import Center

log = logging.getLogger(__name__)

FLEET_URL = "HUSHGATE_FLEET_URL"
IDENTITY_NAME = "fleet-id"
"""File in the state directory."""
_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--gateway", metavar="NAME", help="this gateway's name (the host's)")
    parser.add_argument("--once", action="store_true", help="send what there is, then end")
    parser.epilog = (
        f"The database is given in the environment, where no other user sees its password:"
        f" {FLEET_URL}=postgresql://user:password@host/database"
    )
    add_places(parser, STATE)


def run(args: argparse.Namespace) -> int:
    """Ship for ever, or once."""
    set_up_logging()
    gateway, path = args.gateway or socket.gethostname(), ledger_path(args)
    with closing(open_center()) as center:
        if not args.once:
            _ship_for_ever(center, path, gateway)
        print(f"{_ship(center, path, gateway)} rows sent")
    return 0


def _ship(center: "Center", path: Path, gateway: str) -> int:
    center.prepare()
    center.claim(gateway, _identity(path.with_name(IDENTITY_NAME)))
    return center.ship(path, gateway)


def _identity(path: Path) -> str:
    """Read what tells this gateway from others of its name; make it up the first time."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        identity = secrets.token_hex(16)
        replace_file(path, f"{identity}\n".encode())
        return identity
    except (OSError, ValueError) as error:
        raise UnavailableError(f"{path} cannot be read: {error}") from error


def _ship_for_ever(center: "Center", path: Path, gateway: str) -> NoReturn:
    """Ship what is new every few seconds; wait longer while one of the ends is away."""
    pause, was_up = _PAUSE_SECONDS, True
    while True:
        try:
            _ship(center, path, gateway)
        except UnavailableError as error:
            if was_up:
                log.warning("ledger not shipped error=%s", error)
            pause, was_up = min(pause * 2, _LONGEST_PAUSE_SECONDS), False
        else:
            if not was_up:
                log.warning("ledger shipped again")
            pause, was_up = _PAUSE_SECONDS, True
        time.sleep(pause)


def open_center() -> "Center":
    """Give the central database of the environment.

    Raises:
        ConfigError: none is named.
        UnavailableError: what it takes is not installed.
    """
    url = os.environ.get(FLEET_URL)
    if not url:
        raise ConfigError(
            Complaint(f"no central database: set {FLEET_URL}=postgresql://user:password@host/name")
        )
    try:
        fleet = importlib.import_module("hushgate.adapters.fleet")
    except ImportError as error:
        raise UnavailableError(
            f"a central ledger needs more packages ({error.name}): pip install 'hushgate[fleet]'"
        ) from error
    center: Center = fleet.Center(url)
    return center
