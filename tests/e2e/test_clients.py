"""Real TLS and QUIC clients on a speaker, through a running gateway, judged at the far end.

Browsers and tools that other people wrote load and upload what an utterance weighs. Segmentation
offload is off on every cable, so that hellos with a post-quantum key really come in two segments.
curl of Debian 12 has no HTTP/3: curl_cffi, which imitates browsers, stands in.
"""

import asyncio
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from curl_cffi import CurlHttpVersion

from hushgate.wire.tls import decode_hello
from tests.e2e import webclients
from tests.e2e.farend import Port
from tests.e2e.gateprocess import until
from tests.e2e.webclients import Bench, Run
from tests.e2e.webcloud import ANSWER, SIZE, WebCloud
from tests.home.channel import make_identity
from tests.home.gateway import Gateway
from tests.home.network import CLOUD_4, SPEAKERS, Network
from tests.home.recording import Frame, decode_segment

pytestmark = pytest.mark.e2e

VOICE, MUSIC = "avs-alexa-4-na.amazon.com", "redirector.googlevideo.com"
CLIENTS: dict[str, webclients.Command] = {
    "curl": webclients.curl,
    "openssl": webclients.openssl,
    "gnutls-cli": webclients.gnutls,
    "Chromium": webclients.chromium,
    "curl_cffi as Chrome": webclients.curl_cffi("chrome"),
    "curl_cffi as Safari": webclients.curl_cffi("safari"),
    "curl_cffi as Firefox": webclients.curl_cffi("firefox"),
}
QUIC = {
    "curl_cffi, HTTP/3 or less": webclients.curl_cffi("chrome", CurlHttpVersion.V3),
    "curl_cffi, HTTP/3 only": webclients.curl_cffi("chrome", CurlHttpVersion.V3ONLY),
    "Chromium, HTTP/3 only": webclients.chromium_quic,
}
QUIC_ONLY = ("curl_cffi, HTTP/3 only", "Chromium, HTTP/3 only")
TWO_SEGMENTS = {"Chromium", "curl_cffi as Chrome", "curl_cffi as Safari", "curl_cffi as Firefox"}
LETS_GO = 5_000
"""Bytes that a connection may send outside a window: hello, handshake, requests without a body."""


