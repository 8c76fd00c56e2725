"""`hushgate lists`: the blocklists, what they say, and changing them."""

import argparse
from collections.abc import Callable

from hushgate.commands import listask, listchange
from hushgate.commands.terminal import one_of
from hushgate.core.listformats.entry import Format, Meaning
from hushgate.places import CONFIG, STATE, add_places, add_places_again

type Run = Callable[[argparse.Namespace], int]

_LIST = "its name, as hushgate lists shows it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, CONFIG, STATE)
    parser.set_defaults(action=listask.show)
    actions = parser.add_subparsers(metavar="ACTION", title="actions (none: show all lists)")

    add = _action(actions, "add", "use a list from an address or a file", listchange.add)
    add.add_argument("location", metavar="URL|FILE", help="https, http or file; may be gzipped")
    add.add_argument("--name", help="what to call it (default: from its file name)")
    _add_reading(add)
    _add_devices(add)
    _add_accept(add)

    remove = _action(actions, "remove", "use a list no longer", listchange.remove)
    remove.add_argument("list", metavar="LIST", help=_LIST)

    enable = _action(actions, "enable", "switch a list on", listchange.enable)
    enable.add_argument("list", metavar="LIST", help=_LIST)
    _add_devices(enable)
    _add_accept(enable)

    disable = _action(actions, "disable", "switch a list off", listchange.disable)
    disable.add_argument("list", metavar="LIST", help=_LIST)
    _add_devices(disable)

    update = _action(actions, "update", "fetch the newest versions now", listchange.update)
    update.add_argument("list", metavar="LIST", nargs="*", help="default: all")
    _add_accept(update)

    check = _action(actions, "check", "what a list holds, without using it", listask.check)
    check.add_argument("file", metavar="FILE|URL", help="file, https or http; may be gzipped")
    _add_json(check)
    _add_reading(check)

    why = _action(actions, "why", "which entry decides about a name", listask.why)
    why.add_argument("name", metavar="NAME", help="a host name, international ones in either form")
    why.add_argument("--device", metavar="DEVICE", help="one speaker (default: all)")
    _add_json(why)

    edit = _action(
        actions, "edit", "edit your own list, checked when you close it", listchange.edit
    )
    _add_accept(edit)

    undo = _action(actions, "undo", "take the last change back", listchange.undo)
    undo.add_argument("--list", action="store_true", help="show what can be taken back")

    export = _action(
        actions, "export", "print a list, in another format if you like", listask.export
    )
    export.add_argument("list", metavar="LIST", nargs="?", default="own", help="default: your own")
    export.add_argument(
        "--format", type=one_of(Format), choices=list(Format), help="default: as it is"
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    action: Run = args.action
    return action(args)


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    action: Run,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary.capitalize() + ".")
    parser.set_defaults(action=action)
    add_places_again(parser, CONFIG, STATE)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    """Take --json behind an action; in front of it, it means the same."""
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON, for programs"
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        type=one_of(Format),
        choices=list(Format),
        help="how it is written (default: inferred)",
    )
    parser.add_argument(
        "--meaning",
        type=one_of(Meaning),
        choices=list(Meaning),
        help="what a bare name covers: exact, itself; suffix, all below it too (default: inferred)",
    )
    parser.add_argument(
        "--allow", action="store_true", help="a list of exceptions: what it names passes"
    )


def _add_devices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        action="append",
        metavar="DEVICE",
        help="for this speaker only; may be repeated (default: every device)",
    )


def _add_accept(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept",
        action="store_true",
        help="even if it takes something away from a speaker, or changed tenfold",
    )
