"""A week of the example's house, as its exporter tells it.

In: where to write. Out: everything `/metrics` said, every two minutes of a simulated week, as
OpenMetrics with times. Real: the example configuration, the engine, the ledger, the exporter, and
the commands, which are recordings of speakers (tests/home/slices.toml). Made up: when somebody
speaks, what a speaker sends at rest, and the packets that the kernel counts. The processor and
memory shown are those of the simulation.
"""

import heapq
import random
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from unittest.mock import patch

import prometheus_client.metrics

from hushgate.adapters import ledger_file
from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger
from hushgate.adapters.metrics import Metrics
from hushgate.books import Books
from hushgate.config import load_config
from hushgate.core.directory import Directory
from hushgate.core.engine import Engine
from hushgate.core.link import GateState
from hushgate.core.listreading import read_list
from hushgate.core.lists import BlockList, ListSet, Scope
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.overrides import Override, Wish
from hushgate.core.standings import standing_of
from hushgate.core.suffixes import NO_SUFFIXES
from tests.core.listformats.reading import split_blocks
from tests.grafana.panels import ROOT
from tests.home.recording import Direction
from tests.home.slices import Item, load_slices

START = datetime(2026, 11, 8, 23, tzinfo=UTC)
"""Monday, 0:00 in the house's zone."""
DAYS = 7
SCRAPE = 120.0
DAY = 86_400.0

KITCHEN, BEDROOM, LIVING, OFFICE = map(DeviceId, ("kitchen", "bedroom", "living-room", "office"))
SPOKEN = {
    KITCHEN: ("capital-of-spain", "favorite-hobby", "wolverine", "favorite-hobby-again"),
    BEDROOM: ("echo-dot-3",),
    LIVING: ("homepod-short",),
    OFFICE: ("how-old-are-you",),
}
TRACKERS = ROOT / "blocklists" / "amazon-telemetry.txt"
REPORTS_TO = "device-metrics-us.amazon.com"
MUSIC_FROM = "music.example"

HOURS = (1, 0, 0, 0, 0, 1, 4, 9, 8, 3, 2, 2, 4, 3, 2, 2, 3, 5, 8, 10, 9, 7, 4, 2)
"""How often somebody speaks, by hour of the day."""


