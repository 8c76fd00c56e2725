"""The addon's end of the link to the gate: sends snapshots, takes in what the gate says."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from hushgate.core.link import SOCKET_NAME, GateState, LinkError, Snapshot, decode_state, encode

_log = logging.getLogger(__name__)

RETRY: Final = 0.5


class GateLink:
    """Keeps trying to reach the gate; whether it is reached is for everybody to see."""

    def __init__(self, runtime_dir: Path) -> None:
        self._path = runtime_dir / SOCKET_NAME
        self._writer: asyncio.StreamWriter | None = None
        self.state: GateState | None = None
        """The gate's last word; None while it is not reached."""

    async def follow(self) -> None:
        """Stay connected for ever."""
        was_up = True
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self._path)
                was_up = True
                await self._read(reader)
            except (OSError, LinkError, ValueError) as error:
                if was_up:
                    _log.warning("gate not reached error=%s", error)
                was_up = False
            finally:
                self._drop()
            await asyncio.sleep(RETRY)

    def send(self, snapshot: Snapshot) -> None:
        """Send what is to be in force; lost if the gate is away, since the next one says it all."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(snapshot))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self.state = decode_state(line)

    def _drop(self) -> None:
        self.state = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
