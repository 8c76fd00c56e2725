"""`hushgate set`: change one line of the configuration; its comments and order stay."""

import argparse
from functools import partial

from hushgate.commands.configchange import change_config, path_of, value_of
from hushgate.configedit import set_value, show_path
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("key", metavar="KEY", help="e.g. kitchen.windows, house.zone")
    parser.add_argument("value", metavar="VALUE", nargs="+", help="several for windows and lists")
    parser.epilog = (
        'For example: hushgate set kitchen.windows "mon-fri 07:00-22:00" "sat 09:00-01:00";'
        " hushgate set office.outside delay; hushgate set kitchen.windows [] (never)."
    )
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Change the file; a running gateway takes it at once."""
    path = path_of(args)
    value = value_of(path, args.value)
    what = f"set {show_path(path)} to {', '.join(args.value)}"
    change_config(args, partial(set_value, path=path, value=value), what)
    return 0
