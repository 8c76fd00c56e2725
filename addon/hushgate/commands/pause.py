"""`hushgate pause`: pause all protection for a while: everything passes, and is recorded."""

import argparse

from hushgate.commands.override import add_arguments, put_in_force
from hushgate.core.overrides import Wish


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_arguments(parser, Wish.PAUSE)
    parser.epilog = (
        "For finding out whether hushgate is what is in the way. Nothing is held or refused, by"
        " hours or by lists; what passes is in hushgate log. To let a speaker speak, allow it."
    )


def run(args: argparse.Namespace) -> int:
    """Put it in force at once."""
    return put_in_force(args, Wish.PAUSE)
