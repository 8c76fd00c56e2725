"""Which device an address of the LAN belongs to now: the kernel's neighbor table (ARP and ND)."""

import asyncio
import json
from collections.abc import Callable
from typing import Final

from hushgate.core.model import Instant, Mac

FRESH: Final = 30.0
"""Seconds an answer is used without asking again: an address may move to another device."""
PATIENCE: Final = 1.0
"""Seconds before an address that was not found is looked up again."""


class Neighbors:
    """The neighbor table, read when an address is new or its answer is old."""

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self._clock = clock
        self._table: dict[str, Mac] = {}
        self._read_at: float = float("-inf")
        self._reading = asyncio.Lock()

    async def mac_of(self, address: str) -> Mac | None:
        """Return the hardware address behind a LAN address, None if the kernel knows none."""
        age = self._clock() - self._read_at
        if age > (FRESH if address in self._table else PATIENCE):
            async with self._reading:
                if self._clock() - self._read_at >= age:
                    await self._read()
        return self._table.get(address)

    async def _read(self) -> None:
        process = await asyncio.create_subprocess_exec(
            "ip", "-json", "neigh", "show", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        self._read_at = self._clock()
        self._table = parse(output)


def parse(output: bytes) -> dict[str, Mac]:
    """Read the output of ``ip -json neigh show``: hardware address by address."""
    try:
        rows = json.loads(output or b"[]")
    except json.JSONDecodeError:
        return {}
    return {row["dst"]: Mac(row["lladdr"].lower()) for row in rows if row.get("lladdr")}
