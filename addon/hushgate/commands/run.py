"""`hushgate run`: guard the speakers."""

import argparse
import logging
import os
import sys

from hushgate.adapters.logs import set_up_logging
from hushgate.commands.terminal import one_of
from hushgate.core.rehearsal import REHEARSALS, describe_rehearsal
from hushgate.core.settings import Cause
from hushgate.places import CONFIG, RUNTIME, STATE, add_places, add_user
from hushgate.supervisor import Child, Supervisor

_log = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG, STATE, RUNTIME)
    parser.add_argument(
        "--stay-shut",
        action="store_true",
        help="leave the speakers shut when stopped, for service managers that restart it;"
        " `hushgate open-everything` opens them",
    )
    add_user(parser)
    parser.add_argument(
        "--simulate",
        type=one_of(Cause),
        choices=list(Cause),
        metavar="CAUSE",
        help="rehearse a failure until stopped, to see what the speakers do then",
    )
    causes = "\n".join(f"  {cause:<16} {done}" for cause, done in REHEARSALS.items())
    parser.epilog = f"CAUSE is one of:\n{causes}"


def run(args: argparse.Namespace) -> int:
    """Start gate and addon and keep them alive until stopped."""
    set_up_logging()
    if (status := _in_child(args)) != 0:
        return status
    places = ["--runtime-dir", str(args.runtime_dir)]
    places += ["--user", args.user] if args.user is not None else []
    if args.simulate is not None:
        _log.warning("%s; stop it to end that", describe_rehearsal(args.simulate))
        places += ["--simulate", args.simulate]
    gate = Child("gate", [*places, *(["--stay-shut"] if args.stay_shut else [])])
    addon = Child(
        "addon", [*places, "--config", str(args.config), "--state-dir", str(args.state_dir)]
    )
    victim = {Cause.ADDON_DOWN: addon, Cause.GATE_DOWN: gate}.get(args.simulate)
    Supervisor(gate, addon, victim).run()
    if victim is gate and not args.stay_shut:
        _remove_table()
    return 0


def _remove_table() -> None:
    """End a rehearsal in which nobody is left who would take the table away."""
    from hushgate.adapters import nft

    nft.remove()


def _in_child(args: argparse.Namespace) -> int:
    """Sow in a process of its own: reading the configuration costs 20 MB for life otherwise."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = sow(args)
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def sow(args: argparse.Namespace) -> int:
    """Check the configuration, and leave for the gate whom to shut before the addon is up."""
    from hushgate.adapters.householdfile import HouseholdFile
    from hushgate.config import load_config
    from hushgate.core.errors import ConfigError, why
    from hushgate.core.link import encode
    from hushgate.core.standings import seed_of, wiring_of
    from hushgate.gate import SNAPSHOT_NAME

    try:
        config = load_config(args.config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    policy = config.guarding(HouseholdFile(args.state_dir).found())
    seed = encode(seed_of(policy, wiring_of(config.gateway)))
    try:
        args.state_dir.mkdir(parents=True, exist_ok=True)
        args.runtime_dir.mkdir(parents=True, exist_ok=True)
        (args.runtime_dir / SNAPSHOT_NAME).write_bytes(seed)
    except OSError as error:
        print(f"hushgate: {error.filename} cannot be used: {why(error)}", file=sys.stderr)
        return 1
    return 0
