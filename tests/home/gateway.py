"""hushgate itself: `hushgate run` as an owner starts it, and the commands an owner types."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hushgate.adapters.asking import ask
from hushgate.core.errors import UnavailableError
from tests.home.network import Namespace

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "hushgate.example.yaml"


class GatewayError(Exception):
    """hushgate did not do what it was told; the text is for people."""


class Gateway:
    """A running hushgate."""

    def __init__(self, place: Namespace, folder: Path, config: Path = EXAMPLE) -> None:
        self.folder = folder
        self.log_file = folder / "hushgate.log"
        self._place = place
        self._config = config
        self._runtime = folder / "run"
        self._state = folder / "state"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, patience: float = 180.0) -> float:
        """Start it and wait until it says that it protects; return the seconds that took."""
        self._runtime.mkdir(parents=True, exist_ok=True)
        self._state.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._place.command(*self._hushgate("run")),
                *("--config", str(self._config), "--state-dir", str(self._state)),
                *("--runtime-dir", str(self._runtime)),
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        while time.monotonic() - began < patience:
            if self._process.returncode is not None:
                break
            if (await self._status()).get("protecting"):
                return time.monotonic() - began
            await asyncio.sleep(0.1)
        words = self.log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        status = self._process.returncode
        state = "runs" if status is None else f"ended with status {status}"
        raise GatewayError(f"`hushgate run` {state} and does not protect: {' / '.join(words[-3:])}")

    async def tell(self, *words: str) -> None:
        """Give an owner's command, such as ``allow kitchen 5s``; wait until it is in force."""
        status, output = await self._run(*words, "--runtime-dir", str(self._runtime))
        if status:
            raise GatewayError(f"`hushgate {' '.join(words)}` failed: {output.strip()}")
        await self.status_when(
            lambda status: (
                status["gate"] is not None and status["gate"]["revision"] == status["revision"]
            )
        )

    async def pending(self) -> list[dict[str, Any]]:
        """Return what is held and waits for the owner."""
        status, output = await self._run("pending", "--json", "--runtime-dir", str(self._runtime))
        if status:
            raise GatewayError(f"`hushgate pending` failed: {output.strip()}")
        waiting: list[dict[str, Any]] = json.loads(output)["pending"]
        return waiting

    async def ledger(self) -> list[dict[str, Any]]:
        """Return the rows of the ledger."""
        status, output = await self._run("log", "--json", "--state-dir", str(self._state))
        if status:
            raise GatewayError(f"`hushgate log` failed: {output.strip()}")
        return [json.loads(line) for line in output.splitlines()]

    async def prove(self, device: str, seconds: float) -> dict[str, Any]:
        """Watch a device and return what `hushgate prove` found."""
        options = ("--seconds", str(seconds), "--json", "--runtime-dir", str(self._runtime))
        _, output = await self._run("prove", device, *options)
        proof: dict[str, Any] = json.loads(output)
        return proof

    async def reconfigure(self, text: str) -> None:
        """Write another configuration and wait until it is in force."""
        before = (await self.status_when(lambda status: True))["revision"]
        self._config.write_text(text, encoding="utf-8")
        await self.status_when(lambda status: status["revision"] != before)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def status_when(
        self, holds: Callable[[dict[str, Any]], bool], patience: float = 60.0
    ) -> dict[str, Any]:
        """Return the status as soon as something holds for it."""
        until = time.monotonic() + patience
        while not ((status := await self._status()) and holds(status)):
            if time.monotonic() > until:
                raise GatewayError(f"the status stays {status}")
            await asyncio.sleep(0.2)
        return status

    async def stop(self) -> None:
        """Stop it as its owner would."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        await self._process.wait()

    def packets_in_user_space(self) -> int:
        """Return how many packets were queued for, or of the neighbor handed to, a program."""
        counter = ("counter", "inet", "home", "neighbor_at_programs")
        listing = json.loads(self._place.run("nft", "-j", "list", *counter))
        handed = sum(row["counter"]["packets"] for row in listing["nftables"] if "counter" in row)
        with self._place.entered():
            queues = Path("/proc/thread-self/net/netfilter/nfnetlink_queue")
            lines = queues.read_text(encoding="ascii").splitlines() if queues.exists() else []
        # Last but one column: the number of the last packet of the queue (nfnetlink_queue.c).
        return int(handed) + sum(int(line.split()[-2]) for line in lines)

    async def _status(self) -> dict[str, Any]:
        with suppress(UnavailableError):
            return await asyncio.to_thread(ask, self._runtime, {"command": "status"})
        return {}

    async def _run(self, *words: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *self._hushgate(*words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1"},
        )
        output, errors = await process.communicate()
        text = (output or errors if process.returncode else output).decode()
        return process.returncode or 0, text

    @staticmethod
    def _hushgate(*words: str) -> list[str]:
        return [sys.executable, "-m", "hushgate", *words]
