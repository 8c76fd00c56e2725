"""`hushgate restore`: bring back what a backup holds, all of it or nothing."""

import argparse
from pathlib import Path

from hushgate.adapters.backup import plan_restore, read_backup, restore
from hushgate.config import load_config
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a file made by hushgate backup")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, only")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Restore; a running gateway takes the configuration at once."""
    files = read_backup(args.file)
    steps = plan_restore(files, args.config, args.state_dir, load_config)
    for step in steps:
        print(f"{step.change:<8} {step.path}")
    if args.dry_run:
        print("nothing was written")
        return 0
    restore(steps, args.state_dir)
    print("restored; what was there before is beside each file, as NAME.bak")
    return 0
