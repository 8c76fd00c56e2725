"""What the home needs of the machine it stands on: programs, rights, kernel features."""

import os
import shutil

from tests.home.network import Namespace

_PROGRAMS = {"ip": "iproute2", "nft": "nftables", "nsenter": "util-linux", "setpriv": "util-linux"}


class MissingError(Exception):
    """Something is missing; the text says what, and how to get it."""


def claim_rights() -> None:
    """Become able to make networks: as root at once, else as root of a user namespace of our own.

    Must come before this process has a second thread (unshare(2), EINVAL).
    """
    missing = {package for program, package in _PROGRAMS.items() if shutil.which(program) is None}
    if missing:
        raise MissingError(
            f"missing programs; install: apt-get install {' '.join(sorted(missing))}"
        )
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        try:
            Namespace("probe").close()
        except OSError as error:
            raise MissingError(
                "root may not make network namespaces here; in a container, start it with"
                " --privileged"
            ) from error
        return
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    except OSError as error:
        raise MissingError(
            "the home is made of network namespaces, which needs root here: run it as root, or have"
            " user namespaces allowed (sysctl user.max_user_namespaces,"
            " kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"
        ) from error
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"0 {user} 1"),
        ("gid_map", f"0 {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
