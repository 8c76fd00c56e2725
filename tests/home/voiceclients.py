"""`python -m tests.home.voiceclients`: real voice clients in a miniature home, and what they do.

Two programs that other people wrote speak with a voice made by espeak-ng: the Alexa client of the
package `avs` (HTTP/2 multipart), and Google's sample of the Assistant, `pushtotalk` (a gRPC
stream). They look names up, check certificates, and come back after a loss as they were made to.
Prints what arrived, and what they did when they were stopped.
"""

import asyncio
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.home import music
from tests.home.channel import make_identity
from tests.home.gateway import EXAMPLE, ROOT, Gateway
from tests.home.network import CLOUD_4, CLOUD_6, Network
from tests.home.rights import MissingError, claim_rights
from tests.home.voicecloud import Call, Resolver, VoiceCloud
from tests.home.voiceprograms import PATIENCE, Bench, Client, missing
from tests.home.wiretap import Wiretap

ALEXA, ASSISTANT = "alexa.py", "assistant.py"
RESOLVER = f"{CLOUD_4}53"
MUSIC = f"{CLOUD_4}9"
EXPORTER = "http://127.0.0.1:9108/metrics"
NAMES = {
    "avs-alexa-na.amazon.com": f"{CLOUD_4}21",
    "avs-alexa-eu.amazon.com": f"{CLOUD_6}22",
    "embeddedassistant.googleapis.com": f"{CLOUD_6}23",
    "embeddedassistant-frontend-clouddevices.googleapis.com": f"{CLOUD_4}24",
    "api.amazon.com": f"{CLOUD_4}25",
    "oauth2.googleapis.com": f"{CLOUD_4}26",
}
"""Where everything is, each client's service at an address of its own."""
CLIENTS = {
    "bedroom": (ALEXA, "avs-alexa-na.amazon.com"),
    "living-room": (ALEXA, "avs-alexa-eu.amazon.com"),
    "office": (ASSISTANT, "embeddedassistant.googleapis.com"),
    "kitchen": (ASSISTANT, "embeddedassistant-frontend-clouddevices.googleapis.com"),
}
QUIET_FOR = 1.5
"""Seconds of silence before a sentence: who asks something has not just plugged the speaker in."""
WATCHED = 6.0
"""Seconds for which a client that was stopped is watched, or longer until it is back."""


@dataclass(slots=True)
class Turn:
    """One sentence: what was in force, what arrived of it, and what the client did."""

    device: str
    client: str
    family: int
    mode: str
    began: float
    early: int = 0
    """Bytes of audio that had arrived when the owner allowed a delayed one."""
    audio: list[bytes] = field(default_factory=list)
    """What arrived, by upload."""
    calls: list[float] = field(default_factory=list)
    """When it connected again, in seconds since it began to speak."""
    events: list[tuple[float, str, str]] = field(default_factory=list)
    """What it said of itself, in seconds since it began to speak."""

    def when(self, *words: str) -> float | None:
        """Return when one of these things happened to it first."""
        return next((at for at, what, _ in self.events if what in words), None)

    @property
    def back(self) -> float | None:
        """When it was connected and served again after it had lost the connection."""
        lost = self.when("lost")
        ready = [at for at, what, _ in self.events if what == "ready"]
        return next((at for at in ready if lost is not None and at > lost), None)


@dataclass(slots=True)
class Seen:
    """What came of a whole run."""

    pcm: bytes
    turns: dict[tuple[str, str], Turn]
    """By device and mode."""
    calls: dict[str, list[Call]]
    """Connections that the services saw, by name."""
    wires: dict[str, list[bytes]]
    """What the capture at the cloud's door saw of them, by name."""
    reports: int
    """State reports of the bedroom that were answered while its voice was stopped."""
    pings: int
    music: list[music.Piece]
    page: str
    ledger: list[dict[str, Any]]


