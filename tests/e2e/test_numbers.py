"""The numbers people look at, on live traffic: far end, /metrics, ledger and Prometheus agree."""

import asyncio
import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.gateprocess import until
from tests.e2e.greeting import greet
from tests.grafana.panels import DASHBOARDS, documented, metrics_in, targets
from tests.home.gateway import EXAMPLE, Gateway
from tests.home.network import CLOUD_4, Namespace
from tests.home.scenes import Stage, play_all
from tests.home.session import SETTLE, House

pytestmark = pytest.mark.e2e

EXPORTER = "127.0.0.1:9108"
PROMETHEUS = "127.0.0.1:9090"
CONFIG = f"""
global: {{scrape_interval: 500ms}}
scrape_configs:
  - job_name: hushgate
    static_configs: [{{targets: ['{EXPORTER}'], labels: {{instance: home}}}}]
"""

type Sample = tuple[str, Mapping[str, str], float]


@dataclass(slots=True)
class Seen:
    """What each observer saw of two commands: one allowed, one blocked."""

    page: list[Sample]
    ledger: list[dict[str, Any]]
    arrived: dict[str, int]
    """Upload bytes on the wire at the cloud's door behind each hello, by device."""
    downloaded: dict[str, int]
    """Bytes that came to the speaker, by device."""
    speech_arrived: dict[str, int]
    prometheus: dict[str, list[Any]]
    """Answers to every query of every dashboard; empty without Prometheus."""

    def sum(self, name: str, **labels: str) -> float:
        """Add up the page's samples of a name that carry these labels."""
        return sum(
            value
            for found, carried, value in self.page
            if found == name and labels.items() <= carried.items()
        )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(_observe(tmp_path_factory.mktemp("numbers")))


async def _observe(folder: Path) -> Seen:
    async with House(seed=8) as house:
        gateway = Gateway(house.network.gateway, folder, _configure(folder))
        try:
            await gateway.start()
            with _prometheus(house.network.gateway, folder):
                return await _talk(Stage(house, gateway), folder / "hushgate.yaml")
        finally:
            await gateway.stop()


def _configure(folder: Path) -> Path:
    """Write the example's configuration, with a list."""
    names, config = folder / "trackers.txt", folder / "hushgate.yaml"
    names.write_text("||tracker.example^\n")
    text = EXAMPLE.read_text().replace("\nhouse:\n", "\nhouse:\n  lists: [trackers]\n")
    config.write_text(f"{text}\nlists:\n  trackers: {names}\n")
    return config


def _spoil(config: Path) -> None:
    """Make the configuration one that is refused: an error that is counted."""
    config.write_text(config.read_text() + "nonsense: 1\n")


async def _talk(stage: Stage, config: Path) -> Seen:
    await stage.gateway.tell("allow", "kitchen", "10m")
    # Whatever the time of day: the office is observed and the living room delayed while blocked.
    for device in ("bedroom", "office", "living-room"):
        await stage.gateway.tell("block", device, "10m")
    casts = {
        "kitchen": await stage.open("kitchen", (4, "capital-of-spain")),
        "bedroom": await stage.open("bedroom", (4, "favorite-hobby")),
    }
    await play_all([part for cast in casts.values() for part in cast])
    await asyncio.sleep(SETTLE)
    sessions = {device: session for device, ((session, _),) in casts.items()}
    for session in sessions.values():
        await session.speaker.close()
    await asyncio.sleep(SETTLE)
    greet(stage.house.network.speakers["office"], "x.tracker.example", f"{CLOUD_4}90")
    _spoil(config)
    await stage.gateway.status_when(
        lambda status: any("nonsense" in problem for problem in status["problems"])
    )
    await asyncio.sleep(SETTLE)
    place = stage.house.network.gateway
    return Seen(
        page=await asyncio.to_thread(_page, place),
        ledger=await stage.gateway.ledger(),
        arrived={
            device: sum(map(_behind_hello, stage.house.wiretap.arrived_at(session.address)))
            for device, session in sessions.items()
        },
        downloaded={
            device: sum(len(link.received) for link in session.speaker.links)
            for device, session in sessions.items()
        },
        speech_arrived={
            device: session.account().speech_arrived for device, session in sessions.items()
        },
        prometheus=await _ask_until_there_are_answers(place),
    )


def _page(place: Namespace) -> list[Sample]:
    """Read the page, with what the gate says: on a busy machine it may have said nothing lately."""

    def with_gate() -> list[Sample] | None:
        page = list(_samples(_get(place, f"http://{EXPORTER}/metrics").decode()))
        return page if ("hushgate_gate_up", {}, 1.0) in page else None

    return until(with_gate, "a page with what the gate says")


def _behind_hello(wire: bytes) -> int:
    """Count the bytes after the first TLS record: the gateway reads that one to know the server."""
    return len(wire) - 5 - int.from_bytes(wire[3:5])


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def _get(place: Namespace, url: str) -> bytes:
    with place.entered(), urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
    return body


@contextmanager
def _prometheus(place: Namespace, folder: Path) -> Iterator[None]:
    if shutil.which("prometheus") is None:
        yield
        return
    config = folder / "prometheus.yml"
    config.write_text(CONFIG)
    options = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command = place.command("prometheus", *options, f"--web.listen-address={PROMETHEUS}")
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