class Week:
    """The house, and what is going to happen in it."""

    def __init__(self, folder: Path, *, scrape: float = SCRAPE) -> None:
        self._scrape_every = scrape
        self._random = random.Random(8)
        self._folder = folder
        self._config = load_config(ROOT / "config" / "hushgate.example.yaml")
        self._policy = self._config.policy
        self._engine = Engine(Directory(shipped_catalogue()))
        self._ledger = Ledger(folder / ledger_file.NAME, epoch=wall)
        self._metrics = Metrics(tuple(self._policy.devices))
        self._link = GateLink(folder)
        self._books = Books(self._engine, self._ledger, self._metrics, self._link)
        self._packets: Counter[str] = Counter()
        self._now = Instant(0.0)
        self._agenda: list[tuple[Instant, int, Callable[[], None]]] = []
        self._numbers = count(40_000)
        self._open: dict[tuple[DeviceId, str], FlowKey] = {}
        self._pages: list[str] = []

    def write(self, days: int = DAYS) -> Iterator[Path]:
        """Let the days pass; after each give the file with what the exporter said during it."""
        clock = types.SimpleNamespace(time=lambda: wall(self._now).timestamp())
        with patch.object(prometheus_client.metrics, "time", clock):
            self._metrics.policy_loaded(self._policy.revision, START)
            self._plan(days)
            for day in range(days):
                self._pass_until((day + 1) * DAY)
                path = self._folder / f"{day}.om"
                path.write_text("".join([*self._pages, "# EOF\n"]), encoding="utf-8")
                self._pages.clear()
                yield path
        self._ledger.close()

    def _pass_until(self, end: float) -> None:
        while self._agenda and self._agenda[0][0] < end:
            self._now, _, happen = heapq.heappop(self._agenda)
            happen()

    def _at(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (Instant(seconds), next(self._numbers), happen))

    # --- what happens ------------------------------------------------------------------------

    def _plan(self, days: int) -> None:
        for day in range(days):
            self._at(day * DAY, self._fetch_list)
            for device in SPOKEN:
                for _ in range(self._random.randint(5, 9)):
                    self._at(self._moment(day), partial(self._speak, device))
                if self._random.random() < 0.45:
                    self._at(self._moment(day), partial(self._speak, device, by_accident=True))
        for device in SPOKEN:
            self._at(self._random.uniform(0, 60), partial(self._keep_alive, device))
            self._at(self._random.uniform(0, 3600), partial(self._report, device))
        for evening in (1.79, 4.81, 5.83):
            self._at(evening * DAY, partial(self._play_music, LIVING, 90))
        self._at(2.93 * DAY, partial(self._override, KITCHEN, 40, allow=True))
        self._at(5.52 * DAY, partial(self._override, BEDROOM, 180, allow=False))
        self._at(6.46 * DAY, partial(self._override, KITCHEN, 75, allow=False))
        for tick in range(int(days * DAY / self._scrape_every)):
            self._at(tick * self._scrape_every, self._scrape)

    def _moment(self, day: int) -> float:
        hour = self._random.choices(range(24), HOURS)[0]
        return (day * 24 + hour + self._random.random()) * 3600

    def _speak(self, device: DeviceId, *, by_accident: bool = False) -> None:
        played = load_slices()[self._random.choice(SPOKEN[device])]
        flow = self._connect(device, played.name)
        for item in played.items:
            if by_accident and not item.speech:
                continue  # nothing but noise: the server has no answer
            self._at(self._now + item.at, partial(self._write, flow, item))
        if by_accident:
            end = self._now + played.speech_end
            self._at(end + 0.2, partial(self._engine.download, flow, 400, Instant(end + 0.2)))

    def _write(self, flow: FlowKey, item: Item) -> None:
        size = sum(item.records) + 5 * len(item.records)
        if item.direction is Direction.DOWN:
            self._engine.download(flow, size, self._now)
        elif flow in self._engine.flows():
            decision = self._engine.upload(flow, size, self._now, item.records)
            self._heed(flow, decision.wake, end=decision.end)

    def _keep_alive(self, device: DeviceId) -> None:
        flow = self._connect(device, load_slices()[SPOKEN[device][0]].name)
        self._write(flow, Item(0, Direction.UP, (33,), False))
        self._write(flow, Item(0, Direction.DOWN, (33,), False))
        self._at(self._now + self._random.uniform(50, 70), partial(self._keep_alive, device))

    def _report(self, device: DeviceId) -> None:
        flow = self._connect(device, REPORTS_TO)
        for part in range(self._random.randint(1, 3)):
            at = self._now + part * 0.01
            self._at(at, partial(self._write, flow, Item(0, Direction.UP, (1400,), False)))
        self._packets["time_passed"] += 1
        self._packets["quic_refused"] += self._random.randint(0, 6)
        self._packets["home_passed"] += self._random.randint(20, 90)
        self._packets["udp_dropped"] += self._random.randint(0, 2)
        self._at(self._now + self._random.uniform(1500, 4500), partial(self._report, device))

    def _play_music(self, device: DeviceId, minutes: int) -> None:
        flow = self._connect(device, MUSIC_FROM)
        for minute in range(minutes):
            at = Instant(self._now + minute * 60)
            self._at(at, partial(self._engine.download, flow, 1_900_000, at))

    def _override(self, device: DeviceId, minutes: int, *, allow: bool) -> None:
        since = wall(self._now)
        until = since + timedelta(minutes=minutes)
        wish = Wish.ALLOW if allow else Wish.BLOCK
        override = Override(device, wish, since, until, "cli", f"{self._now:.0f}")
        self._policy = self._policy.with_overrides([*self._policy.overrides, override])
        self._metrics.policy_loaded(self._policy.revision, since)
        self._metrics.override(device, wish)

    def _fetch_list(self) -> None:
        """Fetch the list of trackers once a day; on one day its source cannot be reached."""
        if self._now == 3 * DAY:
            self._metrics.list_failed("trackers")
            return
        data = TRACKERS.read_bytes()
        reading = read_list(split_blocks(data), "trackers", suffixes=NO_SUFFIXES)
        scope = Scope().switched(on=True, device=KITCHEN).switched(on=True, device=OFFICE)
        trackers = BlockList("trackers", reading.rules, scope, locate=lambda entry: None)
        self._engine.directory.take_lists(ListSet([replace(trackers, fetched=wall(self._now))]))
        self._metrics.set_list("trackers", entries=len(reading.rules), fetched=wall(self._now))

    # --- connections -------------------------------------------------------------------------

    def _connect(self, device: DeviceId, name: str) -> FlowKey:
        """Give the speaker's connection to a server; an ended one is opened again."""
        flow = self._open.get((device, name))
        if flow is None or flow not in self._engine.flows():
            port = 1024 + next(self._numbers) % 60_000
            flow = FlowKey(device, Transport.TCP, f"client-of-{device}", port, name, 443)
            self._engine.open(flow, name, self._now)
            self._open[device, name] = flow
        return flow

    def _heed(self, flow: FlowKey, wake: Instant | None, *, end: bool) -> None:
        if end:
            self._engine.close(flow, self._now)
        elif wake is not None:
            self._at(max(wake, self._now), partial(self._wake, flow))

    def _wake(self, flow: FlowKey) -> None:
        if flow in self._engine.flows():
            decision = self._engine.due(flow, self._now)
            again = decision.wake if decision.wake is None or decision.wake > self._now else None
            self._heed(flow, again, end=decision.end)

    # --- what the gateway does meanwhile -----------------------------------------------------

    def _scrape(self) -> None:
        at = wall(self._now)
        for device in self._policy.devices:
            standing = standing_of(self._policy, device, at)
            if standing != self._engine.standing(device):
                for flow in self._engine.rule(device, standing, self._now):
                    self._wake(flow)
        self._link.state = GateState(self._policy.revision, 1, 0, dict(self._packets))
        self._books.carry(self._policy, at, self._now)
        self._pages.extend(self._lines(f" {at.timestamp():.0f}\n"))

    def _lines(self, end: str) -> Iterator[str]:
        _, page = self._metrics.expose(None)
        for line in page.decode().splitlines():
            if line.startswith("process_start_time_seconds"):
                yield _placed(f"process_start_time_seconds {START.timestamp()}") + end
            elif not line.startswith("#"):
                yield _placed(line) + end


def wall(instant: Instant) -> datetime:
    """Give the time of the house's clock."""
    return START + timedelta(seconds=instant)


def _placed(line: str) -> str:
    """Add what Prometheus adds when it scrapes: which gateway a sample is from."""
    name, _, value = line.rpartition(" ")
    labels = 'job="hushgate",instance="home"'
    name, brace, rest = name.partition("{")
    return f"{name}{{{labels}{',' if brace else '}'}{rest} {value}"
