"""`python -m tests.home.demo`: hushgate in a miniature home, scene by scene.

Prints a table a person understands and writes build/demo.json; exits with 1 if a scene failed.
Beside it lie build/demo-hushgate.log and build/demo-cloud.pcapng, what came to the cloud's door.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import textwrap
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path

from tests.home import scenes, speeds
from tests.home.gateway import ROOT, Gateway, GatewayError
from tests.home.results import Result
from tests.home.rights import MissingError, claim_rights
from tests.home.scenes import Stage
from tests.home.session import House

ALL = frozenset(range(1, 9))
BUILD = ROOT / "build"
_WIDTH = 100
_NEEDS = {7: {2, 3}}
"""Scenes that take place within others."""


class Progress:
    """Says on standard error what goes on, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"{time.monotonic() - self._start:6.1f} s  {text}", file=sys.stderr, flush=True)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start


async def run_scenes(wanted: Collection[int], folder: Path, progress: Progress) -> list[Result]:
    """Build a home, run hushgate in it and play the wanted scenes, as many at once as can be."""
    async with House(seed=1) as house:
        progress.say("the home is up: four speakers, a neighbor, two routers, a cloud")
        stage = Stage(house, Gateway(house.network.gateway, folder))
        try:
            return await _play(stage, wanted, progress)
        finally:
            await stage.gateway.stop()
            house.wiretap.save(folder / "cloud.pcapng")


async def _play(stage: Stage, wanted: Collection[int], progress: Progress) -> list[Result]:
    inherited, delay, music = scenes.Inherited(stage), scenes.Delay(stage), speeds.Music(stage)
    if 6 in wanted:
        await inherited.connect()
        progress.say("the bedroom is connected before hushgate starts (scene 6)")
    seconds = await stage.gateway.start()
    progress.say(f"hushgate protects after {seconds:.1f} s")
    await stage.gateway.tell("block", "all", "15m")

    results = await _together({8: lambda: speeds.measure_neighbor(stage)}, wanted)
    if 7 in wanted:
        await music.measure_bare()
    progress.say("speeds are measured (scenes 7, 8)")

    results |= await _together(
        {
            1: lambda: scenes.window_open(stage),
            3: delay.allow_first,
            4: lambda: scenes.observed(stage),
            6: inherited.speak,
        },
        wanted,
    )
    progress.say("the first commands are spoken (scenes 1, 3, 4, 6)")

    speech_at = time.monotonic() + 9.0
    broken = {number for number, result in results.items() if result.missed}
    results |= await _together(
        {
            2: lambda: scenes.window_closed(stage, speech_at),
            3: lambda: delay.let_second_expire(speech_at),
            5: lambda: scenes.edge(stage),
            7: lambda: music.play_over(speech_at),
        },
        set(wanted) - broken,
    )
    progress.say("the second commands are spoken, with music (scenes 2, 3, 5, 7)")
    return [result for _, result in sorted(results.items())]


async def _together(
    parts: Mapping[int, Callable[[], Awaitable[Result]]], wanted: Collection[int]
) -> dict[int, Result]:
    """Play the wanted scenes at the same time; one that breaks off has failed."""

    async def play(number: int) -> Result:
        try:
            return await parts[number]()
        except (GatewayError, OSError, RuntimeError) as error:
            result = Result(number)
            result.expect(False, f"broke off: {type(error).__name__} {error}".strip())
            return result

    numbers = [number for number in parts if number in wanted]
    played = await asyncio.gather(*(play(number) for number in numbers))
    return dict(zip(numbers, played, strict=True))


def as_document(results: Sequence[Result]) -> dict[str, object]:
    """Return the machine-readable result."""
    return {
        "passed": bool(results) and all(result.passed for result in results),
        "scenes": [
            {
                "name": f"{result.number} {result.name}",
                "passed": result.passed,
                "speech_bytes_sent": result.account.speech_sent,
                "speech_bytes_arrived": result.account.speech_arrived,
                "other_bytes_sent": result.account.other_sent,
                "other_bytes_arrived": result.account.other_arrived,
                "identical": result.account.identical,
                "detail": result.detail,
            }
            for result in results
        ],
    }


def render_table(results: Sequence[Result], *, color: bool) -> str:
    """Return the table for people."""
    head = f"{'':2}{'scene':44}{'speech: sent':>14}{'arrived':>9}{'rest: sent':>13}{'arrived':>9}"
    lines = [head, "-" * len(head)]
    for result in results:
        account = result.account
        counts = (
            f"{account.speech_sent:>14,}{account.speech_arrived:>9,}"
            f"{account.other_sent:>13,}{account.other_arrived:>9,}"
            if account.other_sent
            else ""
        )
        mark = "ok  " if result.passed else "FAIL"
        if color:
            mark = f"\x1b[{32 if result.passed else 31}m{mark}\x1b[0m"
        lines.append(f"{result.number} {result.name:44}{counts}  {mark}".rstrip())
        lines += textwrap.wrap(
            result.detail, _WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.home.demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print build/demo.json, no table")
    parser.add_argument(
        "--scene", type=int, nargs="+", choices=sorted(ALL), metavar="N", help="only these scenes"
    )
    args = parser.parse_args(argv)
    wanted = set(args.scene or ALL)
    for scene, needs in _NEEDS.items():
        wanted |= needs if scene in wanted else set()
    BUILD.mkdir(exist_ok=True)
    progress = Progress()
    folder = Path(tempfile.mkdtemp(prefix="hushgate-demo-"))
    try:
        claim_rights()
        results = asyncio.run(_until_stopped(wanted, folder, progress))
    except (MissingError, GatewayError, RuntimeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("demo: stopped", file=sys.stderr)
        return 130
    finally:
        for name in ("hushgate.log", "cloud.pcapng"):
            if (folder / name).exists():
                shutil.copy(folder / name, BUILD / f"demo-{name}")
        shutil.rmtree(folder, ignore_errors=True)
    document = as_document(results)
    text = json.dumps(document, indent=2)
    (BUILD / "demo.json").write_text(text + "\n", encoding="utf-8")
    if args.json:
        print(text)
    else:
        color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        print(render_table(results, color=color))
        failed = [str(result.number) for result in results if not result.passed]
        verdict = f"failed: scene {', '.join(failed)}" if failed else "all as it should be"
        print(f"\n{verdict}, {progress.seconds:.0f} s; bytes are counted at the cloud's door")
    return 0 if document["passed"] else 1


async def _until_stopped(wanted: Collection[int], folder: Path, progress: Progress) -> list[Result]:
    """Run the scenes; a signal to stop takes the home down on its way out."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run_scenes(wanted, folder, progress)


if __name__ == "__main__":
    sys.exit(main())
