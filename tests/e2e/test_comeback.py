"""After a block the speaker is back at once, with one new connection each time."""

import asyncio
from pathlib import Path

import pytest

from tests.home.comeback import Comeback, speak
from tests.home.gateway import EXAMPLE, Gateway
from tests.home.session import House
from tests.home.slices import load_slices

pytestmark = pytest.mark.e2e

TITLES = ("how-old-are-you", "favorite-hobby")


@pytest.fixture(scope="module")
def comebacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Comeback]]:
    return asyncio.run(speak_twice(tmp_path_factory.mktemp("comeback")))


async def speak_twice(folder: Path) -> dict[str, list[Comeback]]:
    """Speak two commands to a speaker that is told of the block, and to one that is not."""
    config = folder / "hushgate.yaml"
    bedroom = "name: Bedroom Echo Dot\n"
    text = EXAMPLE.read_text().replace(bedroom, f"{bedroom}    on_block: quiet\n")
    config.write_text(text)
    async with House(seed=10) as house:
        gateway = Gateway(house.network.gateway, folder, config)
        await gateway.start()
        try:
            await gateway.tell("block", "all", "15m")
            pieces = [load_slices()[title] for title in TITLES]

            async def speak_all(device: str, family: int) -> list[Comeback]:
                session = await house.connect(device, family, pieces[0].name)
                comebacks = [await speak(session, piece) for piece in pieces]
                account = session.account()
                assert account.identical, account.differences
                assert account.speech_arrived == 0
                return comebacks

            told, quiet = await asyncio.gather(speak_all("kitchen", 4), speak_all("bedroom", 6))
            return {"announce": told, "quiet": quiet}
        finally:
            await gateway.stop()


@pytest.mark.parametrize(
    ("manner", "cut"),
    [
        pytest.param("announce", True, id="announce: ended in the middle of the command"),
        pytest.param("quiet", False, id="quiet: ended after it"),
    ],
)
def test_each_block_costs_one_connection_and_the_next_keep_alive_is_answered(
    comebacks: dict[str, list[Comeback]], manner: str, cut: bool
) -> None:
    assert [(each.cut, each.attempts) for each in comebacks[manner]] == [(cut, 1)] * len(TITLES)
