"""A real PostgreSQL for a test: own folder, own port, loopback only."""

import glob
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port, says_taken


def programs() -> Path:
    """Give the folder of PostgreSQL's programs, or skip."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (apt: postgresql)")
    return Path(found[-1]).parent


class Postgres:
    """A server that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._bin, self._folder, self._port = programs(), folder, free_port()
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "hushgate", "-N")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql://hushgate@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self._folder} -p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self._folder / "log")
        self._control("-w", "-l", log, "-o", options, "start")

    def start_anywhere(self) -> None:
        """Start it on another port if its own was taken meanwhile."""
        for _ in range(4):
            try:
                return self.start()
            except subprocess.CalledProcessError:
                if not says_taken(self._folder / "log"):
                    raise
            self._port = free_port()
        return self.start()

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._control("-w", "-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), *words)

    def _run(self, program: str, *words: str) -> None:
        # PostgreSQL refuses to run as root.
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        prefix = user if os.geteuid() == 0 else []
        command = [*prefix, str(self._bin / program), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def running() -> Iterator[Postgres]:
    """Make a server, run it, and take it away."""
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    server = None
    try:
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        server = Postgres(folder)
        server.start_anywhere()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)
