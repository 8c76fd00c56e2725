"""The addon's end of the link to the gate: sends snapshots, takes in what the gate says."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hushgate.core.facts import Fact
from hushgate.core.link import (
    LINE_LIMIT,
    SOCKET_NAME,
    GateState,
    LinkError,
    Snapshot,
    decode_state,
    encode,
)
from hushgate.core.udpflows import UdpFlow

_log = logging.getLogger(__name__)

RETRY: Final = 0.2
SILENCE: Final = 5.0
"""Seconds without a word after which the gate is not reached; it says something every two."""
PORTION: Final = 50
"""Facts taken at once: the worst of them costs 1.7 ms, and utterances wait meanwhile."""


class GateLink:
    """Keeps trying to reach the gate; whether it is reached is for everybody to see."""

    def __init__(self, runtime_dir: Path, reached: Callable[[], None] = lambda: None) -> None:
        """Take where its socket is; `reached` is called whenever it answers anew."""
        self._path = runtime_dir / SOCKET_NAME
        self._reached = reached
        self._writer: asyncio.StreamWriter | None = None
        self.state: GateState | None = None
        """The gate's last word; None while it is not reached."""
        self._flows: deque[UdpFlow] = deque(maxlen=10_000)
        self._facts: deque[Fact] = deque(maxlen=10_000)

    async def follow(self) -> None:
        """Stay connected for ever."""
        was_up = True
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(
                    self._path, limit=LINE_LIMIT
                )
                was_up = True
                self._reached()
                await self._read(reader)
            except (OSError, LinkError, ValueError) as error:
                if was_up:
                    _log.warning("gate not reached error=%s", error)
                was_up = False
            finally:
                self._drop()
            await asyncio.sleep(RETRY)

    def send(self, snapshot: Snapshot) -> bool:
        """Send what is to be in force; return whether there was anybody to send it to."""
        if self._writer is None or self._writer.is_closing():
            return False
        self._writer.write(encode(snapshot))
        return True

    def take_flows(self) -> list[UdpFlow]:
        """Return the flows that the gate told of since the last call."""
        flows = list(self._flows)
        self._flows.clear()
        return flows

    def take_facts(self) -> list[Fact]:
        """Return what the gate told of the LAN since the last call, a portion of it."""
        count = min(PORTION, len(self._facts))
        return [self._facts.popleft() for _ in range(count)]

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await asyncio.wait_for(reader.readline(), SILENCE):
            self.state = decode_state(line)
            self._flows.extend(self.state.flows)
            self._facts.extend(self.state.facts)

    def _drop(self) -> None:
        self.state = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
