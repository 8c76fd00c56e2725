"""`hushgate run`: guard the speakers."""

import argparse
import logging

from hushgate.adapters.logs import set_up_logging
from hushgate.commands.places import CONFIG, RUNTIME, STATE, add_places
from hushgate.config import load_config
from hushgate.core.link import encode
from hushgate.core.ruleset import Ports
from hushgate.core.standings import seed_of
from hushgate.gate import SNAPSHOT_NAME
from hushgate.supervisor import Child, Supervisor

_log = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG, STATE, RUNTIME)
    parser.add_argument(
        "--stay-shut",
        action="store_true",
        help="leave the speakers shut when stopped, for service managers that restart it;"
        " `hushgate cleanup` opens them",
    )


def run(args: argparse.Namespace) -> int:
    """Start gate and addon and keep them alive until stopped."""
    set_up_logging()
    config = load_config(args.config)
    args.runtime_dir.mkdir(parents=True, exist_ok=True)
    ports = Ports(config.gateway.proxy_port, config.gateway.dns_port)
    (args.runtime_dir / SNAPSHOT_NAME).write_bytes(encode(seed_of(config.policy, ports)))
    places = ["--runtime-dir", str(args.runtime_dir)]
    gate = Child("gate", [*places, *(["--stay-shut"] if args.stay_shut else [])])
    addon = Child(
        "addon", [*places, "--config", str(args.config), "--state-dir", str(args.state_dir)]
    )
    _log.info("guarding speakers=%d config=%s", len(config.policy.devices), args.config)
    Supervisor(gate, addon).run()
    return 0
