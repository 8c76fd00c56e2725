"""A pause at the far end: it begins at once, and ends by itself."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateprocess import PATIENCE
from tests.home.evidence import Account
from tests.home.gateway import EXAMPLE, Gateway
from tests.home.session import SETTLE, House
from tests.home.slices import load_slices

pytestmark = pytest.mark.e2e

NAME = "avs-alexa-4-na.amazon.com"
PAUSE = 20
"""Seconds; the command that is played ends well within."""


@dataclass
class Played:
    """What was played, and what came of it."""

    during: Account
    after: Account
    status: dict[str, Any]
    """While the pause lasted."""
    rows: list[dict[str, Any]]


async def play(folder: Path) -> Played:
    """Speak while the protection of a blocked speaker is paused, and again afterwards."""
    async with House(seed=12) as house:
        gateway = Gateway(house.network.gateway, folder)
        await gateway.start()
        try:
            await gateway.tell("block", "kitchen", "15m")
            await gateway.tell("pause", "kitchen", f"{PAUSE}s")
            ends = time.monotonic() + PAUSE
            session = await house.connect("kitchen", 4, NAME)
            await session.play(load_slices()["how-old-are-you"])
            status = await gateway._status()
            during = session.account()
            await asyncio.sleep(max(ends + 1.0 - time.monotonic(), 0.0))
            await session.play(load_slices()["wolverine"])
            await asyncio.sleep(SETTLE)
            return Played(during, session.account(), status, await gateway.ledger())
        finally:
            await gateway.stop()


@dataclass
class CutOff:
    """The same with a speaker whose voice service is refused outside its hours."""

    before: list[str]
    """Why its first connection ended, while nothing was paused."""
    during: Account
    lasted: float
    """Seconds from the owner's command until the speaker saw its connection end."""
    usable: bool
    """Whether it had one again some seconds later."""
    rows: list[dict[str, Any]]


async def cut_and_pause(folder: Path) -> CutOff:
    """Connect, speak while the protection is paused, and wait for its end.

    Nothing is played afterwards: a speaker that finds no way keeps what it wants to say.
    """
    config = folder / "hushgate.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    config.write_text(text.replace("  outside: block\n", "  outside: offline\n"), encoding="utf-8")
    async with House(seed=13) as house:
        gateway = Gateway(house.network.gateway, folder, config)
        await gateway.start()
        try:
            await gateway.tell("block", "kitchen", "15m")
            with contextlib.suppress(TimeoutError):
                await house.connect("kitchen", 4, NAME, patience=10.0)
            refused = house.sessions[0].speaker
            before = [link.cause for link in refused.links if not link.usable]
            await refused.close()
            asked = time.monotonic()
            await gateway.tell("pause", "kitchen", f"{PAUSE}s")
            session = await house.connect("kitchen", 4, NAME)
            await session.play(load_slices()["how-old-are-you"])
            during, link = session.account(), session.speaker.links[-1]
            while link.ended is None and time.monotonic() < asked + PAUSE + PATIENCE:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await asyncio.sleep(5.0)
            return CutOff(
                before,
                during,
                (link.ended or float("inf")) - asked,
                session.speaker.links[-1].usable,
                await gateway.ledger(),
            )
        finally:
            await gateway.stop()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, CutOff]:
    """Have a home for each kind of speaker, at the same time."""
    folders = [tmp_path_factory.mktemp(name) for name in ("pause", "offline")]

    async def play_both() -> tuple[Played, CutOff]:
        return await asyncio.gather(play(folders[0]), cut_and_pause(folders[1]))

    return asyncio.run(play_both())


@pytest.fixture
def played(both: tuple[Played, CutOff]) -> Played:
    return both[0]


@pytest.fixture
def cut_off(both: tuple[Played, CutOff]) -> CutOff:
    return both[1]


def test_while_the_protection_is_paused_speech_arrives_whole(played: Played) -> None:
    assert played.during.speech_arrived == played.during.speech_sent > 0


def test_nobody_can_overlook_the_pause(played: Played) -> None:
    assert any("paused" in warning for warning in played.status["warnings"])
    assert [each["wish"] for each in played.status["overrides"]] == ["block", "pause"]


def test_what_passed_is_in_the_ledger(played: Played) -> None:
    reasons = [row["reason"] for row in played.rows if row["kind"] == "utterance" and row["left"]]
    assert "override-paused" in reasons


def test_when_the_pause_is_over_nothing_is_said_any_more(played: Played) -> None:
    assert played.after.speech_sent > played.during.speech_sent
    assert played.after.speech_arrived == played.during.speech_arrived


def test_a_speaker_that_is_cut_off_comes_back_while_paused(cut_off: CutOff) -> None:
    assert cut_off.before
    assert set(cut_off.before) <= {"reset", "closed"}
    assert cut_off.during.identical
    assert cut_off.during.speech_arrived == cut_off.during.speech_sent > 0


def test_its_open_connection_ends_with_the_pause_and_there_is_no_other(cut_off: CutOff) -> None:
    assert PAUSE - 1.0 < cut_off.lasted < PAUSE + PATIENCE
    assert not cut_off.usable
    refused = [row for row in cut_off.rows if row["verdict"] == "reject"]
    assert {row["reason"] for row in refused} == {"override-closed"}
