"""`hushgate explain`: what would happen to a speaker's voice at a moment, and why."""

import argparse
import json

from hushgate.commands.policyview import known_device, moment_of, read_policy, utc_now
from hushgate.core.explain import explain
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--device", metavar="DEVICE", required=True, help="a speaker")
    parser.add_argument("--at", metavar="WHEN", help='e.g. "sun 22:30", "2026-12-24 18:00"')
    parser.add_argument("--to", metavar="HOST", help="towards this endpoint")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.epilog = (
        "Who is asked first: an override (allow, block), then an exception for the date, then the"
        " windows of the speaker, of its group, of the house. The first that speaks decides."
    )
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Print the explanation."""
    now = utc_now()
    config, policy = read_policy(args, now)
    device = known_device(policy, args.device)
    answer = explain(policy, device, moment_of(args, config, now), host=args.to)
    if args.json:
        print(json.dumps(answer.as_json(), indent=1))
    else:
        print("\n".join(answer.lines()))
    return 0
