"""`hushgate status`: what is in force now, and what is wrong."""

import argparse
import json
import sys
from datetime import datetime
from typing import Any, Final

from hushgate.adapters.asking import ask
from hushgate.commands.override import ending
from hushgate.commands.pending import describe
from hushgate.commands.terminal import say
from hushgate.core.errors import UnavailableError
from hushgate.core.model import Reason
from hushgate.core.wiring import QueueKind
from hushgate.core.words import moment
from hushgate.places import RUNTIME, add_places

HANDED_BY: Final = {
    QueueKind.NFT: "nft queue",
    QueueKind.XT: "xt NFQUEUE",
    QueueKind.NONE: "nothing in this kernel",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
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
        first, *rest = problem.splitlines()  # a configuration may have many mistakes
        say(f"  problem: {first}")
        for line in rest:
            say(f"    {line}")
    for warning in status["warnings"]:
        say(f"  warning: {warning}")
    width = max((len(device["name"]) for device in status["devices"]), default=0)
    for device in status["devices"]:
        say(f"  {device['name']:<{width}}  {_voice(device)}  ({_rule(device)})", hang=width + 4)
    for waiting in status.get("pending", ()):
        say(f"  waiting for your answer: {describe(waiting)}; see: hushgate pending")
    for found in status.get("found", ()):
        say(f"  {_new(found)}")
    if status.get("blind"):
        say(f"  note: new speakers are not looked for: {status['blind']}")
    if gate := status.get("gate"):
        say(f"  first packets are handed to the gate by: {HANDED_BY[gate['queue']]}")
    if status["held_bytes"]:
        print(f"  {status['held_bytes']:,} bytes are waiting for a decision")


def _new(found: dict[str, Any]) -> str:
    """Return in words that a speaker was found."""
    outcome = "guarded by the rules of the house" if found["protected"] else "NOT protecting"
    return (
        f"{found['name']} ({found['device']}, {found['confidence']:.0%} sure): {outcome};"
        f" decide: hushgate device set {found['device']} --speaker NAME, or --not-speaker"
    )


def _rule(device: dict[str, Any]) -> str:
    """Return what is in force without the words that the line has said already."""
    rule: str = device["rule"].removeprefix(f"{device['name']} ")
    if device["until"]:
        rule = rule.removesuffix(f" until {moment(datetime.fromisoformat(device['until']))}")
    return rule


def _voice(device: dict[str, Any]) -> str:
    words = {
        "allowed": "voice allowed",
        "block": "voice blocked",
        "delay": "voice held for your answer",
        "observe": "voice watched only, NOT protecting",
        "offline": "voice service cut off",
    }
    text = words[device["voice"]]
    if device["reason"] == Reason.OVERRIDE_PAUSED:
        text = "protection paused, NOT protecting"
    if device["until"]:
        text += f" until {ending(datetime.fromisoformat(device['until']))}"
    return text
