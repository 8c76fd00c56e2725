"""The scenes in which somebody speaks. Each plays recordings and says what arrived at the far end.

In: a stage with hushgate running. Out: one `Result` per scene. Rules: a scene judges by the
capture at the cloud's door, never by what hushgate says of itself (but for what it must have
written down); every state is made by the owner's commands, so that no scene depends on the time
of day.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.home.evidence import Account
from tests.home.gateway import Gateway
from tests.home.results import Result
from tests.home.session import SETTLE, House, Session
from tests.home.slices import Slice, load_slices

type Cast = list[tuple[Session, Slice]]
"""Conversations, and what each is going to say."""


@dataclass(slots=True)
class Stage:
    """A house with hushgate in it."""

    house: House
    gateway: Gateway

    async def open(self, device: str, *parts: tuple[int, str]) -> Cast:
        """Connect a device once per part: over which IP version, and what it is going to say."""
        pieces = [load_slices()[title] for _, title in parts]
        sessions = await asyncio.gather(
            *(
                self.house.connect(device, version, piece.name)
                for (version, _), piece in zip(parts, pieces, strict=True)
            )
        )
        return list(zip(sessions, pieces, strict=True))


async def play_all(cast: Cast, speech_at: float | None = None) -> Sequence[float]:
    """Play slices together, the commands beginning at one moment if one is given."""
    return await asyncio.gather(
        *(
            session.play(piece, None if speech_at is None else speech_at - piece.speech_at)
            for session, piece in cast
        )
    )


async def window_open(stage: Stage) -> Result:
    """1. Everything passes while voice is allowed."""
    result = Result(1)
    await stage.gateway.tell("allow", "kitchen", "10m")
    cast = await stage.open(
        "kitchen",
        (4, "capital-of-spain"),
        (4, "how-old-are-you"),
        (6, "favorite-hobby"),
        (6, "wolverine"),
    )
    await play_all(cast)
    await asyncio.sleep(SETTLE)
    result.close_account(session for session, _ in cast)
    account = result.account
    lost = account.speech_sent - account.speech_arrived
    result.expect(lost == 0, f"{lost} bytes of speech are missing")
    ended = sum(len(session.speaker.links) > 1 for session, _ in cast)
    result.expect(ended == 0, f"{ended} connections were ended")
    delay = account.median_delay * 1000
    result.expect_speed(delay < 5.0, "the median chunk came 5 ms late or later")
    result.shown.append(f"{len(cast)} commands; median chunk {delay:.1f} ms after it was sent")
    return result


async def window_closed(stage: Stage, speech_at: float) -> Result:
    """2. Under `block` nothing of a command leaves, and the speaker notices."""
    result = Result(2)
    cast = await stage.open(
        "bedroom",
        (4, "capital-of-spain"),
        (4, "favorite-hobby-again"),
        (6, "favorite-hobby"),
        (6, "echo-dot-3"),
    )
    await play_all(cast, speech_at)
    await asyncio.sleep(SETTLE)
    result.close_account(session for session, _ in cast)
    result.expect_silence()
    noticed = [_noticed_after(session) for session, _ in cast]
    told = [seconds for seconds in noticed if seconds is not None]
    result.expect(len(told) == len(cast), "a connection was not ended")
    result.expect_speed(max(told, default=0.0) <= 2.0, "a speaker noticed after more than 2 s")
    result.shown.append(
        f"{len(cast)} commands; the speakers noticed after {max(told, default=0.0):.1f} s at most"
    )
    return result


def _noticed_after(session: Session, since: float = 0.0) -> float | None:
    """Return the seconds from a command's first byte until its speaker saw the end.

    The first command after a moment counts; None: it was not ended.
    """
    for link in session.speaker.links:
        first = next((m.at for m in link.marks if m.speech and m.at > since), None)
        if first is not None and link.ended is not None:
            return link.ended - first
    return None


class Delay:
    """3. Under `delay` a command waits for the owner; one is allowed, one expires."""

    def __init__(self, stage: Stage) -> None:
        self.result = Result(3)
        self._stage = stage
        self._cast: Cast = []
        self._allowed = 0

    async def allow_first(self) -> Result:
        """Play the command that the owner allows after three seconds."""
        self._cast = await self._stage.open("living-room", (4, "homepod"), (6, "homepod"))
        speech_at = time.monotonic() + self._cast[0][1].speech_at + 0.1
        playing = asyncio.create_task(play_all(self._cast, speech_at))
        await asyncio.sleep(speech_at + 3.0 - time.monotonic())
        early = sum(session.account().speech_arrived for session, _ in self._cast)
        self.result.expect(early == 0, f"{early} bytes of speech left before it was allowed")
        await self._stage.gateway.tell("allow", "living-room", "5s")
        await playing
        await asyncio.sleep(SETTLE)
        first = Account()
        for session, _ in self._cast:
            first.add(session.account())
        lost = first.speech_sent - first.speech_arrived
        self.result.expect(lost == 0, f"{lost} bytes of the allowed command are missing")
        self._allowed = first.speech_arrived
        return self.result

    async def let_second_expire(self, speech_at: float) -> Result:
        """Play the command that nobody allows, and wait until its time is over."""
        short = load_slices()["homepod-short"]
        await play_all([(session, short) for session, _ in self._cast], speech_at)
        links = [session.speaker.links[-1] for session, _ in self._cast]
        until = speech_at + 26.0
        while not all(link.ended for link in links) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        self.result.close_account(session for session, _ in self._cast)
        leaked = self.result.account.speech_arrived - self._allowed
        self.result.expect(leaked == 0, f"{leaked} bytes of the expired command left")
        noticed = [_noticed_after(session, speech_at - 1.0) for session, _ in self._cast]
        waits = [seconds for seconds in noticed if seconds is not None]
        self.result.expect(len(waits) == len(noticed), "an expired command's connection lives on")
        self.result.shown.append(
            "allowed after 3 s: arrived whole; not allowed: dropped after"
            f" {max(waits, default=0.0):.0f} s"
        )
        return self.result


async def observed(stage: Stage) -> Result:
    """4. Under `observe` everything passes and is written down."""
    result = Result(4)
    cast = await stage.open("office", (4, "how-old-are-you"), (6, "wolverine"))
    await play_all(cast)
    await asyncio.sleep(SETTLE)
    result.close_account(session for session, _ in cast)
    lost = result.account.speech_sent - result.account.speech_arrived
    result.expect(lost == 0, f"{lost} bytes of speech are missing")
    rows = [
        row
        for row in await stage.gateway.ledger()
        if row["device"] == "office" and row["kind"] == "utterance" and row["voice"] == "observe"
    ]
    result.expect(len(rows) == len(cast), f"{len(rows)} of {len(cast)} commands in the ledger")
    result.shown.append(f"{len(rows)} commands in the ledger as would have been blocked")
    return result


async def edge(stage: Stage) -> Result:
    """5. The window closes while a connection is open."""
    result = Result(5)
    await stage.gateway.tell("block", "kitchen", "10m")
    cast = await stage.open("kitchen", (4, "how-old-are-you"), (6, "how-old-are-you"))
    await stage.gateway.tell("allow", "kitchen", "7s")
    await play_all(cast)
    before = Account()
    for session, _ in cast:
        before.add(session.account())
    lost = before.speech_sent - before.speech_arrived
    result.expect(lost == 0, f"{lost} bytes of the command inside the window are missing")
    reconnected = sum(len(session.speaker.links) > 1 for session, _ in cast)
    result.expect(reconnected == 0, f"{reconnected} connections were ended by the edge")
    slices = load_slices()
    titles = ("wolverine", "favorite-hobby")
    await play_all(
        [(session, slices[title]) for (session, _), title in zip(cast, titles, strict=True)]
    )
    await asyncio.sleep(SETTLE)
    result.close_account(session for session, _ in cast)
    leaked = result.account.speech_arrived - before.speech_arrived
    result.expect(leaked == 0, f"{leaked} bytes of the command after the edge left")
    result.shown.append("the command before the edge arrived whole, the next one stayed")
    return result


class Inherited:
    """6. The speaker was connected before hushgate started."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._cast: Cast = []

    async def connect(self) -> None:
        """Connect and keep alive; hushgate does not run yet."""
        self._cast = await self._stage.open("bedroom", (4, "favorite-hobby"), (6, "echo-dot-3"))
        beginning = load_slices()["favorite-hobby"].until(1.5)
        await play_all([(session, beginning) for session, _ in self._cast])

    async def speak(self) -> Result:
        """Say the first command after the start."""
        result = Result(6)
        old = [session.speaker.links[0] for session, _ in self._cast]
        await play_all(self._cast)
        await asyncio.sleep(SETTLE)
        # What was written to the old connection is refused with it, keep-alives too.
        result.close_account((session for session, _ in self._cast), others_whole=False)
        result.expect_silence()
        result.expect(all(link.ended for link in old), "an old connection lives on")
        result.shown.append(
            f"{len(old)} old connections were ended with what was written to them;"
            " the speakers came back"
        )
        return result
