"""`hushgate doctor`: what on this machine and network lets speakers past the guard."""

import argparse
import json
import sys
from dataclasses import asdict

from hushgate.adapters.surroundings import look_around
from hushgate.commands.terminal import say
from hushgate.config import load_config
from hushgate.core.diagnosis import Weight, diagnose
from hushgate.places import CONFIG, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(args: argparse.Namespace) -> int:
    """Print findings, each with its way out; exit 1 if one of them is bad."""
    config = load_config(args.config)
    speakers = {
        mac: device.name for device in config.policy.devices.values() for mac in device.macs
    }
    findings = diagnose(look_around(speakers))
    if args.json:
        json.dump([asdict(finding) for finding in findings], sys.stdout, indent=2)
        print()
    else:
        for finding in findings:
            for mark, text in ((finding.weight, finding.what), ("way out", finding.way_out)):
                say(f"{mark}: {text}")
            print()
        if not findings:
            print("nothing found that lets speakers past the guard")
        print("what no gateway can see is listed in docs/limits.md")
    return 1 if any(finding.weight is Weight.BAD for finding in findings) else 0
