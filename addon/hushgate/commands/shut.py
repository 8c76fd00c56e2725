"""`hushgate shut`: shut the speakers before the network is up, and before hushgate is."""

import argparse

from hushgate.adapters import nft
from hushgate.adapters.householdfile import HouseholdFile
from hushgate.adapters.tablelock import find_holder
from hushgate.commands.ruleset import document_for
from hushgate.config import load_config
from hushgate.core.wiring import QueueKind
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Load the table with nobody's voice allowed, unless a gate is here that does it better."""
    pid = find_holder()
    if pid is not None:
        print(f"hushgate runs here (process {pid}); nothing to do")
        return 0
    config = load_config(args.config)
    policy = config.guarding(HouseholdFile(args.state_dir).found())
    nft.apply(document_for(policy, config.gateway, QueueKind.NONE))
    print("the speakers are shut; hushgate run will take over")
    return 0
