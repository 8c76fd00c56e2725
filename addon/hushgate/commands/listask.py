"""The questions of `hushgate lists`: which there are, what a file holds, why a name is refused."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hushgate.adapters.fetch import fetch, file_path, is_file
from hushgate.adapters.listfiles import name_of, read_lines, read_source
from hushgate.adapters.listrows import Source
from hushgate.adapters.liststore import OWN, OWN_SOURCE, SHIPPED
from hushgate.adapters.publicsuffix import registered_domain
from hushgate.adapters.shipped import shipped_lists
from hushgate.commands.listdesk import Desk, counts, describe, describe_collisions, open_desk
from hushgate.commands.progress import ProgressBar
from hushgate.core.errors import Complaint, ConfigError, UnavailableError
from hushgate.core.listformats.entry import Effect, Format
from hushgate.core.listformats.names import BadNameError, clean_name
from hushgate.core.listformats.write import write_list
from hushgate.core.listreading import Reading
from hushgate.core.lists import Match

_GROUPS = 5
_GROUPED = 20_000
"""Entries of the largest list that is summed up by registered domain: 7 us each."""


def show(args: argparse.Namespace) -> int:
    """Print all lists."""
    desk = open_desk(args)
    rows = list(_rows(desk))
    if args.json:
        print(json.dumps(rows, indent=1))
        return 0
    width, wide = (max(len(row[part]) for row in rows) for part in ("id", "for"))
    print(f"{'list':<{width}}  {'entries':>9}  {'for':<{wide}}  from")
    for row in rows:
        entries = f"{row['entries']:,}" if row["entries"] is not None else "?"
        print(f"{row['id']:<{width}}  {entries:>9}  {row['for']:<{wide}}  {row['location']}")
        if row["problem"]:
            print(f"{'':<{width}}  problem: {row['problem']}")
    return 0


def _rows(desk: Desk) -> Iterator[dict[str, Any]]:
    state = desk.state()
    own = desk.store.own_path()
    entries = len(read_source(own, OWN_SOURCE).rules) if own.exists() else 0
    yield _row(replace(OWN_SOURCE, location=str(own), entries=entries), on="every device")
    for source in state.sources.values():
        yield _row(source, on=str(source.scope))
    for name, path in shipped_lists().items():
        if name not in state.sources:
            source = Source(name, SHIPPED + name)
            found = len(read_source(path, source).rules)
            yield _row(replace(source, entries=found), on="off")


def _row(source: Source, *, on: str) -> dict[str, Any]:
    return {
        "id": source.id,
        "location": source.location,
        "for": on,
        "entries": source.entries if source.copy or source.entries or source.id == OWN else None,
        "kind": "allow" if source.allow else "block",
        "checked": source.checked and source.checked.isoformat(),
        "problem": source.problem,
    }


def check(args: argparse.Namespace) -> int:
    """Print what a file or an address holds, without using it."""
    source = Source("check", args.file, format=args.format, meaning=args.meaning, allow=args.allow)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list")
        reading = _fetch_and_read(source, path)
        if args.json:
            print(json.dumps(counts(reading), indent=1))
        else:
            print("\n".join(_report(open_desk(args), reading)))
    return 1 if reading.refused else 0


def _fetch_and_read(source: Source, path: Path) -> Reading:
    if is_file(source.location) and not (given := file_path(source.location)).is_file():
        reason = "is not a file" if given.exists() else "there is no such file"
        raise ConfigError(Complaint(reason, str(given)))
    refused = None
    try:
        with ProgressBar(name_of(source.location)) as bar:
            fetch(source.location, path, progress=bar)
    except UnavailableError as error:
        if not is_file(source.location):
            raise
        refused = str(error)
        path.write_bytes(b"")
    reading = read_source(path, source)
    return replace(reading, refused=refused) if refused else reading


def _report(desk: Desk, reading: Reading) -> Iterator[str]:
    yield from describe(reading)
    if reading.refused:
        yield f"refused: {reading.refused}"
        return
    if len(reading.rules) <= _GROUPED:
        groups = Counter(
            registered_domain(entry.text)
            for entry in reading.rules
            if entry.reach != "pattern" and entry.effect is not Effect.SPARE
        ).most_common(_GROUPS)
        yield "most: " + ", ".join(f"{name} {count:,}" for name, count in groups)
    collisions = desk.house.collisions(reading)
    if collisions:
        yield "it would break:"
        yield from describe_collisions(collisions)


def why(args: argparse.Namespace) -> int:
    """Print which entry decides about a name, for one device or for all."""
    desk = open_desk(args)
    try:
        name = clean_name(args.name)
    except BadNameError as error:
        raise ConfigError(Complaint(str(error))) from error
    devices = [desk.device(args.device)] if args.device else desk.devices()
    in_force = desk.store.load(desk.state())
    for each, problem in in_force.problems.items():
        print(f"note: {each} is not in force: {problem}", file=sys.stderr)
    answers = []
    for device in devices:
        match = in_force.lists.match(device, name)
        answers.append(_answer(desk, match) | {"device": device, "name": name})
    if args.json:
        print(json.dumps(answers, indent=1))
        return 0
    for answer in answers:
        print(f"{answer['device']}: {_in_words(answer)}")
    return 0


def _answer(desk: Desk, match: Match | None) -> dict[str, Any]:
    if match is None:
        return {"blocked": False, "list": None, "line": None, "entry": None, "text": None}
    line = match.line
    own = match.list_id == OWN
    path = desk.store.own_path() if own else desk.store.path_of(desk.source(match.list_id))
    text = read_lines(path, [line]).get(line) if path and line else None
    return {
        "blocked": not match.allow,
        "list": match.list_id,
        "line": line,
        "entry": match.entry,
        "text": text,
    }


def _in_words(answer: dict[str, Any]) -> str:
    name = answer["name"]
    if answer["list"] is None:
        return f"{name} passes; no list speaks of it"
    verdict = "is refused" if answer["blocked"] else "passes"
    return f"{name} {verdict} by {answer['list']}:{answer['line']}  {answer['text']}"


def export(args: argparse.Namespace) -> int:
    """Print a list as it is, or in another format."""
    desk = open_desk(args)
    source = OWN_SOURCE if args.list == OWN else desk.source(args.list)
    path = desk.store.own_path() if args.list == OWN else desk.store.path_of(source)
    if path is None or not path.exists():
        raise UnavailableError(f"{args.list} has no content yet")
    if args.format is None:
        sys.stdout.buffer.write(path.read_bytes())
        return 0
    rules = read_source(path, source).rules
    entries = sorted(rules, key=lambda entry: (entry.effect is Effect.ALLOW, entry.text))
    for line in write_list(entries, Format(args.format)):
        print(line)
    return 0
