"""`hushgate allow`; see hushgate.commands.override."""

from hushgate.commands.override import configure_allow as configure
from hushgate.commands.override import run_allow as run

__all__ = ["configure", "run"]
