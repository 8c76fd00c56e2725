"""`hushgate explain`: what would happen to a speaker's voice at a moment, and why."""

import argparse
import json

from hushgate.commands.policyview import known_device, moment_of, read_policy, utc_now
from hushgate.commands.terminal import say
from hushgate.core.explain import Towards, explain
from hushgate.core.model import DeviceId
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--device", metavar="DEVICE", required=True, help="a speaker")
    parser.add_argument("--at", metavar="WHEN", help='e.g. "sun 22:30", "2026-12-24 18:00"')
    parser.add_argument("--to", metavar="HOST", help="towards this endpoint")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.epilog = (
        "Who is asked first: an override (allow, block, pause), then an exception for the date,"
        " then the windows of the speaker, of its group, of the house. The first that speaks"
        " decides."
    )
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Print the explanation."""
    now = utc_now()
    config, policy = read_policy(args, now)
    device = known_device(policy, args.device)
    towards = _towards(args, device) if args.to else None
    answer = explain(policy, device, moment_of(args, config, now), towards=towards)
    if args.json:
        print(json.dumps(answer.as_json(), indent=1))
    else:
        for line in answer.lines():
            say(line)
    return 0


def _towards(args: argparse.Namespace, device: DeviceId) -> Towards:
    """What lists and catalogue know of --to; they are read only when asked for."""
    # Imported here: they double the time of the command, and most questions name no endpoint.
    from hushgate.adapters.catalogue import shipped_catalogue
    from hushgate.commands.listdesk import open_desk
    from hushgate.core.catalogue import Role

    towards = Towards(args.to)
    if endpoint := shipped_catalogue().endpoint_of(args.to):
        is_voice = endpoint.role is Role.VOICE
        towards = towards._replace(what=f"{endpoint.what} ({endpoint.role})", is_voice=is_voice)
    desk = open_desk(args)
    if match := desk.store.load(desk.state()).lists.match(device, args.to):
        said = "lets it pass" if match.allow else "refuses it"
        listed = f"{match} {said}: {match.entry}"
        towards = towards._replace(listed=listed, is_refused=not match.allow)
    return towards
