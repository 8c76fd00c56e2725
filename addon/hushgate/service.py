"""The addon process: the one place that joins adapters to the core.

It reads the clocks, keeps what is in force up to date at every place that enforces it, and answers
the owner. The proxy runs on the same event loop.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hushgate.adapters import control, ledger_file, mitm
from hushgate.adapters.backup import finish_restore
from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.clocks import read_clocks
from hushgate.adapters.dnsplane import DnsPlane
from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger, Retention
from hushgate.adapters.listkeeper import ListKeeper
from hushgate.adapters.liststore import ListStore
from hushgate.adapters.listupdate import House
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.namefile import NameFile
from hushgate.adapters.neighbors import Neighbors
from hushgate.adapters.notify import Heartbeat, SupervisorGoneError
from hushgate.adapters.policyfiles import OverrideFile
from hushgate.adapters.resolver import system_resolver
from hushgate.adapters.stream import StreamPlane
from hushgate.adapters.tasks import spawn
from hushgate.answers import describe_status, describe_upload, make_override, without_overrides
from hushgate.books import Books
from hushgate.config import Config, load_config
from hushgate.core.clocktrust import ClockWatch, Distrust
from hushgate.core.directory import Directory
from hushgate.core.engine import STRICTEST, Engine
from hushgate.core.errors import ConfigError, RequestError
from hushgate.core.lists import ListSet
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Instant
from hushgate.core.overrides import Override, unexpired
from hushgate.core.packets import roles_by_pattern
from hushgate.core.policy import Policy
from hushgate.core.settings import Cause
from hushgate.core.standings import snapshot_of, standing_of, wiring_of
from hushgate.residents import Residents
from hushgate.roster import describe_device, describe_endpoints, describe_found, find_resident
from hushgate.web.server import serve_page

_log = logging.getLogger(__name__)

TICK: Final = 0.5
"""Longest time, in seconds, between looks at the clock, the records and the files."""
RENEW: Final = 2.0
"""Seconds between snapshots to the gate; it lets "voice allowed" run out after 5."""
SAVE: Final = 300.0
"""Seconds between writes of learned names: a flash card lives longer."""
OVERRIDES_NAME: Final = "overrides.json"
NAMES_NAME: Final = "names.json"


@dataclass(frozen=True, slots=True)
class AddonOptions:
    """How the addon was started."""

    config: Path
    state_dir: Path
    runtime_dir: Path
    heartbeat: int | None = None
    """Pipe of the supervisor."""


def clock() -> Instant:
    """Return the monotonic now."""
    return Instant(time.monotonic())


def wall() -> datetime:
    """Return the wall-clock now."""
    return datetime.now(UTC)


def epoch(instant: Instant) -> datetime:
    """Return the wall-clock time of a monotonic instant."""
    return wall() - timedelta(seconds=clock() - instant)


class Service:
    """Everything that runs in the addon process beside the proxy itself."""

    def __init__(self, options: AddonOptions, *, stream_name: str = StreamPlane.STOCK) -> None:
        self._options = options
        self._heartbeat = Heartbeat(options.heartbeat)
        self._started = wall()
        finish_restore(options.state_dir)
        self._config = load_config(options.config)
        self._config_stamp = self._stamp_files()
        self._config_error: str | None = None
        options.state_dir.mkdir(parents=True, exist_ok=True)
        self._override_file = OverrideFile(options.state_dir / OVERRIDES_NAME)
        self._policy = self._config.policy.with_overrides(self._override_file.load())
        self._name_file = NameFile(options.state_dir / NAMES_NAME)
        self._engine = Engine(Directory(shipped_catalogue()))
        self._lists = ListKeeper(ListStore(options.state_dir), self._take_lists)
        self._clock_watch = ClockWatch()
        self._distrust: Distrust | None = None
        self._gone: set[DeviceId] = set()
        """Devices that left the policy a moment ago."""
        self._roles = roles_by_pattern(self._engine.directory.catalogue)
        self._neighbors = Neighbors(clock)
        self.stream = StreamPlane(self._engine, self._device_of, clock, name=stream_name)
        self.dns = DnsPlane(self._engine, self._device_of, clock)
        self._link = GateLink(options.runtime_dir)
        self._sent_at = self._saved_at = float("-inf")
        self._ledger = Ledger(
            options.state_dir / ledger_file.NAME,
            epoch=epoch,
            retention=Retention(days=self._config.gateway.ledger_days),
        )
        self._metrics = Metrics(tuple(self._policy.devices))
        self._books = Books(self._engine, self._ledger, self._metrics, self._link)
        catalogue = self._engine.directory.catalogue
        self._residents = Residents(options.state_dir, catalogue, self._metrics)
        self._changed = asyncio.Event()
        self._control: asyncio.Server | None = None

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self._config

    async def start(self) -> None:
        """Begin to keep things up to date and to answer."""
        self._name_file.load(self._engine.directory.names, clock(), wall())
        self._residents.load(clock(), wall())
        self._compose()
        await self._keep_up()
        self._control = await control.serve(
            self._options.runtime_dir / control.SOCKET_NAME, self._answer
        )
        spawn(self._link.follow(), "link to the gate")
        spawn(self._lists.run(), "lists")
        spawn(serve_page(self._config.gateway.listen, self._metrics.expose), "page and metrics")
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reload)

    async def work(self) -> None:
        """Keep things up to date until the supervisor is gone."""
        while True:
            try:
                self._heartbeat.beat()
            except SupervisorGoneError:
                _log.warning("supervisor is gone; stopping")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._until_next_look())
            self._changed.clear()
            if self._stamp_files() != self._config_stamp:
                self._reload()
            await self._keep_up()

    def stop(self) -> None:
        """Write down what is still under way and let go of everything."""
        now = clock()
        for flow in self._engine.flows():
            self._engine.close(flow, now)
        self._books.carry(self._policy, wall(), clock())
        self._ledger.close()
        self._name_file.save(self._engine.directory.names, now, wall())
        self._residents.save(now, wall())
        if self._control is not None:
            self._control.close()
        (self._options.runtime_dir / control.SOCKET_NAME).unlink(missing_ok=True)

    async def _device_of(self, address: str) -> DeviceId:
        mac = await self._neighbors.mac_of(address)
        known = self._policy.device_of(mac) if mac else None
        return known or self._policy.device_at(address) or UNKNOWN_DEVICE

    def _until_next_look(self) -> float:
        at = wall()
        edges = (self._policy.ruling(device, at).until for device in self._policy.devices)
        waits = ((edge - at).total_seconds() for edge in edges if edge is not None)
        return max(min([TICK, *waits]), 0.0)

    async def _keep_up(self) -> None:
        """Put in force what the policy says now, and write down what happened."""
        self._watch_clock()
        at, now = wall(), clock()
        if self._residents.follow(self._link.take_facts(), self._config, now, at):
            self._compose()
        for device in self._gone - self._policy.devices.keys():
            # Its connections would else go on under what was in force when it left.
            await self.stream.notice(self._engine.rule(device, STRICTEST, now))
        self._gone.clear()
        for device in self._policy.devices:
            standing = standing_of(self._policy, device, at)
            if standing != self._engine.standing(device):
                flows = self._engine.rule(device, standing, now)
                _log.info("voice=%s device=%s reason=%s", standing.voice, device, standing.reason)
                self._sent_at = float("-inf")
                await self.stream.notice(flows)
        if now - self._sent_at >= RENEW:
            self._sent_at = now
            wiring = wiring_of(self._config.gateway)
            self._link.send(snapshot_of(self._policy, wiring, at, self._roles))
        if now - self._saved_at >= SAVE:
            self._saved_at = now
            self._name_file.save(self._engine.directory.names, now, at)
            self._residents.save(now, at)
        self._books.carry(self._policy, at, now)

    def _stamp_files(self) -> Sequence[Sequence[int]]:
        """Return what changes when the configuration or a calendar it names is changed."""
        return [_stamp(path) for path in (self._options.config, *self._config.calendars)]

    def _watch_clock(self) -> None:
        """Ask whether windows may be judged by the wall clock."""
        distrust = self._clock_watch.judge(read_clocks())
        if distrust is self._distrust:
            return
        self._distrust = distrust
        self._metrics.set_clock_trusted(trusted=distrust is None)
        self._take_policy(self._policy.with_clock(trusted=distrust is None))
        if distrust is not None:
            for device in self._policy.devices.values():
                outcome = device.fail[Cause.CLOCK_UNTRUSTED]
                self._metrics.fail_policy(Cause.CLOCK_UNTRUSTED, outcome)
            _log.warning("wall clock not trusted reason=%s", distrust)
        else:
            _log.info("wall clock trusted again")

    def _take_lists(self, lists: ListSet) -> None:
        """Put other lists in force."""
        self._engine.directory.take_lists(lists)
        for each in lists.lists:
            self._metrics.set_list(each.id, entries=len(each.rules), fetched=each.fetched)

    def _tell_lists(self) -> None:
        """Tell the keeper of lists what the configuration says of them."""
        devices = self._policy.devices.values()
        self._lists.configured = self._config.lists
        self._lists.devices = {
            name: frozenset(device.id for device in devices if name in device.lists)
            for name in self._config.lists
        }
        vendors = frozenset(device.vendor for device in devices if device.vendor is not None)
        known = all(device.vendor is not None for device in devices)
        self._lists.house = House(self._engine.directory.catalogue, vendors if known else None)

    def _reload(self) -> None:
        """Take the configuration file anew; a broken one leaves the old policy in force."""
        self._config_stamp = self._stamp_files()
        try:
            config = load_config(self._options.config, revision=self._policy.revision + 1)
        except ConfigError as error:
            self._config_error = str(error)
            self._metrics.policy_rejected()
            self._metrics.error("configuration")
            _log.error("configuration refused, the old one stays in force: %s", error)
            return
        self._config, self._config_error = config, None
        self._config_stamp = self._stamp_files()
        self._compose()
        _log.info("configuration in force revision=%d", self._policy.revision)

    def _compose(self) -> None:
        """Make the policy of what the configuration says and who was found."""
        policy = replace(self._residents.settle(self._config), revision=self._policy.revision)
        policy = policy.with_overrides(self._policy.overrides)
        self._gone |= self._policy.devices.keys() - policy.devices.keys()
        self._take_policy(policy.with_clock(trusted=self._distrust is None))
        self._tell_lists()
        self._metrics.set_devices(policy.devices)

    def _take_policy(self, policy: Policy) -> None:
        self._policy = policy
        self._metrics.policy_loaded(policy.revision, wall())
        self._sent_at = float("-inf")
        self._changed.set()

    async def _answer(self, request: dict[str, Any]) -> Any:
        match request.get("command"):
            case "status":
                status = describe_status(
                    self._policy,
                    self._engine,
                    self._link.state,
                    self._problems(),
                    at=wall(),
                    since=self._started,
                    zone=self._config.zone,
                )
                gate = self._link.state
                return status | {
                    "found": describe_found(self._residents.found(), self._policy),
                    "blind": gate.watch.blind if gate is not None else None,
                }
            case "devices":
                return self._describe_devices(request.get("device"))
            case "upload":
                return describe_upload(
                    request, self._policy, self._engine, self.stream.sent_upstream, wall()
                )
            case "override":
                return await self._override(request)
            case "resume":
                return await self._resume(request)
            case other:
                raise RequestError(f"unknown request {other!r}")

    def _describe_devices(self, wanted: object) -> list[dict[str, Any]]:
        """Say who lives here; one device comes with its endpoints."""
        everybody = self._residents.everybody(clock(), wall())
        policy, contacts, zone = self._policy, self._books.contacts, self._config.zone
        if wanted is None:
            return [describe_device(each, policy, contacts, zone) for each in everybody]
        resident = find_resident(str(wanted), everybody, policy)
        row = describe_device(resident, policy, contacts, zone)
        uploads = contacts.of(row["id"])
        catalogue = self._engine.directory.catalogue
        return [{**row, "endpoints": describe_endpoints(resident, uploads, catalogue)}]

    async def _override(self, request: dict[str, Any]) -> dict[str, Any]:
        at, zone = wall(), self._config.zone
        override = make_override(request, self._policy, at, zone)
        await self._take_overrides((*unexpired(self._policy.overrides, at), override))
        for device in [override.device] if override.device else self._policy.devices:
            self._metrics.override(device, allow=override.allow)
        until = override.until.astimezone(zone).isoformat()
        return {"device": request["device"], "allow": override.allow, "until": until}

    async def _resume(self, request: dict[str, Any]) -> dict[str, Any]:
        await self._take_overrides(without_overrides(request, self._policy, wall()))
        return {"device": request["device"]}

    async def _take_overrides(self, overrides: tuple[Override, ...]) -> None:
        """Put overrides in force; they are on disk first, so that a power cut forgets none."""
        self._override_file.save(overrides)
        self._take_policy(self._policy.with_overrides(overrides))
        await self._keep_up()

    def _problems(self) -> list[str]:
        problems = []
        gate = self._link.state
        if gate is None:
            problems.append("the gate is not reached: the kernel keeps the speakers shut")
        elif gate.revision != self._policy.revision:
            problems.append("the gate has not yet taken the newest policy")
        if gate is not None:
            problems += gate.problems
        if self._config_error is not None:
            problems.append(f"the configuration file is refused: {self._config_error}")
        if self._ledger.error is not None:
            problems.append(f"the ledger cannot be written: {self._ledger.error}")
        if self._distrust is not None:
            problems.append(
                f"the wall clock is not trusted ({self._distrust}): no window is judged"
            )
        problems += [f"list {name}: {why}" for name, why in self._lists.problems.items()]
        return problems


def modes(config: Config) -> list[str]:
    """Return the proxy modes of mitmproxy that the gateway needs.

    Raises:
        ConfigError: No resolver is known.
    """
    gateway = config.gateway
    resolver = gateway.resolver or system_resolver()
    return [
        f"transparent@{gateway.proxy_port}",
        f"reverse:dns://{resolver}@{gateway.dns_port}",
    ]


async def run_addon(options: AddonOptions) -> None:
    """Run the addon process until stopped."""
    service = Service(options)
    master = mitm.make_master(modes(service.config), service.stream, service.dns)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, master.shutdown)
    await service.start()
    spawn(service.work(), "keep up")
    try:
        await master.run()
    finally:
        service.stop()


def _stamp(path: Path) -> Sequence[int]:
    """Return what changes when a file is changed."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_mtime_ns, status.st_size, status.st_ino)
