"""How soon a blocked speaker is back: from the end of its connection to its next answer.

The speaker is the miniature home's: it waits between 0.17 and 0.38 s before it connects anew, as
Amazon's client for makers of speakers does; the keep-alive that is answered waits 0.25 s to be
judged. `attempts` is how many connections it took, at most.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.bench.report import Result, alone
from tests.home.comeback import Comeback, speak
from tests.home.gateway import Gateway
from tests.home.session import House
from tests.home.slices import load_slices

ROUNDS = 5


def measure() -> dict[str, Result]:
    """Block commands of two speakers, over IPv4 and over IPv6."""
    with tempfile.TemporaryDirectory() as folder:
        comebacks = asyncio.run(_speak(Path(folder)))
    seconds = [comeback.seconds for comeback in comebacks]
    return {
        "comeback.answered_after_median": alone(seconds, "s"),
        "comeback.answered_after_most": alone([max(seconds)], "s"),
        "comeback.attempts_most": alone([max(each.attempts for each in comebacks)], "count"),
    }


async def _speak(folder: Path) -> list[Comeback]:
    async with House(seed=11) as house:
        gateway = Gateway(house.network.gateway, folder)
        await gateway.start()
        try:
            await gateway.tell("block", "all", "30m")
            pieces = [load_slices()[title] for title in ("how-old-are-you", "favorite-hobby")]
            comebacks: list[Comeback] = []
            for device, family in (("kitchen", 4), ("bedroom", 6)):
                session = await house.connect(device, family, pieces[0].name)
                comebacks += [await speak(session, pieces[n % len(pieces)]) for n in range(ROUNDS)]
            return comebacks
        finally:
            await gateway.stop()
