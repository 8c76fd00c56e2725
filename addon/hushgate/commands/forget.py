"""`hushgate forget`: delete what the ledger knows of one speaker."""

import argparse

from hushgate.adapters.ledger_file import forget_device
from hushgate.adapters.ledger_query import known_devices
from hushgate.commands.ledgerview import ledger_path
from hushgate.core.errors import Complaint, ConfigError, RequestError
from hushgate.core.words import suggest
from hushgate.places import STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("device", metavar="DEVICE", help="the speaker's key, as in the log")
    parser.add_argument("--yes", action="store_true", help="do it; without it nothing is deleted")
    parser.epilog = "It cannot be undone. The gateway may be running; what happens later is kept."
    add_places(parser, STATE)


def run(args: argparse.Namespace) -> int:
    """Delete every row of a speaker, and say how many there were."""
    if not args.yes:
        raise ConfigError(
            Complaint(f"this deletes the history of {args.device}; say --yes if you mean it")
        )
    path = ledger_path(args)
    count = forget_device(path, args.device)
    if not count:
        known = known_devices(path)
        raise RequestError(
            f'the ledger has no speaker "{args.device}"{suggest(args.device, known)}'
        )
    print(f"deleted {count} row{'' if count == 1 else 's'} of {args.device}")
    return 0
