"""The command line: a table of subcommands; each is one module of hushgate.commands."""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from hushgate import __version__
from hushgate.commands.examples import EXAMPLES
from hushgate.commands.terminal import Help
from hushgate.core.errors import ConfigError, RequestError, UnavailableError, why
from hushgate.core.words import suggest


class Command(NamedTuple):
    """A row of the table; the module is imported only when its command is called."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("run", "run", "guard the speakers: start the gate and the addon"),
    Command("gate", "gate", "the packet plane alone (started by run)"),
    Command("addon", "addon", "the stream plane alone (started by run)"),
    Command("check", "check", "check a configuration file"),
    Command("status", "status", "what is in force now, and what is wrong"),
    Command("prove", "prove", "watch a closed speaker while you speak to it: what leaves"),
    Command("allow", "allow", "allow a speaker's voice for a while"),
    Command("block", "block", "block a speaker's voice for a while"),
    Command("pause", "pause", "pause all protection for a while; everything is recorded"),
    Command("pending", "pending", "what is held and waits for your answer: allow it, or refuse it"),
    Command("resume", "resume", "take back what was allowed, blocked or paused for a while"),
    Command("windows", "windows", "when voice may leave, per speaker"),
    Command("explain", "explain", "what would happen at a moment, and why"),
    Command("set", "set", "change one line of the configuration"),
    Command("unset", "unset", "remove one line of the configuration"),
    Command("undo", "undo", "take back the last change of the configuration"),
    Command("backup", "backup", "save configuration, lists and names to one file"),
    Command("restore", "restore", "bring back what a backup holds"),
    Command("log", "log", "what was uploaded, held and refused"),
    Command("report", "report", "when each speaker listened, by day or week"),
    Command("ship", "ship", "send the ledger to a central database, for many gateways"),
    Command("forget", "forget", "delete what the ledger knows of a speaker"),
    Command("lists", "lists", "the blocklists: what they say, and changing them"),
    Command("devices", "devices", "who is in the house, what each is taken for, and why"),
    Command("device", "device", "say what a device is, or that it is a speaker"),
    Command("endpoints", "endpoints", "whom a device talks to, and what for"),
    Command("replay", "replay", "judge a recording, offline"),
    Command("identify", "identify", "say who is on a capture, and why"),
    Command("evaluate", "evaluate", "measure the judge on labelled recordings"),
    Command("ruleset", "ruleset", "print the nftables document"),
    Command("doctor", "doctor", "what on this machine and network lets speakers past the guard"),
    Command("shut", "shut", "shut the speakers before the network is up (for the boot)"),
    Command("cleanup", "cleanup", "remove every trace of hushgate from the network"),
    Command("open-everything", "open_everything", "stop hushgate and let the speakers go"),
)
_NAMES = tuple(command.name for command in COMMANDS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="hushgate",
        description="Keeps smart speakers from sending voice outside the hours their owner allows.",
        epilog='"hushgate COMMAND --help" says more of each, with examples.',
    )
    parser.add_argument("--version", action="version", version=f"hushgate {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    for command in COMMANDS:
        if wanted not in (None, command.name):
            continue
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary[:1].upper() + command.summary[1:] + ".",
            formatter_class=Help,
        )
        if command.name == wanted:
            module = _load(command)
            module.configure(subparser)
            subparser.set_defaults(run=module.run)
            subparser.epilog = _epilog(command.name, subparser.epilog)
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    if wanted is not None and wanted not in _NAMES:
        parser.error(
            f'there is no command "{wanted}"{suggest(wanted, _NAMES)}; see: hushgate --help'
        )
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except (UnavailableError, RequestError) as error:
        print(f"hushgate: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        print(f"hushgate: {error.filename or args.command}: {why(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _load(command: Command) -> ModuleType:
    """Import the module of a command, without looking for garbage meanwhile or in it later.

    What an import makes stays; going through all of it again and again is a tenth of the time that
    a command takes to start.
    """
    gc.disable()
    try:
        return importlib.import_module(f"hushgate.commands.{command.module}")
    finally:
        gc.freeze()
        gc.enable()


def _epilog(command: str, said: str | None) -> str:
    """Return what stands below the options: what the module says, then the examples."""
    examples = "\n".join(f"  hushgate {example}" for example in EXAMPLES[command])
    return "\n\n".join(filter(None, (said, f"examples:\n{examples}")))