class Stage:
    """A home with a gateway, web servers in its cloud, and whatever ran."""

    def __init__(self, folder: Path) -> None:
        self.home = Network()
        self.split = shutil.which("ethtool") is not None
        if self.split:
            for place, interface in (
                (self.home.speakers["kitchen"], "eth0"),
                (self.home.gateway, "port11"),
                (self.home.gateway, "wan0"),
                (self.home.cloud, "wan4"),
            ):
                switches = (word for what in ("tso", "gso", "gro") for word in (what, "off"))
                place.run("ethtool", "-K", interface, *switches)
        identity = make_identity((VOICE, MUSIC))
        (folder / "ca.pem").write_bytes(identity.ca)
        self.speech = bytes(range(256)) * (SIZE // 256)
        (folder / "speech").write_bytes(self.speech)
        self.bench = Bench(folder, VOICE, identity.pem)
        self.cable = Port(self.home.gateway, "port11")
        self.addresses = {
            name: f"{CLOUD_4}{number}" for number, name in enumerate([*CLIENTS, *QUIC], 101)
        }
        quic_at = [self.addresses[title] for title in QUIC]
        self.cloud = WebCloud(self.home.cloud, identity.pem, quic_at)
        self.gateway = Gateway(self.home.gateway, folder)
        self._runner = asyncio.Runner()
        self._runner.run(self.gateway.start())

    def run(
        self,
        clients: dict[str, webclients.Command],
        when: str,
        *,
        name: str = VOICE,
        refused: Collection[str] = (),
    ) -> dict[str, str]:
        """Let clients work at the same time; return what each printed.

        Nobody waits long for those that are going to be refused.
        """
        runs = {}
        for title, command in clients.items():
            path, address = path_of(title, when), self.addresses[title]
            patience = webclients.BRIEF if title in refused else webclients.PATIENCE
            words = command(Bench(self.bench.folder, name, self.bench.pem, patience), address, path)
            runs[title] = Run(
                self.home.speakers["kitchen"], words, name, path, self._greeting(address)
            )

        async def finish() -> list[str]:
            works = (
                asyncio.to_thread(
                    run.finish, self.speech, partial(self.cloud.has_answered, path_of(title, when))
                )
                for title, run in runs.items()
            )
            return await asyncio.gather(*works)

        said = dict(zip(runs, self._runner.run(finish()), strict=True))
        return {title: text for title, text in said.items() if not runs[title].missing}

    def _greeting(self, address: str) -> Callable[[], bool]:
        """Say whether there was one more handshake at an address since now."""
        before = self.cloud.handshakes[address]
        return lambda: self.cloud.handshakes[address] > before

    def tell(self, wish: str) -> None:
        """Allow or block the kitchen's voice, and wait until the kernel knows."""
        self._runner.run(self.gateway.tell(wish, "kitchen", "15m"))
        show = ("nft", "list", "set", "inet", "hushgate", "open")
        is_open = wish == "allow"
        until(lambda: (SPEAKERS["kitchen"] in self.home.gateway.run(*show)) is is_open, wish)

    def close(self) -> None:
        self._runner.run(self.gateway.stop())
        self._runner.close()
        self.cloud.close()
        self.cable.close()
        self.home.close()


def path_of(client: str, when: str) -> str:
    """Return the path that a client asks for: its name, and the state of its window."""
    return f"/{client.replace(' ', '-').replace('/', '').replace(',', '')}/{when}"


def body_at(stage: Stage, client: str, when: str) -> int:
    """Return how much of its upload arrived; a browser's comes from the page it loaded."""
    path = path_of(client, when)
    return stage.cloud.body_of(path) + stage.cloud.body_of(f"{path}/page/said")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with closing(Stage(tmp_path_factory.mktemp("clients"))) as stage:
        yield stage


@pytest.fixture(scope="module")
def inside(stage: Stage) -> dict[str, str]:
    stage.tell("allow")
    stage.cable.read()
    return stage.run({**CLIENTS, **QUIC}, "inside", refused=QUIC_ONLY)


@pytest.fixture(scope="module")
def hellos(stage: Stage, inside: dict[str, str]) -> dict[str, list[bytes]]:
    """The first flights of each client's connections as they came over its cable, in segments."""
    flights: dict[tuple[str, int], list[bytes]] = {}
    for data in stage.cable.read():
        segment = decode_segment(Frame(0.0, data))
        if segment is None or segment.target[1] != 443 or not segment.payload:
            continue
        flight = flights.setdefault((segment.target[0], segment.source[1]), [])
        if not flight or decode_hello(b"".join(flight)) is None:
            flight.append(segment.payload)
    return {
        title: flight
        for title, address in stage.addresses.items()
        for (target, _), flight in flights.items()
        if target == address
    }


@pytest.fixture(scope="module")
def outside(stage: Stage, inside: dict[str, str]) -> dict[str, str]:
    stage.tell("block")
    stage.cloud.raw.clear()
    return stage.run(CLIENTS, "outside", refused=CLIENTS)


each_client = pytest.mark.parametrize("client", CLIENTS)


def needs(said: dict[str, str], client: str) -> str:
    """Return what a client printed; skip if it is not there."""
    if client not in said:
        pytest.skip(f"{client} is not installed: scripts/setup.sh tests")
    return said[client]


@each_client
def test_inside_the_window_all_of_an_upload_arrives(
    stage: Stage, inside: dict[str, str], client: str
) -> None:
    answer = needs(inside, client)
    assert SIZE <= body_at(stage, client, "inside") < 1.02 * SIZE, "and what frames it"
    assert ANSWER.decode() in answer


@each_client
def test_its_hello_is_read_however_it_is_cut(
    stage: Stage, inside: dict[str, str], hellos: dict[str, list[bytes]], client: str
) -> None:
    needs(inside, client)
    hello = decode_hello(b"".join(hellos[client]))
    assert hello is not None
    assert hello.sni == VOICE
    if client in TWO_SEGMENTS and stage.split:
        assert len(hellos[client]) == 2


@each_client
def test_outside_the_window_the_upload_does_not_arrive(
    stage: Stage, outside: dict[str, str], client: str
) -> None:
    answer = needs(outside, client)
    assert body_at(stage, client, "outside") == 0
    assert max(stage.cloud.raw.get(stage.addresses[client], [0])) <= LETS_GO
    assert ANSWER.decode() not in answer


def test_a_refused_http_3_client_that_may_falls_back_to_tcp(
    stage: Stage, inside: dict[str, str]
) -> None:
    client = "curl_cffi, HTTP/3 or less"
    assert ANSWER.decode() in inside[client]
    assert stage.cloud.body_of(path_of(client, "inside")) == SIZE


@pytest.mark.parametrize("client", QUIC_ONLY)
def test_http_3_to_a_voice_service_is_refused_inside_the_window_too(
    stage: Stage, inside: dict[str, str], client: str
) -> None:
    needs(inside, client)
    path = path_of(client, "inside")
    assert [asked for asked in stage.cloud.quic if asked.startswith(path)] == []
    assert body_at(stage, client, "inside") == 0


def test_http_3_to_known_media_works_inside_the_window_and_not_outside(stage: Stage) -> None:
    title, _ = QUIC_ONLY
    client = {title: QUIC[title]}
    stage.tell("allow")

    def plays() -> bool:
        said = stage.run(client, "music", name=MUSIC, refused=client)
        return ANSWER.decode() in "".join(said.values())

    until(plays, "music: it has no other way, so a first refusal is no end")
    stage.tell("block")
    late = stage.run(client, "music-late", name=MUSIC, refused=client)
    assert ANSWER.decode() not in "".join(late.values())
    paths = {path_of(title, "music") for title in client}
    assert {asked for asked in stage.cloud.quic if "music" in asked} == paths
