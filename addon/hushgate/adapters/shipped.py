"""The files of ``blocklists/`` that come with hushgate: in a checkout, or inside the package."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import hushgate


def shipped_folder() -> Path:
    """Where the shipped lists are."""
    package = Path(hushgate.__file__).parent
    inside = package / "data" / "blocklists"
    return inside if inside.is_dir() else package.parents[1] / "blocklists"


@cache
def shipped_lists() -> Mapping[str, Path]:
    """The shipped lists by id."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.txt"))}
