"""`hushgate undo`: take back the last change a program made to the configuration."""

import argparse
import json
from datetime import datetime
from zoneinfo import ZoneInfo

from hushgate.adapters.confighistory import Change
from hushgate.commands.configchange import config_file
from hushgate.commands.ledgerview import house_zone
from hushgate.core.words import moment
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--list", action="store_true", help="show the changes, undo none")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Undo, or list what can be undone."""
    file = config_file(args)
    if not args.list:
        change = file.undo()
        if args.json:
            print(json.dumps(_as_json(change)))
        else:
            print(f"undone: {_line(change, house_zone(args))}")
        return 0
    changes = file.history()
    if args.json:
        print(json.dumps([_as_json(change) for change in changes], indent=1))
        return 0
    if not changes:
        print("no changes to undo")
        return 0
    zone = house_zone(args)
    for number, change in enumerate(reversed(changes), 1):
        print(f"{number:>2}. {_line(change, zone)}")
    return 0


def _line(change: Change, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(change.at).astimezone(zone)
    return f"{change.what} ({change.by}, {moment(at)})"


def _as_json(change: Change) -> dict[str, str]:
    return {"at": change.at, "by": change.by, "what": change.what}
