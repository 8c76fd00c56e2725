"""`hushgate log`: what was uploaded, held and refused; reads the ledger, also without a gateway."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hushgate.adapters.ledger_query import read_rows
from hushgate.adapters.rowfiles import write_csv, write_json_lines, write_parquet
from hushgate.commands.ledgerview import (
    add_span,
    house_zone,
    known_speakers,
    ledger_path,
    moment,
    require_order,
    utc_now,
)
from hushgate.commands.terminal import say
from hushgate.core.model import Verdict
from hushgate.core.records import Kind
from hushgate.core.rows import Row
from hushgate.core.telling import tell
from hushgate.places import CONFIG, STATE, add_places

_LINES = 50
_FOLLOW_SECONDS = 0.5
_WRITTEN_KINDS = (Kind.UTTERANCE, Kind.UPLOAD, Kind.FOUND)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_span(parser)
    parser.add_argument("--device", metavar="DEVICE", help="only this speaker (its key)")
    parser.add_argument("--verdict", choices=[*Verdict], help="only what was treated so")
    parser.add_argument("--kind", choices=_WRITTEN_KINDS, help="only what is of this kind")
    parser.add_argument("--text", metavar="WORDS", help="only endpoints with these words: amazon")
    parser.add_argument("--after", metavar="ID", type=int, help="only rows after this id")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_positive,
        help=f"the newest N rows (default {_LINES} for people, all for programs); with --after, the"
        " next N",
    )
    parser.add_argument("--follow", "-f", action="store_true", help="go on as rows are written")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, one object a line")
    form.add_argument("--csv", action="store_true", help="print CSV with a heading")
    form.add_argument("--parquet", metavar="FILE", type=Path, help="write a Parquet file")
    parser.epilog = "docs/ledger.md explains the columns."
    add_places(parser, CONFIG, STATE)


def run(args: argparse.Namespace) -> int:
    """Print the rows that were asked for, oldest first."""
    path, zone, now = ledger_path(args), house_zone(args), utc_now()
    asked: dict[str, Any] = {
        "since": moment("--since", args.since, now, zone),
        "until": moment("--until", args.until, now, zone),
        "device": args.device,
        "verdict": args.verdict and Verdict(args.verdict),
        "kind": args.kind and Kind(args.kind),
        "text": args.text,
        "after": args.after,
    }
    require_order(asked["since"], asked["until"])
    rows = _first_rows(path, asked, _limit(args))
    if args.parquet:
        write_parquet(rows, args.parquet)
        print(f"{args.parquet} is written")
        return 0
    if args.csv:
        write_csv(rows, sys.stdout)
        return 0
    first = last = args.after or 0
    for row in rows:
        last = max(last, row.id)
        _print(row, zone, args)
    if last == first and not args.follow:
        print(f"nothing matches{known_speakers(path, args.device)}", file=sys.stderr)
    while args.follow:
        sys.stdout.flush()
        time.sleep(_FOLLOW_SECONDS)
        for row in read_rows(path, **{**asked, "after": last}, newest_first=False):
            last = max(last, row.id)
            _print(row, zone, args)
    return 0


def _limit(args: argparse.Namespace) -> int | None:
    if args.limit is not None:
        return int(args.limit)
    everything = args.json or args.csv or args.parquet or args.since or args.after is not None
    return None if everything else _LINES


def _first_rows(path: Path, asked: dict[str, Any], limit: int | None) -> Iterator[Row]:
    if limit is None or asked["after"] is not None:  # whoever goes on must not miss a row
        return read_rows(path, **asked, limit=limit, newest_first=False)
    newest: Sequence[Row] = list(read_rows(path, **asked, limit=limit))
    return reversed(newest)


def _print(row: Row, zone: ZoneInfo, args: argparse.Namespace) -> None:
    if args.json:
        write_json_lines([row], sys.stdout)
    else:
        say(f"{row.time.astimezone(zone):%a %d %b %H:%M:%S}  {row.name} {tell(row)}")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("expected a number of rows above 0")
    return int(text)
