"""The lists of ``blocklists/`` that come with hushgate, ready to be switched on."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hushgate.adapters.packaged import packaged_path


@cache
def shipped_lists() -> Mapping[str, Path]:
    """Their files by id."""
    return {path.stem: path for path in sorted(packaged_path("blocklists").glob("*.txt"))}
