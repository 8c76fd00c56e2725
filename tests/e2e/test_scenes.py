"""The scenes of the demo, judged by their bytes; times and speeds are the demo's to show."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.realtime import in_time
from tests.home.demo import ALL, Progress, run_scenes
from tests.home.results import NAMES, Result

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Result]:
    def play() -> list[Result]:
        folder: Path = tmp_path_factory.mktemp("home")
        return asyncio.run(run_scenes(ALL, folder, Progress()))

    played = in_time(play, lambda results: max(map(spoiled, results)))
    return {result.number: result for result in played}


def spoiled(result: Result) -> float:
    """Return by how many seconds speech was late, where that may have been the reason."""
    return result.account.late if result.missed else 0.0


@pytest.mark.parametrize("number", [pytest.param(n, id=name) for n, name in NAMES.items()])
def test_scene(results: dict[int, Result], number: int) -> None:
    assert results[number].missed == []
