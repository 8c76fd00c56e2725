"""Gives up what this process may do and does not need, for itself and all that it starts.

capabilities(7): the bounding set bounds what programs started from here can get, also as root; the
ambient set is what they keep where we are not root. Must run before there is a second thread, since
the kernel keeps these per thread.
"""

import ctypes
import os
import pwd
import struct
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import Final

from hushgate.core.errors import UnavailableError

_SET_KEEPCAPS, _CAPBSET_DROP, _SET_NO_NEW_PRIVS, _CAP_AMBIENT = 8, 24, 38, 47
_AMBIENT_RAISE, _AMBIENT_CLEAR_ALL = 2, 4
_VERSION_3: Final = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


class Capability(IntEnum):
    """Those that are spoken of here, by their numbers in linux/capability.h."""

    SETPCAP = 8
    NET_ADMIN = 12


def keep_only(*capabilities: Capability, user: str | None = None) -> None:
    """Keep some capabilities and nothing else, for good; become another user if one is named.

    Raises:
        UnavailableError: There is no such user, or what must be kept is not there.
    """
    mask = sum(1 << capability for capability in capabilities)
    if mask & ~_permitted():
        names = ", ".join(f"CAP_{capability.name}" for capability in capabilities)
        raise UnavailableError(f"this needs {names}; run it as root")
    if 1 << Capability.SETPCAP & _permitted():  # else whoever started us has done it
        for number in range(_last_capability() + 1):
            if not mask >> number & 1:
                _prctl(_CAPBSET_DROP, number)
    if user is not None:
        _become(user)
    _set_capabilities(mask)
    _prctl(_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    for capability in capabilities:
        _prctl(_CAP_AMBIENT, _AMBIENT_RAISE, capability)
    _prctl(_SET_NO_NEW_PRIVS, 1)


def hand_over(user: str, paths: Iterable[Path]) -> None:
    """Let a user own files and folders that are there.

    Raises:
        UnavailableError: There is no such user, or no right to.
    """
    entry = _find(user)
    for path in paths:
        try:
            os.chown(path, entry.pw_uid, entry.pw_gid)
        except FileNotFoundError:
            continue
        except PermissionError as error:
            raise UnavailableError(f"{path} cannot be given to {user}; run as root") from error


def _become(user: str) -> None:
    entry = _find(user)
    try:
        _prctl(_SET_KEEPCAPS, 1)
        os.setgroups([entry.pw_gid])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except PermissionError as error:
        raise UnavailableError(f"cannot become {user}; run as root") from error


def _find(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError as error:
        raise UnavailableError(f'there is no user "{user}" on this machine') from error


def _permitted() -> int:
    return int(_status("CapPrm"), 16)


def _status(field: str) -> str:
    lines = Path("/proc/thread-self/status").read_text(encoding="ascii").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{field}:"))


def _last_capability() -> int:
    return int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))


def _set_capabilities(mask: int) -> None:
    """Set the effective, permitted and inheritable set: capset(2), two words of 32 each."""
    header = struct.pack("=Ii", _VERSION_3, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    if _libc.capset(header, struct.pack("=6I", low, low, low, high, high, high)):
        raise UnavailableError(f"capset: {os.strerror(ctypes.get_errno())}")


def _prctl(option: int, *arguments: int) -> None:
    padded = [*arguments, 0, 0, 0, 0][:4]
    if _libc.prctl(option, *(ctypes.c_ulong(argument) for argument in padded)):
        raise UnavailableError(f"prctl {option}: {os.strerror(ctypes.get_errno())}")
