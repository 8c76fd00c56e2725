"""A speaker that was blocked comes back: how soon it is answered, and how often it connects."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.home.recording import Direction
from tests.home.session import Session
from tests.home.slices import Item, Slice

PING: Final = 36
"""Length of the record of an Echo's keep-alive, and of the answer to it."""
PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Comeback:
    """What followed the end of a speaker's connection."""

    cut: bool
    """Whether the connection ended while the speaker was still sending the command."""
    seconds: float
    """From the end until the answer to the first keep-alive on another connection."""
    attempts: int
    """Connections tried since the end, those that failed included."""


async def speak(session: Session, piece: Slice) -> Comeback:
    """Speak a command that is going to be stopped; return how the speaker came back."""
    speaker = session.speaker
    link = speaker.links[-1]
    before = len(speaker.links) + len(speaker.failures)
    command = tuple(item for item in piece.items if item.speech)
    dropped = speaker.dropped
    start = time.monotonic() + 0.05 - piece.speech_at
    playing = asyncio.create_task(speaker.play(command, start))
    await _until(lambda: link.ended is not None, "the connection was not ended")
    await _be_answered(session)
    answered = time.monotonic()
    await playing
    assert link.ended is not None
    attempts = len(speaker.links) + len(speaker.failures) - before
    return Comeback(speaker.dropped > dropped, answered - link.ended, attempts)


async def _be_answered(session: Session) -> None:
    """Send a keep-alive on the new connection, and wait for its answer."""
    await session.speaker.play([_ping(Direction.UP)], time.monotonic())
    link = session.speaker.links[-1]
    sent, received = bytes(link.content), len(link.received)

    def has_come() -> bool:
        return any(bytes(arrival.content) == sent for arrival in session.cloud.arrivals)

    await _until(has_come, "the keep-alive did not arrive")
    await session.cloud.play(session.address, [_ping(Direction.DOWN)], time.monotonic())
    await _until(lambda: len(link.received) > received, "the keep-alive was not answered")


def _ping(direction: Direction) -> Item:
    return Item(at=0.0, direction=direction, records=(PING,), speech=False)


async def _until(fulfilled: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fulfilled():
        if time.monotonic() > deadline:
            raise RuntimeError(complaint)
        await asyncio.sleep(0.01)
