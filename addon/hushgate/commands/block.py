"""`hushgate block`; see hushgate.commands.override."""

from hushgate.commands.override import configure_block as configure
from hushgate.commands.override import run_block as run

__all__ = ["configure", "run"]
