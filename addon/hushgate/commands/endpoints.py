"""`hushgate endpoints`: whom a device talks to, what for, and how much it sent."""

import argparse
import json
import sys
from typing import Any

from hushgate.adapters.asking import ask
from hushgate.adapters.publicsuffix import registered_domain
from hushgate.commands.devices import endpoint_line
from hushgate.commands.terminal import say
from hushgate.places import RUNTIME, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "device", metavar="DEVICE", help="its id, name, hardware address or IP address"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.epilog = (
        "Bytes are known of guarded speakers, since the addon started; the ledger knows the past"
        " (hushgate log). Of other devices only the names are known that they asked for."
    )
    add_places(parser, RUNTIME)


def by_domain(endpoints: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Put the names together that somebody registered as one; the order is that of the first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for endpoint in endpoints:
        groups.setdefault(registered_domain(endpoint["name"]), []).append(endpoint)
    return groups


def run(args: argparse.Namespace) -> int:
    """Print the endpoints, those that got most first."""
    (device,) = ask(args.runtime_dir, {"command": "devices", "device": args.device})
    if args.json:
        json.dump({key: device[key] for key in ("device", "id", "endpoints")}, sys.stdout, indent=2)
        print()
        return 0
    print(f"{device['name']}  {device['device']}")
    for domain, endpoints in by_domain(device["endpoints"]).items():
        if len(endpoints) > 1:
            print(f"  {domain}")
        for endpoint in endpoints:
            say(f"  {'  ' * (len(endpoints) > 1)}{endpoint_line(endpoint)}")
    if not device["endpoints"]:
        print("  nobody, as far as was seen")
    return 0
