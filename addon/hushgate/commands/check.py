"""`hushgate check`: is the configuration right, and what does it mean?"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hushgate.adapters.catalogue import read_catalogue
from hushgate.commands.policyview import utc_now
from hushgate.commands.terminal import say
from hushgate.config import Config, load_config
from hushgate.core.errors import ConfigError
from hushgate.core.explain import sentence
from hushgate.core.firstclosing import next_closing, warn_of
from hushgate.core.model import Outside
from hushgate.places import CONFIG, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="CONFIG", type=Path, nargs="?", help="file to check")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, CONFIG)


def run(args: argparse.Namespace) -> int:
    """Print what the file means, or everything that is wrong with it."""
    path = args.file or args.config
    try:
        config = load_config(path)
    except ConfigError as error:
        if not args.json:
            raise
        complaints = [
            {"file": each.file, "line": each.line, "column": each.column, "message": each.message}
            for each in error.complaints
        ]
        print(json.dumps({"valid": False, "complaints": complaints}, indent=1))
        return 2
    today = datetime.now(UTC).astimezone(config.zone).date()
    if args.json:
        json.dump(_as_json(config, today), sys.stdout, indent=1)
        print()
        return 0
    for line in _summary(config, today):
        say(line)
    return 0


def _summary(config: Config, today: date) -> Iterator[str]:
    devices = config.policy.devices
    speakers = "1 speaker" if len(devices) == 1 else f"{len(devices)} speakers"
    yield f"{config.path} is valid: {speakers}, clock of {config.zone.key}"
    width = max(map(len, devices), default=0)
    for device in devices.values():
        yield f"  {device.id:<{width}}  {device.name}: {sentence(device)}"
    for caution in _cautions(config, today):
        yield f"  note: {caution}"


def _as_json(config: Config, today: date) -> dict[str, Any]:
    return {
        "valid": True,
        "complaints": [],
        "zone": config.zone.key,
        "speakers": [
            {
                "id": device.id,
                "name": device.name,
                "zone": device.schedule.zone.key,
                "outside": device.outside,
                "rules": sentence(device),
            }
            for device in config.policy.devices.values()
        ],
        "notes": list(_cautions(config, today)),
    }


def _cautions(config: Config, today: date) -> Iterator[str]:
    """What is allowed, but worth a second look."""
    if not config.policy.devices:
        yield "there are no speakers, so nothing is guarded"
    for name, location in config.lists.items():
        if "://" not in location and not Path(location).exists():
            yield f"list {name}: there is no file {location}, so it forbids nothing"
    if closing := next_closing(config.policy, utc_now()):
        yield warn_of(closing, config.zone)
    for spoiled in read_catalogue()[1]:
        yield f"the catalogue that came with hushgate is spoiled: {spoiled}"
    for device in config.policy.devices.values():
        if device.outside is Outside.OBSERVE:
            yield f"{device.id} is NOT protected (outside: observe)"
        if not device.macs:
            yield f"{device.id} is recognized by its address alone; a new lease would lose it"
        exceptions = device.schedule.exceptions
        last = max((today if each.yearly else each.last for each in exceptions), default=today)
        if last < today:
            yield f"every exception of {device.id} is over since {last.isoformat()}"
