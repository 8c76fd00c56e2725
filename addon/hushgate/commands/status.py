"""`hushgate status`: what is in force now, and what is wrong."""

import argparse
import json
import sys
from datetime import datetime
from typing import Any, Final

from hushgate.adapters.control import ask
from hushgate.commands.override import left
from hushgate.commands.pending import describe
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Reason
from hushgate.core.ruleset import QueueKind
from hushgate.places import RUNTIME, add_places

HANDED_BY: Final = {
    QueueKind.NFT: "nft queue",
    QueueKind.XT: "xt NFQUEUE",
    QueueKind.NONE: "nothing in this kernel",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_places(parser, RUNTIME)


def run(args: argparse.Namespace) -> int:
    """Print the state; exit 0 only if the speakers are guarded."""
    try:
        status = ask(args.runtime_dir, {"command": "status"})
    except UnavailableError as error:
        if not args.json:
            raise
        status = {"protecting": False, "problems": [str(error)], "warnings": [], "devices": []}
    if args.json:
        json.dump(status, sys.stdout, indent=2)
        print()
    else:
        _print(status)
    return 0 if status["protecting"] else 1


def _print(status: dict[str, Any]) -> None:
    print("guarding" if status["protecting"] else "NOT guarding as it should")
    for problem in status["problems"]:
        print(f"  problem: {problem}")
    for warning in status["warnings"]:
        print(f"  warning: {warning}")
    width = max((len(device["name"]) for device in status["devices"]), default=0)
    for device in status["devices"]:
        print(f"  {device['name']:<{width}}  {_voice(device)}  ({device['rule']})")
    for waiting in status.get("pending", ()):
        print(f"  waiting for your answer: {describe(waiting)}; see: hushgate pending")
    for found in status.get("found", ()):
        print(f"  {_new(found)}")
    if status.get("blind"):
        print(f"  note: new speakers are not looked for: {status['blind']}")
    if gate := status.get("gate"):
        print(f"  first packets are handed to the gate by: {HANDED_BY[gate['queue']]}")
    if status["held_bytes"]:
        print(f"  {status['held_bytes']:,} bytes are waiting for a decision")


def _new(found: dict[str, Any]) -> str:
    """Return in words that a speaker was found."""
    outcome = "guarded by the rules of the house" if found["protected"] else "NOT protecting"
    return (
        f"{found['name']} ({found['device']}, {found['confidence']:.0%} sure): {outcome};"
        f" decide: hushgate device set {found['device']} --speaker NAME, or --not-speaker"
    )


def _voice(device: dict[str, Any]) -> str:
    words = {
        "allowed": "voice allowed",
        "block": "voice blocked",
        "delay": "voice held until you allow it",
        "observe": "voice watched only, NOT protecting",
        "offline": "voice service cut off",
    }
    text = words[device["voice"]]
    if device["reason"] == Reason.OVERRIDE_PAUSED:
        text = "protection paused, NOT protecting"
    if device["until"]:
        until = datetime.fromisoformat(device["until"])
        text += f" until {until:%a %H:%M:%S} ({left(until)})"
    return text
