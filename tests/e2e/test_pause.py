"""A pause at the far end: it begins at once, and ends by itself."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.home.evidence import Account
from tests.home.gateway import Gateway
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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(play(tmp_path_factory.mktemp("pause")))


async def play(folder: Path) -> Played:
    """Speak while the protection of a blocked speaker is paused, and again afterwards."""
    async with House(seed=12) as house:
        gateway = Gateway(house.network.gateway, folder)
        await gateway.start()
        try:
            await gateway.tell("block", "kitchen", "15m")
            await gateway.tell("pause", "kitchen", f"{PAUSE}s")
            ends = asyncio.get_running_loop().time() + PAUSE
            session = await house.connect("kitchen", 4, NAME)
            await session.play(load_slices()["how-old-are-you"])
            status = await gateway._status()
            during = session.account()
            await asyncio.sleep(max(ends + 1.0 - asyncio.get_running_loop().time(), 0.0))
            await session.play(load_slices()["wolverine"])
            await asyncio.sleep(SETTLE)
            return Played(during, session.account(), status, await gateway.ledger())
        finally:
            await gateway.stop()


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
