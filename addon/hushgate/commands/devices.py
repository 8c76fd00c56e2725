"""`hushgate devices`: who is in the house, what each is taken for, and why."""

import argparse
import json
import sys
from datetime import datetime
from typing import Any

from hushgate.adapters.asking import ask
from hushgate.commands.terminal import say
from hushgate.places import RUNTIME, add_places

ENDPOINTS = 10
"""Endpoints shown of one device; `hushgate endpoints` shows all."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "device",
        nargs="?",
        metavar="DEVICE",
        help="only this one: its id, name, hardware address or IP address",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.epilog = 'A wrong guess is corrected with "hushgate device set".'
    add_places(parser, RUNTIME)


def run(args: argparse.Namespace) -> int:
    """Print the devices, speakers first."""
    devices = ask(args.runtime_dir, {"command": "devices", "device": args.device})
    if args.json:
        json.dump({"devices": devices}, sys.stdout, indent=2)
        print()
        return 0
    if not devices:
        print("no device has been seen yet; speakers show themselves within minutes")
    for device in devices:
        print_device(device)
        if "endpoints" in device:
            _print_details(device)
    return 0


def print_device(device: dict[str, Any]) -> None:
    """Print what one device is, and whether its voice is guarded."""
    vendor, model = device["vendor"], device["model"]
    is_said = vendor and model and model.lower().startswith(vendor)
    what = " ".join(word for word in (None if is_said else vendor, model) if word)
    sure = f", {device['confidence']:.0%} sure" if device["confidence"] else ""
    name = "" if device["name"] == device["device"] else f"{device['name']}  "
    say(f"{name}{device['device']}  {device['kind']}{': ' * bool(what)}{what}{sure}")
    say(f"  {standing(device)}")
    for said in device["for_a_while"]:
        say(f"  for a while: {said}")


def standing(device: dict[str, Any]) -> str:
    """Return in words what hushgate does about a device."""
    add = f"decide: hushgate device set {device['device']} --speaker NAME, or --not-speaker"
    if device["configured"]:
        return "named in your configuration; what holds: hushgate status"
    if device["protected"]:
        return f"guarded by the rules of the house until you decide; {add}"
    if device["undecided"]:
        return f"NOT protecting; {add}"
    if device["carries_voice"]:
        return "NOT protecting: it carries voice, and you said that it is no speaker"
    return "no speaker"


def _print_details(device: dict[str, Any]) -> None:
    since, last = (datetime.fromisoformat(device[key]) for key in ("since", "last"))
    print(f"  seen since {since:%Y-%m-%d %H:%M}, last {last:%Y-%m-%d %H:%M}")
    say(f"  addresses: {', '.join(device['addresses']) or 'none seen'}")
    print("  because:" if device["evidence"] else "  nothing is known of what it is")
    for reason in device["evidence"]:
        say(f"    - {reason}")
    for endpoint in device["endpoints"][:ENDPOINTS]:
        say(f"  {endpoint_line(endpoint)}")
    rest = len(device["endpoints"]) - ENDPOINTS
    if rest > 0:
        print(f"  and {rest} more: hushgate endpoints {device['device']}")


def endpoint_line(endpoint: dict[str, Any]) -> str:
    """Return a line about an endpoint: role, name, bytes."""
    sent = "" if endpoint["bytes"] is None else f"  {endpoint['bytes']:,} bytes uploaded"
    if endpoint["bytes"] and endpoint["bytes_left"] < endpoint["bytes"]:
        sent += f", {endpoint['bytes_left']:,} of them left the house"
    what = f"  ({endpoint['what']})" if endpoint["what"] else ""
    return f"{endpoint['role']:<12} {endpoint['name']}{what}{sent}"
