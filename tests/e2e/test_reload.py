"""A configuration that is changed under a running gateway: by the file alone, and by SIGHUP."""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.home.gateway import EXAMPLE, Gateway
from tests.home.network import Network

pytestmark = pytest.mark.e2e

GOOD = EXAMPLE.read_text(encoding="utf-8")
BROKEN = GOOD.replace("vendor: apple", "vendr: apple").replace("outside: delay", "outside: dely")
ELSE = GOOD.replace("outside: delay", "outside: block")


@dataclass
class Seen:
    """The status after each step."""

    broken: dict[str, Any]
    told: dict[str, Any]
    """After SIGHUP, the file still broken."""
    mended: dict[str, Any]
    """After SIGHUP, with a file that is right, and is another one."""


@pytest.fixture(scope="module")
def seen(home: Network, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(change(home, tmp_path_factory.mktemp("reload")))


async def change(home: Network, folder: Path) -> Seen:
    """Break the file, tell hushgate to read it, mend it and tell hushgate again."""
    config = folder / "hushgate.yaml"
    config.write_text(GOOD, encoding="utf-8")
    gateway = Gateway(home.gateway, folder, config)
    await gateway.start()
    try:
        await gateway.tell("block", "all", "15m")
        config.write_text(BROKEN, encoding="utf-8")
        broken = await gateway.status_when(
            lambda status: any("unknown key" in problem for problem in status["problems"])
        )
        gateway.signal(signal.SIGHUP)
        await asyncio.sleep(1.5)
        told = await gateway.status_when(lambda status: True)
        config.write_text(ELSE, encoding="utf-8")
        gateway.signal(signal.SIGHUP)
        mended = await gateway.status_when(lambda status: status["protecting"])
        return Seen(broken, told, mended)
    finally:
        await gateway.stop()


def voices(status: dict[str, Any]) -> dict[str, str]:
    return {device["id"]: device["voice"] for device in status["devices"]}


def test_a_broken_file_leaves_the_old_rules_in_force_and_all_its_mistakes_are_said(
    seen: Seen,
) -> None:
    [problem] = seen.broken["problems"]
    assert "unknown key" in problem
    assert 'nearest: "vendor"' in problem
    assert 'nearest: "delay"' in problem
    assert voices(seen.broken)["living-room"] == "delay"


def test_sighup_with_a_broken_file_changes_nothing(seen: Seen) -> None:
    assert seen.told["problems"] == seen.broken["problems"]
    assert voices(seen.told) == voices(seen.broken)


def test_sighup_with_a_file_that_is_right_puts_it_in_force(seen: Seen) -> None:
    assert seen.mended["problems"] == []
    assert voices(seen.mended)["living-room"] == "block"
    assert seen.mended["since"] == seen.broken["since"], "it was started anew"
