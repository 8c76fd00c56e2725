"""`hushgate gate`: the packet plane alone."""

import argparse
import logging

from hushgate.adapters.logs import set_up_logging
from hushgate.adapters.privileges import Capability, hand_over, keep_only
from hushgate.adapters.tap import Tap
from hushgate.core.errors import UnavailableError
from hushgate.gate import SNAPSHOT_NAME, GateOptions, run_gate
from hushgate.places import RUNTIME, add_places, add_supervision, add_user

_log = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, RUNTIME)
    parser.add_argument("--stay-shut", action="store_true", help="leave the table when stopped")
    add_user(parser)
    add_supervision(parser)


def run(args: argparse.Namespace) -> int:
    """Hold the table until stopped."""
    set_up_logging()
    args.runtime_dir.mkdir(parents=True, exist_ok=True)
    if args.user is not None:
        hand_over(args.user, (args.runtime_dir, args.runtime_dir / SNAPSHOT_NAME))
    tap, blind = _open_tap()
    keep_only(Capability.NET_ADMIN, user=args.user)
    options = GateOptions(
        args.runtime_dir,
        args.stay_shut,
        args.heartbeat,
        tap=tap,
        blind=blind,
        failed=args.failed,
        rehearsal=args.simulate,
    )
    run_gate(options)
    return 0


def _open_tap() -> tuple[Tap | None, str | None]:
    """Open the tap while there is a right to; without it the speakers are guarded all the same."""
    try:
        return Tap(), None
    except UnavailableError as error:
        _log.warning("new speakers will not be found: %s", error)
        return None, str(error)
