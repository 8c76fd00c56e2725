"""Speech that no single connection shows, and speech across an opening edge, at the far end."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.realtime import in_time
from tests.home.gateway import Gateway
from tests.home.recording import Direction
from tests.home.session import SETTLE, House
from tests.home.slices import Item, load_slices

pytestmark = pytest.mark.e2e

NAME = "avs-alexa-4-na.amazon.com"
CONNECTIONS = 8
FRAME = 0.02
RECORD = 113
"""Length of the record of an Echo's frame; 118 bytes with its header."""
SECONDS = 6.0


@dataclass
class Played:
    """What was played, and what came of it."""

    split_sent: int
    split_arrived: list[int]
    split_ended: int
    proof: dict[str, Any]
    edge_sent: int
    edge_arrived: int
    late: float
    """Seconds by which something was said late."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return in_time(
        lambda: asyncio.run(play(tmp_path_factory.mktemp("judge"))), lambda played: played.late
    )


async def play(folder: Path) -> Played:
    """Split speech over eight connections of one speaker while another's window opens."""
    async with House(seed=9) as house:
        gateway = Gateway(house.network.gateway, folder)
        await gateway.start()
        try:
            await gateway.tell("block", "all", "15m")
            split = [
                await house.connect("bedroom", 4 if number % 2 else 6, NAME)
                for number in range(CONNECTIONS)
            ]
            edge = await house.connect("kitchen", 4, NAME)
            piece = load_slices()["capital-of-spain"]
            start = time.monotonic() + 4.0
            proof, *_ = await asyncio.gather(
                gateway.prove("bedroom", 4.0 + SECONDS + SETTLE),
                *(
                    session.speaker.play(frames(number), start)
                    for number, session in enumerate(split)
                ),
                edge.play(piece, start - piece.speech_at),
                open_late(gateway, start),
            )
            await asyncio.sleep(SETTLE)
            accounts = [session.account() for session in split]
            edge_account = edge.account()
            assert all(account.identical for account in [*accounts, edge_account])
            return Played(
                split_sent=sum(account.speech_sent for account in accounts),
                split_arrived=[account.speech_arrived for account in accounts],
                split_ended=sum(session.speaker.links[0].ended is not None for session in split),
                proof=proof,
                edge_sent=edge_account.speech_sent,
                edge_arrived=edge_account.speech_arrived,
                late=max(account.late for account in [*accounts, edge_account]),
            )
        finally:
            await gateway.stop()


def frames(number: int) -> list[Item]:
    """Every eighth frame of an utterance."""
    return [
        Item(at=FRAME * n, direction=Direction.UP, records=(RECORD,), speech=True)
        for n in range(number, int(SECONDS / FRAME), CONNECTIONS)
    ]


async def open_late(gateway: Gateway, start: float) -> None:
    """Allow the kitchen's voice when its utterance is 0.3 s old."""
    await asyncio.sleep(start + 0.3 - time.monotonic())
    await gateway.tell("allow", "kitchen", "5m")


def test_speech_over_eight_connections_ends_all_of_them(played: Played) -> None:
    assert played.split_ended == CONNECTIONS
    # A frame or two of each connection leave like the small reports they look like; more of one
    # that a busy machine lets pause. Together that is less than half a second of speech.
    assert sum(played.split_arrived) < 0.5 / FRAME * (RECORD + 5)


def test_the_owner_s_proof_counts_what_the_far_end_counts(played: Played) -> None:
    proof = played.proof
    assert proof["proven"], proof["verdict"]
    assert 0 < proof["stopped"] <= played.split_sent
    assert sum(played.split_arrived) <= proof["sent"] <= sum(played.split_arrived) + 8 * 2_000


def test_an_utterance_that_began_before_its_window_opened_never_leaves(played: Played) -> None:
    assert played.edge_sent > 0
    assert played.edge_arrived == 0
