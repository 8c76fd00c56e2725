"""`hushgate unset`: remove one line of the configuration, so that the level above counts again."""

import argparse
from functools import partial

from hushgate.commands.configchange import change_config, path_of
from hushgate.configedit import remove_key, show_path
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("key", metavar="KEY", help="e.g. kitchen.windows")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Change the file; a running gateway takes it at once."""
    path = path_of(args)
    change_config(args, partial(remove_key, path=path), f"unset {show_path(path)}")
    return 0
