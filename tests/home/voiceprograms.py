"""Real voice clients as processes on a speaker: what they are told, what they say of themselves."""

import array
import asyncio
import json
import shutil
import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.home.gateway import ROOT
from tests.home.network import Namespace

PYTHON = ROOT / "build" / "voice-clients" / "bin" / "python"
SENTENCE = "What will the weather be like in Madrid tomorrow morning?"
RATE = 16_000
PATIENCE = 90.0
_PROGRAMS = Path(__file__).with_name("clients")
_TOKENS = "https://oauth2.googleapis.com/token"


def missing() -> str:
    """Say what is not installed; nothing if all is there."""
    if shutil.which("espeak-ng") is None:
        return "espeak-ng is missing: scripts/setup.sh tests"
    if not (PYTHON.parents[1] / "set-up").exists():
        return "the voice clients are not installed: scripts/setup.sh tests"
    return ""


def speak(file: Path) -> bytes:
    """Have the sentence spoken into a WAV file of 16 kHz; return its samples."""
    original = file.with_suffix(".original.wav")
    subprocess.run(["espeak-ng", "-w", str(original), SENTENCE], check=True)
    with wave.open(str(original)) as source:
        step = source.getframerate() / RATE
        samples = array.array("h", source.readframes(source.getnframes()))
    made = array.array("h")
    for number in range(int((len(samples) - 1) / step)):
        at, rest = divmod(number * step, 1.0)
        left, right = samples[int(at)], samples[int(at) + 1]
        made.append(round(left + (right - left) * rest))
    with wave.open(str(file), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(made.tobytes())
    return made.tobytes()


class Event(NamedTuple):
    """One thing that happened to a client, by its own word."""

    at: float
    what: str
    error: str = ""


class Bench:
    """What every client finds: the recording, the CA, secrets, and where to ask for names."""

    def __init__(self, folder: Path, ca: bytes) -> None:
        self.folder = folder
        self.pcm = speak(folder / "say.wav")
        (folder / "ca.pem").write_bytes(ca)
        (folder / "resolv.conf").write_text("nameserver 8.8.8.8\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    def command(self, place: Namespace, script: str, service: str, secrets: Path) -> Sequence[str]:
        """Return the command line of a client that asks 8.8.8.8 for names."""
        keys = dict.fromkeys(("client_id", "client_secret", "refresh_token"), "x")
        secrets.write_text(json.dumps({**keys, "token_uri": _TOKENS}))
        binds = " && ".join(
            f'mount --bind "{self.folder / name}" /etc/{name}'
            for name in ("resolv.conf", "nsswitch.conf")
        )
        return place.command(
            *("unshare", "--mount", "sh", "-c", f'{binds} && exec "$@"', "sh", str(PYTHON)),
            *(str(_PROGRAMS / script), service, str(secrets)),
            *(str(self.folder / "ca.pem"), str(self.folder / "say.wav")),
        )


class Client:
    """One client program on a speaker."""

    def __init__(self, bench: Bench, place: Namespace, script: str, service: str) -> None:
        self.events: list[Event] = []
        self.service = service
        self._bench = bench
        self._place = place
        self._script = script
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it."""
        stem = self._bench.folder / f"{self._place.name}-{self._script}"
        with stem.with_suffix(".log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._bench.command(
                    self._place, self._script, self.service, stem.with_suffix(".json")
                ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self._reader = asyncio.create_task(self._read())

    def tell(self, line: str) -> None:
        """Give it a command."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    def first(self, what: str, since: float = 0.0) -> float | None:
        """Return when something happened to it first after a moment."""
        return next((e.at for e in self.events if e.what == what and e.at > since), None)

    async def hears(self, what: str, since: float = 0.0) -> float:
        """Wait until something happens to it after a moment; return when it did."""
        async with asyncio.timeout(PATIENCE):
            while (at := self.first(what, since)) is None:
                self._changed.clear()
                await self._changed.wait()
        return at

    async def ends(self) -> None:
        """Wait until it ends by itself."""
        assert self._process is not None
        assert self._reader is not None
        await asyncio.wait_for(self._process.wait(), PATIENCE)
        await self._reader

    async def close(self) -> None:
        """End it."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        await self.ends()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append(Event(**json.loads(line)))
            self._changed.set()
