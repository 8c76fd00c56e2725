"""The scenes of the demo, judged by their bytes; times and speeds are the demo's to show."""

import asyncio
from pathlib import Path

import pytest

from tests.home.demo import ALL, Progress, run_scenes
from tests.home.results import NAMES, Result

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Result]:
    folder: Path = tmp_path_factory.mktemp("home")
    played = asyncio.run(run_scenes(ALL, folder, Progress()))
    return {result.number: result for result in played}


@pytest.mark.parametrize("number", [pytest.param(n, id=name) for n, name in NAMES.items()])
def test_scene(results: dict[int, Result], number: int) -> None:
    assert results[number].missed == []
