"""The scenes of the demo. Each plays recordings and says what arrived at the far end.

In: a stage with hushgate running. Out: one `Result` per scene. Rules: a scene judges by the
capture at the cloud's door, never by what hushgate says of itself (but for what it must have
written down); every state is made by the owner's commands, so that no scene depends on the time
of day.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.home import music, traffic
from tests.home.evidence import Account
from tests.home.gateway import Gateway
from tests.home.network import BARE_4, BARE_6, CLOUD_4, CLOUD_6, Namespace
from tests.home.session import SETTLE, House, Session
from tests.home.slices import Slice, load_slices

type Cast = list[tuple[Session, Slice]]
"""Conversations, and what each is going to say."""


NAMES = {
    1: "window open: voice passes",
    2: "window closed, block: voice stays",
    3: "window closed, delay: voice waits",
    4: "observe: voice passes and is recorded",
    5: "window closes: next command stays",
    6: "connected before the start: voice stays",
    7: "music plays on through scenes 2 and 3",
    8: "the neighbor's traffic is left alone",
}


@dataclass(slots=True)
class Result:
    """What one scene showed."""

    number: int
    account: Account = field(default_factory=Account)
    shown: list[str] = field(default_factory=list)
    """What a person wants to know besides the byte counts."""
    missed: list[str] = field(default_factory=list)
    """What should have been otherwise about the bytes; empty: passed."""
    slow: list[str] = field(default_factory=list)
    """The same about times and speeds, which depend on the machine."""

    @property
    def name(self) -> str:
        """What the scene is about."""
        return NAMES[self.number]

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be."""
        return not (self.missed or self.slow)

    @property
    def detail(self) -> str:
        """One line for the table."""
        return "; ".join([*self.missed, *self.slow, *self.shown])

    def expect(self, truth: bool, otherwise: str) -> None:
        """Note a sentence unless something is true."""
        if not truth:
            self.missed.append(otherwise)

    def expect_speed(self, truth: bool, otherwise: str) -> None:
        """Note a sentence about time or speed unless something is true."""
        if not truth:
            self.slow.append(otherwise)

    def close_account(self, sessions: Iterable[Session], *, others_whole: bool = True) -> None:
        """Sum up what arrived; it must be what was written, in order, and all but the speech."""
        for session in sessions:
            self.account.add(session.account())
            self.missed += [f"connecting failed: {why}" for why in session.speaker.failures]
        account = self.account
        self.missed += account.differences
        self.expect(account.speech_sent > 0, "no speech was sent")
        if others_whole:
            lost = account.other_sent - account.other_arrived
            self.expect(lost == 0, f"{lost} bytes that were not speech are missing")

    def expect_silence(self) -> None:
        """No byte of speech may have arrived."""
        self.expect(
            self.account.speech_arrived == 0, f"{self.account.speech_arrived} bytes of speech left"
        )


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
            f"{len(old)} connections from before were ended, their speakers came back"
        )
        return result


async def neighbor(stage: Stage) -> Result:
    """8. The neighbor does not notice."""
    result = Result(8)
    place = stage.house.network.neighbor
    before = stage.gateway.packets_in_user_space()
    ratios: list[float] = []
    for _ in range(2):
        for ours, bare in ((CLOUD_4, BARE_4), (CLOUD_6, BARE_6)):
            paths = place, f"{ours}9", f"{bare}9"
            ratios += await asyncio.to_thread(traffic.compare_paths, *paths)
    packets = stage.gateway.packets_in_user_space() - before
    result.expect(packets == 0, f"{packets} packets reached user space")
    ratio = median(ratios)
    result.expect_speed(ratio >= 0.97, "slower than 0.97 of the bare kernel")
    result.shown.append(
        f"{packets} packets in user space; {ratio:.3f} of the bare kernel's throughput"
        f" (median of {len(ratios)} pairs)"
    )
    return result


class Music:
    """7. Music plays on while commands are held and stopped."""

    def __init__(self, stage: Stage) -> None:
        self._house = stage.house
        self._bare: list[music.Piece] = []

    async def measure_bare(self) -> None:
        """Measure what the kernel alone does, in the home without commands."""
        for prefix in (BARE_4, BARE_6):
            self._bare += await self._stream(self._house.network.neighbor, f"{prefix}9", 0.7)

    async def play_over(self, speech_at: float) -> Result:
        """Play to the bedroom and the living room before, during and after their commands."""
        result = Result(7)
        bedroom = self._house.network.speakers["bedroom"], f"{CLOUD_4}9"
        living_room = self._house.network.speakers["living-room"], f"{CLOUD_6}9"
        await asyncio.sleep(speech_at - 5.0 - time.monotonic())
        pieces = await self._stream(*bedroom, speech_at + 5.0 - time.monotonic())
        pieces += await self._stream(*living_room, 2.5)
        silence = time.monotonic()
        await asyncio.sleep(speech_at + 23.0 - time.monotonic())
        pieces += await self._stream(*bedroom, 2.5)
        during = [piece for piece in pieces if piece.end > speech_at and piece.start < silence]
        alone = [piece for piece in pieces if piece not in during]
        wrong = sum(not piece.identical for piece in pieces)
        result.expect(wrong == 0, f"{wrong} downloads were not identical")
        result.expect(bool(during and alone), "no music came")
        ratio = _rate(during) / _rate(alone)
        result.expect_speed(ratio >= 0.8, "slower than 0.8 of the speed without the commands")
        result.shown.append(
            f"{len(during)} downloads of 50 MB at {_rate(during):.0f} MB/s, {ratio:.2f} of the"
            f" {_rate(alone):.0f} MB/s before and after; bare kernel {_rate(self._bare):.0f} MB/s"
        )
        return result

    async def _stream(self, place: Namespace, address: str, seconds: float) -> list[music.Piece]:
        return await music.play(place, address, self._house.identity, time.monotonic() + seconds)


def _rate(pieces: Sequence[music.Piece]) -> float:
    """Return the median speed in MB/s."""
    return median(piece.rate for piece in pieces) / 1e6 if pieces else float("nan")
