"""Utterances that wait for the owner's answer, at the far end."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.home.evidence import Account
from tests.home.gateway import Gateway
from tests.home.session import SETTLE, House, Session
from tests.home.slices import load_slices

pytestmark = pytest.mark.e2e


@dataclass
class Played:
    """What was played, and what came of it."""

    request: dict[str, Any]
    before: Account
    """When the request was seen."""
    allowed: Account
    """After the owner allowed it."""
    refused: Account
    """After a second utterance, which the owner refused."""
    ended_after: float
    """Seconds from the refusal until the speaker saw its connection end."""
    left: list[dict[str, Any]]
    """Requests when all was over."""
    rows: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(play(tmp_path_factory.mktemp("pending")))


async def play(folder: Path) -> Played:
    """Speak twice to a speaker under `delay`; allow the first utterance, refuse the second."""
    async with House(seed=11) as house:
        gateway = Gateway(house.network.gateway, folder)
        await gateway.start()
        try:
            await gateway.tell("block", "living-room", "15m")
            session = await house.connect("living-room", 4, "guzzoni.apple.com")
            first, request = await asyncio.gather(speak(session, "homepod"), appears(gateway))
            del first
            before = session.account()
            await gateway.tell("pending", "allow", str(request["id"]))
            await asyncio.sleep(SETTLE)
            allowed = session.account()
            _, _ = await asyncio.gather(speak(session, "homepod-short"), appears(gateway))
            link, refusal = session.speaker.links[-1], time.monotonic()
            await gateway.tell("pending", "refuse", "living-room")
            while link.ended is None and time.monotonic() < refusal + 60.0:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await asyncio.sleep(SETTLE)
            return Played(
                request=request,
                before=before,
                allowed=allowed,
                refused=session.account(),
                ended_after=(link.ended or float("inf")) - refusal,
                left=await gateway.pending(),
                rows=await gateway.ledger(),
            )
        finally:
            await gateway.stop()


async def speak(session: Session, title: str) -> None:
    """Play a command to its end."""
    await session.play(load_slices()[title])


async def appears(gateway: Gateway) -> dict[str, Any]:
    """Wait until something waits for the owner."""
    async with asyncio.timeout(60):
        while not (waiting := await gateway.pending()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # let the speaker go on speaking
    [request] = await gateway.pending() or waiting
    return request


def test_what_is_held_is_a_request_and_nothing_of_it_has_left(played: Played) -> None:
    request = played.request
    assert (request["device"], request["name"]) == ("living-room", "Living room HomePod")
    assert request["endpoint"] == "guzzoni.apple.com:443"
    assert request["bytes"] > 0
    assert 0 < request["speech_seconds"] < 15
    assert 0 < request["expires_in"] <= 20
    assert played.before.speech_sent > 0
    assert played.before.speech_arrived == 0


def test_the_allowed_utterance_arrives_whole(played: Played) -> None:
    assert played.allowed.identical
    assert played.allowed.speech_arrived == played.allowed.speech_sent > 0


def test_nothing_of_the_refused_utterance_arrives_and_the_speaker_notices(played: Played) -> None:
    assert played.refused.identical
    assert played.refused.speech_sent > played.allowed.speech_sent
    assert played.refused.speech_arrived == played.allowed.speech_arrived
    assert played.ended_after < 60.0
    assert played.left == []


def test_the_ledger_says_what_the_owner_answered(played: Played) -> None:
    reasons = [row["reason"] for row in played.rows if row["device"] == "living-room"]
    assert sorted(reasons) == ["delay-allowed", "delay-refused"]