class VoiceHome:
    """A home with hushgate in it, its speakers running real clients."""

    def __init__(
        self, network: Network, gateway: Gateway, cloud: VoiceCloud, bench: Bench, tap: Wiretap
    ) -> None:
        self.network = network
        self.gateway = gateway
        self.cloud = cloud
        self.bench = bench
        self.tap = tap
        self.turns: dict[tuple[str, str], Turn] = {}

    def client(self, device: str) -> Client:
        """Make the client of a speaker."""
        script, service = CLIENTS[device]
        return Client(self.bench, self.network.speakers[device], script, service)

    def read_page(self) -> str:
        """Return /metrics."""
        with self.network.gateway.entered(), urllib.request.urlopen(EXPORTER) as answer:
            text: str = answer.read().decode()
        return text

    def finish(self, client: Client, device: str, mode: str, began: float) -> Turn:
        """Note what came of a sentence."""
        script, service = CLIENTS[device]
        calls = self.cloud.calls_at(service)
        turn = self.turns[device, mode] = Turn(
            device,
            script.removesuffix(".py"),
            6 if ":" in NAMES[service] else 4,
            mode,
            began,
            audio=self.audio_since(device, began),
            calls=[call.opened - began for call in calls if call.opened > began],
            events=[(e.at - began, e.what, e.error) for e in client.events if e.at >= began],
        )
        return turn

    def audio_since(self, device: str, began: float) -> list[bytes]:
        """Return the audio that a device's service got after a moment, by upload."""
        uploads = [u for c in self.cloud.calls_at(CLIENTS[device][1]) for u in c.uploads.values()]
        return [u.audio for u in uploads if u.began > began and u.audio]

    async def whole(self, device: str, began: float) -> None:
        """Wait until the sentence has arrived; who looks at the turn sees if it never does."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if any(len(audio) >= len(self.bench.pcm) for audio in self.audio_since(device, began)):
                return
            await asyncio.sleep(0.1)


async def say(alexa: Client) -> float:
    """Have the Alexa client say the sentence; return when it began."""
    before = time.monotonic()
    alexa.tell("say")
    return await alexa.hears("listening", before)


async def alexa_stopped(home: VoiceHome, alexa: Client, mode: str) -> None:
    """Say it in a closed window and watch what the client does."""
    began = await say(alexa)
    await asyncio.sleep(WATCHED)
    await alexa.hears("ready", await alexa.hears("lost", began))
    home.finish(alexa, "bedroom", mode, began)


async def alexa_delayed(home: VoiceHome, alexa: Client) -> None:
    """Say it under `delay`; the owner allows it while it waits."""
    began = await say(alexa)
    await alexa.hears("said", began)
    early = sum(map(len, home.audio_since("living-room", began)))
    await home.gateway.tell("allow", "living-room", "10m")
    await home.whole("living-room", began)
    home.finish(alexa, "living-room", "delay", began).early = early


async def assistant_says(home: VoiceHome, mode: str) -> None:
    """Run the sample, which says it once and ends."""
    assistant = home.client("office")
    await assistant.start()
    began = await assistant.hears("listening") - 0.001
    await assistant.ends()
    home.finish(assistant, "office", mode, began)


async def assistant_delayed(home: VoiceHome) -> None:
    """Run the sample under `delay`; the owner allows it while it waits."""
    assistant = home.client("kitchen")
    await assistant.start()
    began = await assistant.hears("listening") - 0.001
    await asyncio.sleep(2.5)
    early = sum(map(len, home.audio_since("kitchen", began)))
    await home.gateway.tell("allow", "kitchen", "10m")
    await assistant.ends()
    home.finish(assistant, "kitchen", "delay", began).early = early


async def alexa_reports(home: VoiceHome, alexa: Client) -> tuple[int, int]:
    """Have the client report and ping while its voice is stopped; count what was answered."""
    pings = sum(call.pings for call in home.cloud.calls_at(alexa.service))
    answered = 0
    for _ in range(2):
        before = time.monotonic()
        alexa.tell("report")
        await alexa.hears("ready", before)
        answered += 1
    alexa.tell("ping")
    await asyncio.sleep(QUIET_FOR)
    return answered, sum(call.pings for call in home.cloud.calls_at(alexa.service)) - pings


async def play(folder: Path, say_progress: Callable[[str], None] = lambda text: None) -> Seen:
    """Have every client speak in every mode."""
    async with voice_home(folder) as (home, listen):
        alexas = {device: home.client(device) for device in ("bedroom", "living-room")}
        bedroom, living_room = alexas.values()
        try:
            for alexa in alexas.values():
                await alexa.start()
            for alexa in alexas.values():
                await alexa.hears("ready")
            await asyncio.sleep(QUIET_FOR)
            say_progress("the clients are connected")
            listening = asyncio.create_task(listen(WATCHED + 1.0))
            await asyncio.gather(
                alexa_stopped(home, bedroom, "block"),
                alexa_delayed(home, living_room),
                assistant_says(home, "block"),
                assistant_delayed(home),
            )
            reports, pings = await alexa_reports(home, bedroom)
            pieces = await listening
            say_progress("they have spoken in a closed window")
            await home.gateway.tell("allow", "all", "10m")
            began, _ = await asyncio.gather(say(bedroom), assistant_says(home, "open"))
            await home.whole("bedroom", began)
            home.finish(bedroom, "bedroom", "open", began)
            say_progress("they have spoken in an open window")
            await home.gateway.tell("block", "all", "10m")
            await home.gateway.reconfigure(configuration("on_block: quiet"))
            await asyncio.sleep(QUIET_FOR)
            await asyncio.gather(
                alexa_stopped(home, bedroom, "quiet"), assistant_says(home, "quiet")
            )
            say_progress("they have spoken at night")
        finally:
            for alexa in alexas.values():
                await alexa.close()
        await asyncio.sleep(QUIET_FOR)  # until the last second of what was sent is counted
        page = await asyncio.to_thread(home.read_page)
        return Seen(
            home.bench.pcm,
            home.turns,
            {name: home.cloud.calls_at(name) for name in NAMES},
            {name: home.tap.arrived_at(address) for name, address in NAMES.items()},
            reports,
            pings,
            pieces,
            page,
            await home.gateway.ledger(),
        )


type Listen = Callable[[float], Awaitable[list[music.Piece]]]
"""Loads music to the bedroom for some seconds."""


@asynccontextmanager
async def voice_home(folder: Path) -> AsyncIterator[tuple[VoiceHome, Listen]]:
    """Build the home, start everything in it but the clients, and take it down again."""
    async with AsyncExitStack() as stack:
        network = Network()
        stack.callback(network.close)
        identity = make_identity((*NAMES, music.NAME))
        bench = Bench(folder, identity.ca)
        cloud = VoiceCloud(network.cloud, NAMES, identity.pem, len(bench.pcm))
        stack.push_async_callback(cloud.close)
        cloud.start()
        resolver = Resolver(NAMES)
        stack.callback(resolver.close)
        await resolver.start(network.cloud, RESOLVER)
        tap = Wiretap(network.cloud, "wan4")
        stack.callback(tap.close)
        server = await asyncio.create_subprocess_exec(
            *network.cloud.command(sys.executable, "-m", "tests.home.traffic"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        stack.push_async_callback(server.wait)
        stack.callback(server.kill)
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(identity.pem)
        server.stdin.close()
        await server.stdout.readline()
        config = folder / "hushgate.yaml"
        config.write_text(configuration(), encoding="utf-8")
        gateway = Gateway(network.gateway, folder, config)
        stack.push_async_callback(gateway.stop)
        await gateway.start()

        async def listen(seconds: float) -> list[music.Piece]:
            until = time.monotonic() + seconds
            return await music.play(network.speakers["bedroom"], MUSIC, identity, until)

        yield VoiceHome(network, gateway, cloud, bench, tap), listen


def configuration(line: str = "") -> str:
    """Return the example's house, always shut: two of its speakers delay, two block."""
    head, _, rest = EXAMPLE.read_text(encoding="utf-8").partition("  windows:\n")
    text = f"{head}  windows: []\n  {line}\n{rest.partition('sat-sun 09:00-23:00\n')[2]}"
    text = text.replace("    outside: observe\n", "")
    text = text.replace("    mac: fc:65:de", "    outside: delay\n    mac: fc:65:de")
    return f"{text}\ngateway: {{resolver: {RESOLVER}}}\n"


def render(seen: Seen) -> str:
    """Return the table of what the clients did."""
    lines = [
        "| client | in force | audio said | arrived | notices after | served again after |"
        " connects again |",
        "|---|---|---|---|---|---|---|",
    ]
    for turn in sorted(seen.turns.values(), key=lambda turn: turn.client):
        arrived = max((min(len(audio), len(seen.pcm)) for audio in turn.audio), default=0)
        cells = (
            f"{turn.client}, IPv{turn.family}",
            turn.mode,
            f"{len(seen.pcm):,}",
            f"{arrived:,}",
            _seconds(turn.when("lost")),
            "gives up" if turn.when("gave-up") else _seconds(turn.back),
            str(sum(at > turn.when("lost") for at in turn.calls) if turn.when("lost") else 0),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def main() -> int:
    """Run all and print the table."""
    start = time.monotonic()

    def progress(text: str) -> None:
        print(f"{time.monotonic() - start:6.1f} s  {text}", file=sys.stderr, flush=True)

    if reason := missing():
        print(reason, file=sys.stderr)
        return 1
    try:
        claim_rights()
    except MissingError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        print(render(asyncio.run(play(Path(folder), progress))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
