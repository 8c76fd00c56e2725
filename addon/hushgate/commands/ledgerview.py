"""What the commands that read the ledger share: its place, the house's clock, spans of time."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hushgate.adapters import ledger_file
from hushgate.adapters.ledger_query import known_devices
from hushgate.config import load_config
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.past import parse_past
from hushgate.core.words import suggest


def add_span(parser: argparse.ArgumentParser) -> None:
    """Add the options for a span of time."""
    forms = "2h, 7d, yesterday, 18:30, 2026-11-24"
    parser.add_argument("--since", metavar="WHEN", help=f"from then on: {forms}")
    parser.add_argument("--until", metavar="WHEN", help="up to then, same forms")


def ledger_path(args: argparse.Namespace) -> Path:
    """Give the ledger's place."""
    return Path(args.state_dir) / ledger_file.NAME


def house_zone(args: argparse.Namespace) -> ZoneInfo:
    """Give the house's time zone; UTC, and a word about it, if the configuration cannot be read.

    The ledger must be readable just then: a broken configuration is a reason to look into it.
    """
    try:
        return load_config(args.config).zone
    except ConfigError:
        print(f"times are in UTC: the configuration {args.config} cannot be used", file=sys.stderr)
        return ZoneInfo("UTC")


def moment(option: str, text: str | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Read the moment of an option; None if it was not given.

    Raises:
        ConfigError: it is not understood.
    """
    try:
        return parse_past(text, now, zone) if text else None
    except ValueError as error:
        raise ConfigError(Complaint(f"{option}: {error}")) from error


def require_order(since: datetime | None, until: datetime | None) -> None:
    """Refuse a span that ends before it begins: nothing could ever be in it.

    Raises:
        ConfigError: It does.
    """
    if since is not None and until is not None and until <= since:
        raise ConfigError(Complaint("--until is not after --since: nothing can be in between"))


def known_speakers(path: Path, device: str | None) -> str:
    """Say which speakers the ledger knows, if the one that was asked for is not among them."""
    if device is None:
        return ""
    known = known_devices(path)
    return (
        "" if device in known else f': the ledger has no speaker "{device}"{suggest(device, known)}'
    )


def utc_now() -> datetime:
    """Read the wall clock."""
    return datetime.now(UTC)
