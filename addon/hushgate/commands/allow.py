"""`hushgate allow`: let voice leave for a while."""

import argparse

from hushgate.commands.override import add_arguments, put_in_force
from hushgate.core.overrides import Wish


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_arguments(parser, Wish.ALLOW)


def run(args: argparse.Namespace) -> int:
    """Put it in force at once."""
    return put_in_force(args, Wish.ALLOW)
