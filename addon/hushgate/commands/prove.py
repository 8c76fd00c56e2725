"""`hushgate prove`: watch one speaker in a closed hour while somebody speaks to it."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hushgate.adapters.asking import ask
from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import RequestError, UnavailableError
from hushgate.core.model import Voice
from hushgate.core.proof import Look, prove, shape_of
from hushgate.places import RUNTIME, add_places

EPILOG: Final = """\
What left is not hushgate's own count but the kernel's, for the connections towards the Internet
that belong to this speaker. A connection that opens and closes between two looks is not in it.

--keep stores sizes and times only: nothing that was said, no address, no name. "hushgate evaluate
FILE" then says how far each upload is from the thresholds of speech.
"""
INTERVAL: Final = 0.1
"""Seconds between looks: the judge's own unit."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = EPILOG
    parser.add_argument("device", metavar="DEVICE", help="a speaker of the configuration")
    parser.add_argument(
        "--seconds", type=_seconds, default=20.0, help="how long to watch (default: 20)"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="store the shape of the upload")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, RUNTIME)


def run(args: argparse.Namespace) -> int:
    """Watch, then give the verdict; exit 0 only if it is proven that nothing said left."""
    request = {"command": "upload", "device": args.device}
    answer = ask(args.runtime_dir, request)
    if answer["voice"] not in (Voice.BLOCK, Voice.DELAY, Voice.OFFLINE):
        raise RequestError(
            f"{answer['name']}: voice is not blocked now ({answer['rule']}), so there is nothing to"
            f" prove; first: hushgate block {args.device} 5m"
        )
    if args.keep is not None and not args.keep.parent.is_dir():
        raise UnavailableError(f"{args.keep} cannot be written: {args.keep.parent} is no folder")
    if not args.json:
        print(f"Say something to {answer['name']} now: the wake word and a whole sentence.")
    looks = list(_watch(args.runtime_dir, request, args.seconds, show=sys.stdout.isatty()))
    proof = prove(looks)
    print(json.dumps(proof.to_json(), indent=2) if args.json else proof.verdict)
    if args.keep is not None:
        shape = {"interval": INTERVAL, "looks": shape_of(looks)}
        replace_file(args.keep, f"{json.dumps(shape, indent=1)}\n".encode())
    return 0 if proof.holds else 1


def _watch(
    runtime_dir: Path, request: dict[str, Any], seconds: float, *, show: bool
) -> Iterator[Look]:
    start = time.monotonic()
    first: Look | None = None
    while (elapsed := time.monotonic() - start) <= seconds:
        answer = ask(runtime_dir, request)
        look = Look(elapsed, answer["came"], answer["let_go"], answer["held"], answer["sent"])
        first = first or look
        if show:
            came, left = look.came - first.came, prove([first, look]).sent
            line = f"{came:9,} bytes came, {look.held:9,} held, {left:9,} left the house"
            print(f"\r{line}", end="\x1b[K", flush=True)
        yield look
        time.sleep(INTERVAL)
    if show:
        print()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1.0 <= seconds <= 3_600.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 3600")
    return seconds
