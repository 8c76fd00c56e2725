"""`hushgate open-everything`: the owner's way out, whatever state things are in."""

import argparse
import os
import signal
import time
from pathlib import Path

from hushgate.adapters import nft
from hushgate.adapters.tablelock import find_holder
from hushgate.core.errors import UnavailableError

PATIENCE = 15.0
"""Seconds a running hushgate gets to stop in its own way before it is killed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(args: argparse.Namespace) -> int:
    """Stop hushgate if it runs here, and take its table away."""
    gate = find_holder()
    if gate is not None:
        for process in (_starter_of(gate), gate):
            if process is not None:
                _stop(process)
        print("stopped hushgate")
    removed = nft.remove()
    print("removed the table" if removed else "there was no table to remove")
    print('speakers are NOT guarded, until "hushgate run" or a restart of its service')
    return 0


def _starter_of(gate: int) -> int | None:
    """Return the `hushgate run` that would start the gate again; None: it was started alone."""
    try:
        status = Path(f"/proc/{gate}/status").read_text(encoding="ascii", errors="replace")
        parent = int(next(line.split()[1] for line in status.splitlines() if line[:5] == "PPid:"))
        words = Path(f"/proc/{parent}/cmdline").read_bytes().split(b"\0")
    except (OSError, StopIteration):
        return None
    return parent if b"run" in words and any(b"hushgate" in word for word in words) else None


def _stop(process: int) -> None:
    """End a process: as its owner would, and by force if it does not listen."""
    deadline = time.monotonic() + PATIENCE
    try:
        os.kill(process, signal.SIGTERM)
        while time.monotonic() < deadline:
            if _is_over(process):
                return
            time.sleep(0.1)
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise UnavailableError(f"process {process} cannot be stopped; run as root") from error


def _is_over(process: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"
