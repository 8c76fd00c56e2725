"""`hushgate pending`: what is held and waits for an answer; let it go, or refuse it."""

import argparse
import json
import sys
from datetime import datetime
from typing import Any

from hushgate.adapters.asking import ask
from hushgate.commands.terminal import say
from hushgate.places import RUNTIME, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("allow", "refuse"),
        help="allow: let it go, this once; refuse: discard it now (default: list what waits)",
    )
    parser.add_argument(
        "which",
        nargs="?",
        default="",
        metavar="WHICH",
        help="its number, its speaker, or all; not needed where only one waits",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, RUNTIME)
    parser.epilog = (
        "Only where outside is delay. Nobody has to answer: what waited for delay_limit is"
        ' discarded. To allow a speaker for a while: "hushgate allow kitchen 10m", which lets go'
        " what it holds too."
    )


def run(args: argparse.Namespace) -> int:
    """List what waits, or answer it."""
    if args.action is None:
        return _list(args)
    allow = args.action == "allow"
    request = {"command": "answer", "which": args.which, "allow": allow}
    answer = ask(args.runtime_dir, request)
    if args.json:
        json.dump(answer, sys.stdout, indent=2)
        print()
        return 0
    for each in answer["answered"]:
        say(f"{'let go' if allow else 'refused'}: {describe(each, answered=True)}")
    return 0


def _list(args: argparse.Namespace) -> int:
    waiting = ask(args.runtime_dir, {"command": "pending"})
    if args.json:
        json.dump({"pending": waiting}, sys.stdout, indent=2)
        print()
        return 0
    for each in waiting:
        say(describe(each))
    say(_hint(waiting))
    return 0


def describe(request: dict[str, Any], *, answered: bool = False) -> str:
    """Return in one line what waits, and for how much longer."""
    since = datetime.fromisoformat(request["since"])
    line = (
        f"{request['id']}. {request['name']}, {since:%H:%M:%S}:"
        f" {request['speech_seconds']:.0f} s of speech, {request['bytes']:,} bytes"
        f" to {request['endpoint']}"
    )
    return line if answered else f"{line}; discarded in {request['expires_in']:.0f} s"


def _hint(waiting: list[dict[str, Any]]) -> str:
    if not waiting:
        return "nothing waits for your answer"
    which = f" {waiting[0]['id']}" if len(waiting) > 1 else ""
    return (
        f"hushgate pending allow{which} lets it go, pending refuse{which} discards it;"
        f" for a while: hushgate allow {waiting[0]['device']} 10m"
    )
