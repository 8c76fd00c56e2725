"""`hushgate windows`: when voice may leave, per speaker; in a sentence, as a week, as data."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hushgate.commands.policyview import known_device, moment_of, read_policy, utc_now
from hushgate.commands.terminal import say
from hushgate.core.explain import explain, said_for_a_while, sentence
from hushgate.core.model import DeviceId
from hushgate.core.policy import Policy
from hushgate.core.week import ASCII, BLOCKS, draw_svg, draw_text, open_spans, paint_week
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("device", metavar="DEVICE", nargs="?", help="one speaker (default: all)")
    parser.add_argument("--week", action="store_true", help="draw the coming seven days")
    parser.add_argument("--at", metavar="WHEN", help='as of then, e.g. "sun 22:30"')
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON: the open spans")
    form.add_argument("--svg", action="store_true", help="the week as an SVG document")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Print the windows of one speaker or of all."""
    now = utc_now()
    config, policy = read_policy(args, now)
    at = moment_of(args, config, now)
    devices = [known_device(policy, args.device)] if args.device else list(policy.devices)
    if args.json:
        print(json.dumps([_as_json(policy, device, at) for device in devices], indent=1))
    elif args.svg:
        print(_as_svg(policy, devices, at), end="")
    else:
        for device in devices:
            for line in _as_text(policy, device, at, week=args.week):
                say(line)
    return 0


def _as_text(policy: Policy, device: DeviceId, at: datetime, *, week: bool) -> Iterator[str]:
    rules = policy.devices[device]
    yield f"{rules.name} ({device}): {sentence(rules)}"
    yield f"  {explain(policy, device, at).lines()[0]}"
    for said in said_for_a_while(policy, device, at):
        yield f"  for a while: {said}"
    if week:
        marks = BLOCKS if (sys.stdout.encoding or "").lower().startswith("utf") else ASCII
        drawn = paint_week(policy, device, at.astimezone(rules.schedule.zone).date())
        for line in draw_text(drawn, marks):
            yield f"  {line}"
        paused = f"{marks.paused} NOT protecting: paused   " * any(d.paused for d in drawn.days)
        zone = rules.schedule.zone.key
        yield f"  {marks.full} voice allowed   {paused}{marks.none} outside   {zone}"
        yield ""


def _as_json(policy: Policy, device: DeviceId, at: datetime) -> dict[str, Any]:
    """The spans of seven days in which voice leaves, overrides included."""
    rules = policy.devices[device]
    zone = rules.schedule.zone
    midnight = datetime.combine(at.astimezone(zone).date(), datetime.min.time())
    start, end = ((midnight + timedelta(days=days)).replace(tzinfo=zone) for days in (0, 7))
    return {
        "device": device,
        "name": rules.name,
        "zone": zone.key,
        "outside": rules.outside,
        "rules": sentence(rules),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "open": [
            {
                "start": span.start.astimezone(zone).isoformat(),
                "end": span.end.astimezone(zone).isoformat(),
                "paused": span.paused,
            }
            for span in open_spans(policy, device, start, end)
        ],
    }


def _as_svg(policy: Policy, devices: list[DeviceId], at: datetime) -> str:
    weeks = []
    for device in devices:
        rules = policy.devices[device]
        first = at.astimezone(rules.schedule.zone).date()
        weeks.append((f"{rules.name}: {sentence(rules)}", paint_week(policy, device, first)))
    return draw_svg(weeks)
