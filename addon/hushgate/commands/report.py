"""`hushgate report`: when each speaker listened, and what was stopped; from the ledger."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from hushgate.adapters.ledger_query import read_rows
from hushgate.adapters.publicsuffix import registered_domain
from hushgate.commands.ledgerview import (
    add_span,
    house_zone,
    known_speakers,
    ledger_path,
    moment,
    require_order,
    utc_now,
)
from hushgate.commands.ship import FLEET_URL, open_center
from hushgate.commands.terminal import say
from hushgate.core.errors import UnavailableError
from hushgate.core.past import midnight
from hushgate.core.report import summarize
from hushgate.core.reporthtml import report_page
from hushgate.core.reporttext import report_lines
from hushgate.core.rows import Row
from hushgate.places import CONFIG, STATE, add_places


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--week", action="store_true", help="today and the six days before (default)")
    span.add_argument("--day", action="store_true", help="today")
    add_span(parser)
    parser.add_argument("--device", metavar="DEVICE", help="only this speaker (its key)")
    parser.add_argument(
        "--fleet", action="store_true", help=f"all gateways, from the database of ${FLEET_URL}"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--html", metavar="FILE", type=Path, help="write a page with pictures")
    form.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Print or write the report."""
    zone, now = house_zone(args), utc_now()
    days = 0 if args.day else 6
    until = moment("--until", args.until, now, zone) or now
    last = (until - timedelta(microseconds=1)).astimezone(zone)
    since = moment("--since", args.since, now, zone) or midnight(last, days_ago=days)
    require_order(since, until)
    report = summarize(_rows(args, since, until), since, until, zone, registered_domain)
    if (
        not report.devices
        and not args.fleet
        and (why := known_speakers(ledger_path(args), args.device))
    ):
        print(f"nothing to report{why}", file=sys.stderr)
    if args.json:
        json.dump(asdict(report), sys.stdout, default=datetime.isoformat, indent=1)
        print()
    elif args.html:
        try:
            args.html.write_text(report_page(report), encoding="utf-8")
        except OSError as error:
            raise UnavailableError(f"cannot write {args.html}: {error.strerror}") from error
        print(f"{args.html} is written; open it in a browser")
    else:
        for line in report_lines(report):
            say(line)
    return 0


def _rows(args: argparse.Namespace, since: datetime, until: datetime) -> Iterator[Row]:
    if not args.fleet:
        path, device = ledger_path(args), args.device
        yield from read_rows(path, since=since, until=until, device=device, newest_first=False)
        return
    with closing(open_center()) as center:
        yield from (row for row in center.read(since, until) if args.device in (None, row.device))
