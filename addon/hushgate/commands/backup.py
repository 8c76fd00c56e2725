"""`hushgate backup`: configuration, calendars, lists and names in one file; not the ledger."""

import argparse
from pathlib import Path

from hushgate.adapters.backup import make_backup
from hushgate.adapters.filewrite import replace_file
from hushgate.commands.policyview import utc_now
from hushgate.config import load_config
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the backup, e.g. home.tar.gz")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Write the backup."""
    config = load_config(args.config)
    data = make_backup(args.config, config.calendars, args.state_dir, utc_now())
    replace_file(args.file, data)
    print(f"{args.file}: {len(data):,} bytes; bring it back with: hushgate restore {args.file}")
    return 0
