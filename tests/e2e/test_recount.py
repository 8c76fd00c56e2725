"""What `hushgate evaluate` says of recordings is what the far end of a running gateway counts."""

import asyncio
from pathlib import Path

import pytest

from hushgate.adapters.traces import find_recordings, open_traces
from tests.e2e.realtime import in_time
from tests.home.recount import Part, part_of, recount, summary
from tests.home.slices import RECORDINGS

pytestmark = pytest.mark.e2e

SECONDS = 11.0
STARTS = {
    "echo-2018-L-what_is_your_favorite_hobby": (107.0,),
    "echo-2018-L-who_plays_wolverine_in_xmen": (31.0,),
    "echo-2018-S-how_old_are_you": (1.0, 54.0, 100.0, 158.0, 196.0),
    "echo-2018-S-what_is_the_capital_of_spain": (7.0, 49.0, 90.0, 132.0, 164.0),
    "echodot3-2019": (18.0,),
    "homepod-2019-part1": (0.0, 106.0, 400.0),
}
"""Where the stretches begin that are played, by recording."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Part]:
    return in_time(
        lambda: play(tmp_path_factory.mktemp("recount")),
        lambda parts: max(part.late for part in parts),
    )


def play(folder: Path) -> list[Part]:
    parts = []
    for file in find_recordings(RECORDINGS):
        for start in STARTS[file.stem]:
            [trace] = open_traces(file)
            parts.append(part_of(trace, start, start + SECONDS))
    asyncio.run(recount(parts, folder))
    return parts


def test_there_is_something_to_stop_and_something_to_let_pass(parts: list[Part]) -> None:
    totals = [sum(column) for column in zip(*(summary(p.expected()) for p in parts), strict=True)]
    _, stopped, _, others = totals
    assert stopped >= 14
    assert others > 100_000


def test_what_arrives_is_the_beginning_of_what_was_sent(parts: list[Part]) -> None:
    assert [part.differences for part in parts if part.differences] == []


def test_the_same_is_stopped_and_the_same_bytes_leave(parts: list[Part]) -> None:
    assert [summary(part.live) for part in parts] == [summary(part.expected()) for part in parts]
