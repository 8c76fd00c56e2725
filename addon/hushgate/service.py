"""The addon process: the one place that joins adapters to the core.

It reads the clocks, keeps what is in force up to date, carries records to ledger and metrics, and
answers the owner. The proxy runs on the same event loop.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hushgate import __version__
from hushgate.adapters import control, mitm
from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.neighbors import Neighbors
from hushgate.adapters.notify import Heartbeat, SupervisorGoneError
from hushgate.adapters.policyfiles import OverrideFile
from hushgate.adapters.resolver import system_resolver
from hushgate.adapters.stream import StreamPlane
from hushgate.adapters.tasks import spawn
from hushgate.config import Config, load_config
from hushgate.core.engine import Engine
from hushgate.core.errors import ConfigError, RequestError
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Instant
from hushgate.core.overrides import Override, parse_end, unexpired
from hushgate.core.policy import Policy
from hushgate.core.records import Kind
from hushgate.core.ruleset import Ports
from hushgate.core.standings import snapshot_of, standing_of
from hushgate.core.words import suggest
from hushgate.web.server import serve_page

_log = logging.getLogger(__name__)

TICK: Final = 0.5
"""Longest time, in seconds, between looks at the clock, the records and the configuration file."""
RENEW: Final = 2.0
"""Seconds between snapshots to the gate; it lets "voice allowed" run out after 5."""
LEDGER_NAME: Final = "ledger.sqlite"
OVERRIDES_NAME: Final = "overrides.json"


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
        self._config = load_config(options.config)
        self._config_stamp = _stamp(options.config)
        self._config_error: str | None = None
        self._heartbeat = Heartbeat(options.heartbeat)
        options.state_dir.mkdir(parents=True, exist_ok=True)
        self._override_file = OverrideFile(options.state_dir / OVERRIDES_NAME)
        self._policy = self._config.policy.with_overrides(self._override_file.load())
        self._engine = Engine()
        self._neighbors = Neighbors(clock)
        self.stream = StreamPlane(self._engine, self._device_of, clock, name=stream_name)
        self._link = GateLink(options.runtime_dir)
        self._sent_at = float("-inf")
        self._ledger = Ledger(options.state_dir / LEDGER_NAME, epoch=epoch)
        self._metrics = Metrics(tuple(self._policy.devices))
        self._ports = Ports(self._config.gateway.proxy_port, self._config.gateway.dns_port)
        self._changed = asyncio.Event()
        self._started = wall()
        self._control: asyncio.Server | None = None

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self._config

    async def start(self) -> None:
        """Begin to keep things up to date and to answer."""
        await self._keep_up()
        self._control = await control.serve(
            self._options.runtime_dir / control.SOCKET_NAME, self._answer
        )
        spawn(self._link.follow(), "link to the gate")
        spawn(serve_page(self._config.gateway.listen, self._metrics.expose), "page and metrics")
        with contextlib.suppress(NotImplementedError):
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
            if _stamp(self._options.config) != self._config_stamp:
                self._reload()
            await self._keep_up()

    def stop(self) -> None:
        """Write down what is still under way and let go of everything."""
        now = clock()
        for flow in self._engine.flows():
            self._engine.close(flow, now)
        self._carry_records()
        self._ledger.close()
        if self._control is not None:
            self._control.close()
        (self._options.runtime_dir / control.SOCKET_NAME).unlink(missing_ok=True)

    async def _device_of(self, address: str) -> DeviceId:
        mac = await self._neighbors.mac_of(address)
        return (self._policy.device_of(mac) if mac else None) or UNKNOWN_DEVICE

    def _until_next_look(self) -> float:
        at = wall()
        edges = (self._policy.ruling(device, at).until for device in self._policy.devices)
        waits = ((edge - at).total_seconds() for edge in edges if edge is not None)
        return max(min([TICK, *waits]), 0.0)

    async def _keep_up(self) -> None:
        """Put in force what the policy says now, at every place that enforces it."""
        at, now = wall(), clock()
        for device in self._policy.devices:
            standing = standing_of(self._policy, device, at)
            if standing != self._engine.standing(device):
                flows = self._engine.rule(device, standing, now)
                _log.info("voice=%s device=%s reason=%s", standing.voice, device, standing.reason)
                self._sent_at = float("-inf")
                await self.stream.notice(flows)
        if now - self._sent_at >= RENEW:
            self._sent_at = now
            self._link.send(snapshot_of(self._policy, self._ports, at))
        self._carry_records()

    def _carry_records(self) -> None:
        for record in self._engine.records():
            self._metrics.record(record)
            if record.kind is not Kind.BURST:
                device = self._policy.devices.get(record.device)
                self._ledger.append(record, device_name=device.name if device else record.device)

    def _reload(self) -> None:
        """Take the configuration file anew; a broken one leaves the old policy in force."""
        self._config_stamp = _stamp(self._options.config)
        try:
            config = load_config(self._options.config, revision=self._policy.revision + 1)
        except ConfigError as error:
            self._config_error = str(error)
            _log.error("configuration refused, the old one stays in force: %s", error)
            return
        self._config, self._config_error = config, None
        self._take_policy(config.policy.with_overrides(self._policy.overrides))
        _log.info("configuration in force revision=%d", self._policy.revision)

    def _take_policy(self, policy: Policy) -> None:
        self._policy = policy
        self._changed.set()

    async def _answer(self, request: dict[str, Any]) -> Any:
        match request.get("command"):
            case "status":
                return self._status()
            case "override":
                return await self._override(request)
            case other:
                raise RequestError(f"unknown request {other!r}")

    async def _override(self, request: dict[str, Any]) -> dict[str, Any]:
        whom, at = str(request.get("device", "")), wall()
        if whom != "all" and whom not in self._policy.devices:
            raise RequestError(unknown_device(whom, self._policy))
        override = Override(
            device=None if whom == "all" else DeviceId(whom),
            allow=bool(request.get("allow")),
            since=at,
            until=parse_end(str(request.get("for", "")), at, self._config.zone),
            by=str(request.get("by", "cli")),
            id=secrets.token_hex(4),
        )
        overrides = (*unexpired(self._policy.overrides, at), override)
        self._override_file.save(overrides)
        self._take_policy(self._policy.with_overrides(overrides))
        await self._keep_up()
        return {"device": whom, "allow": override.allow, "until": self._local(override.until)}

    def _status(self) -> dict[str, Any]:
        at, gate = wall(), self._link.state
        problems = self._problems()
        return {
            "protecting": not problems,
            "problems": problems,
            "version": __version__,
            "since": self._started.isoformat(),
            "revision": self._policy.revision,
            "held_bytes": self._engine.held,
            "connections": len(self._engine.flows()),
            "gate": None
            if gate is None
            else {
                "pid": gate.pid,
                "revision": gate.revision,
                "reasserted": gate.reasserted,
                "packets": dict(gate.counters),
            },
            "devices": [self._describe(device, at) for device in self._policy.devices],
        }

    def _problems(self) -> list[str]:
        problems = []
        gate = self._link.state
        if gate is None:
            problems.append("the gate is not reached: the kernel keeps the speakers shut")
        elif gate.revision != self._policy.revision:
            problems.append("the gate has not yet taken the newest policy")
        if self._config_error is not None:
            problems.append(f"the configuration file is refused: {self._config_error}")
        if self._ledger.error is not None:
            problems.append(f"the ledger cannot be written: {self._ledger.error}")
        return problems

    def _local(self, at: datetime) -> str:
        """A moment on the wall clock of the house."""
        return at.astimezone(self._config.zone).isoformat()

    def _describe(self, device: DeviceId, at: datetime) -> dict[str, Any]:
        ruling, rules = self._policy.ruling(device, at), self._policy.devices[device]
        return {
            "id": device,
            "name": rules.name,
            "voice": ruling.voice,
            "reason": ruling.reason,
            "rule": ruling.rule,
            "until": self._local(ruling.until) if ruling.until else None,
            "outside": rules.outside,
        }


def unknown_device(name: str, policy: Policy) -> str:
    """Say that a device does not exist, and which one may be meant."""
    return f'there is no speaker "{name}"{suggest(name, tuple(policy.devices))}'


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
    master = mitm.make_master(modes(service.config), service.stream)
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