async def _ask_until_there_are_answers(place: Namespace) -> dict[str, list[Any]]:
    """Ask again while an answer is empty: on a busy machine Prometheus looks seldom."""
    deadline = time.monotonic() + 20.0
    while True:
        found = await asyncio.to_thread(_ask_dashboards, place)
        if all(found.values()) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(1.0)


def _ask_dashboards(place: Namespace) -> dict[str, list[Any]]:
    if shutil.which("prometheus") is None:
        return {}
    values = {
        "$__rate_interval": "30s",
        "$__range": "5m",
        "$step": "1s",
        "$utc_offset": "0",
        "$job": ".*",
        "$instance": ".*",
        "$device": ".*",
        " > 0": "",  # what did not happen counts as data here
    }
    found = {}
    for path in DASHBOARDS:
        for title, target in targets(path):
            expr = target["expr"]
            for name, value in values.items():
                expr = expr.replace(name, value)
            query = urllib.parse.urlencode({"query": expr, "time": str(time.time())})
            answer = json.loads(_get(place, f"http://{PROMETHEUS}/api/v1/query?{query}"))
            found[f"{path.stem}: {title} ({target['refId']})"] = answer["data"]["result"]
    return found


@pytest.mark.parametrize("device", ["kitchen", "bedroom"], ids=["allowed", "blocked"])
def test_every_byte_that_arrived_is_counted(seen: Seen, device: str) -> None:
    left = (f"hushgate_{kind}_left_bytes_total" for kind in ("utterance", "burst", "upload"))
    assert sum(seen.sum(name, device=device) for name in left) == seen.arrived[device]


def test_every_byte_of_a_speaker_that_may_speak_is_counted_in_both_directions(seen: Seen) -> None:
    for direction, size in (("upload", seen.arrived), ("download", seen.downloaded)):
        labels = {"device": "kitchen", "direction": direction}
        assert seen.sum("hushgate_payload_bytes_total", **labels) == size["kitchen"]


def test_the_commands_that_arrived_are_the_utterances_that_are_counted(seen: Seen) -> None:
    for device, size in seen.speech_arrived.items():
        verdict = "accept" if size else "drop"
        rows = [
            row for row in seen.ledger if row["kind"] == "utterance" and row["device"] == device
        ]
        assert [row["verdict"] for row in rows] == [verdict]
        assert seen.sum("hushgate_utterances_total", device=device) == 1
        assert seen.sum("hushgate_utterances_total", device=device, verdict=verdict) == 1


def test_the_allowed_command_left_and_the_blocked_one_did_not(seen: Seen) -> None:
    left = "hushgate_utterance_left_bytes_total"
    assert seen.speech_arrived["kitchen"] > 0
    assert seen.sum(left, device="kitchen") >= seen.speech_arrived["kitchen"]
    assert seen.speech_arrived["bedroom"] == seen.sum(left, device="bedroom") == 0
    assert seen.sum("hushgate_unallowed_speech_bytes_total") == 0


def test_the_page_and_the_ledger_agree(seen: Seen) -> None:
    keys = ("device", "role", "verdict", "reason")
    for kind in ("utterance", "upload"):
        counts: Counter[tuple[str, ...]] = Counter()
        sizes: Counter[tuple[str, ...]] = Counter()
        for row in seen.ledger:
            if row["kind"] == kind:
                labels = tuple(row[key] for key in keys)
                counts[labels] += 1
                sizes[labels] += row["size"]
        for name, expected in ((f"{kind}s", counts), (f"{kind}_bytes", sizes)):
            page = {
                tuple(labels[key] for key in keys): value
                for found, labels, value in seen.page
                if found == f"hushgate_{name}_total" and value
            }
            assert page == dict(+expected)  # sizes may be 0: refused at the hello


def test_what_is_in_force_is_shown(seen: Seen) -> None:
    assert seen.sum("hushgate_voice_allowed", device="kitchen") == 1
    assert seen.sum("hushgate_voice_allowed", device="bedroom") == 0
    assert seen.sum("hushgate_overrides_total") == 4
    assert seen.sum("hushgate_gate_up") == 1
    assert seen.sum("hushgate_problems") == 1, "the configuration is refused by now"


def test_every_metric_the_document_explains_is_on_the_page_and_no_other(seen: Seen) -> None:
    assert metrics_in(" ".join(name for name, _, _ in seen.page)) == documented("docs/metrics.md")


def test_no_label_has_an_address_or_the_name_of_a_server(seen: Seen) -> None:
    of_versions = "hushgate_build_info"
    labels = {
        word for name, given, _ in seen.page if name != of_versions for word in given.values()
    }
    assert not [word for word in labels if re.search(r"\w\.[a-z]|\d+\.\d+\.|::", word)]


def test_a_real_prometheus_has_data_for_every_panel_of_every_dashboard(seen: Seen) -> None:
    if not seen.prometheus:
        pytest.skip("prometheus is not installed (apt: prometheus)")
    empty = [title for title, found in seen.prometheus.items() if not found]
    assert empty == []


def test_the_timeline_has_a_line_for_each_speaker(seen: Seen) -> None:
    """Also for those that never spoke: it adds up what was stopped, allowed and observed."""
    if not seen.prometheus:
        pytest.skip("prometheus is not installed (apt: prometheus)")
    found = seen.prometheus["house: Hours and utterances (A)"]
    speakers = {"kitchen", "bedroom", "living-room", "office"}
    assert {series["metric"]["device"] for series in found} == speakers
