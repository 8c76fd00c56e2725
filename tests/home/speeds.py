"""The scenes about everybody else: the neighbor's traffic, and music beside the commands."""

import asyncio
import time
from collections.abc import Sequence
from statistics import median

from tests.home import music, traffic
from tests.home.network import BARE_4, BARE_6, CLOUD_4, CLOUD_6, Namespace
from tests.home.results import Result
from tests.home.scenes import Stage


async def measure_neighbor(stage: Stage) -> Result:
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
