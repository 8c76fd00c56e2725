"""Crash injection: a process that dies at its n-th change of the file system.

The action runs in a fork whose file-changing system calls are counted; before the n-th it dies,
without cleaning up. A write dies half-way, so a torn file is among what the parent sees.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

_CHANGES = ("open", "write", "fsync", "fchmod", "replace", "mkdir", "unlink", "rmdir")
_DIED, _FAILED = 77, 78


def crashes(action: Callable[[], object]) -> Iterator[int]:
    """Run an action again and again, each time dying one change later; stop when it lives."""
    step = 0
    while not _lives(action, step):
        yield step
        step += 1


def fork() -> int:
    """Fork; threads that something left behind are not needed in the child."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _lives(action: Callable[[], object], step: int) -> bool:
    child = fork()
    if child == 0:
        status = _FAILED
        try:
            _die_at(step)
            action()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, _DIED), "the action failed instead of dying"
    return status == 0


def _die_at(step: int) -> None:
    count = 0

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            if count == step:
                if name == "write":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                os._exit(_DIED)
            count += 1
            return real(*args, **kwargs)

        return call

    for name in _CHANGES:
        setattr(os, name, counted(name, getattr(os, name)))
