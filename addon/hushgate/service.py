"""The addon process: the one place that joins adapters to the core.

It keeps what is in force up to date at every place that enforces it, and writes down what happened.
The proxy runs on the same event loop.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from hushgate.adapters import control, ledger_file, mitm
from hushgate.adapters.asking import SOCKET_NAME
from hushgate.adapters.backup import finish_restore
from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.clocks import clock, epoch, wall
from hushgate.adapters.dnsplane import DnsPlane
from hushgate.adapters.eventlines import EventLines
from hushgate.adapters.firstclosing import FirstClosing
from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger, Retention
from hushgate.adapters.listkeeper import ListKeeper
from hushgate.adapters.liststore import ListStore
from hushgate.adapters.listupdate import House
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.namefile import NameFile
from hushgate.adapters.neighbors import Neighbors
from hushgate.adapters.notify import Heartbeat, SupervisorGoneError
from hushgate.adapters.resolver import system_resolver
from hushgate.adapters.stream import StreamPlane
from hushgate.adapters.tasks import spawn
from hushgate.books import Books
from hushgate.config import Config
from hushgate.core.directory import Directory
from hushgate.core.engine import STRICTEST, TOTAL_LIMIT, Engine
from hushgate.core.lists import ListSet
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, FlowKey, Instant
from hushgate.core.packets import roles_by_pattern
from hushgate.core.policy import Policy
from hushgate.core.settings import Cause, Fail
from hushgate.core.standings import snapshot_of, standing_of, wiring_of
from hushgate.desk import Desk
from hushgate.policykeeper import PolicyKeeper
from hushgate.residents import Residents
from hushgate.web.server import Page

_log = logging.getLogger(__name__)

TICK: Final = 0.5
"""Longest time, in seconds, between looks at the clock, the records and the files."""
RENEW: Final = 2.0
"""Seconds between snapshots to the gate; it lets "voice allowed" run out after 5."""
SAVE: Final = 300.0
"""Seconds between writes of learned names: a flash card lives longer."""
NAMES_NAME: Final = "names.json"


@dataclass(frozen=True, slots=True)
class AddonOptions:
    """How the addon was started."""

    config: Path
    state_dir: Path
    runtime_dir: Path
    heartbeat: int | None = None
    """Pipe of the supervisor."""
    failed: int = 0
    """How often addons before this one died or hung."""
    rehearsal: Cause | None = None
    """The failure that the owner rehearses."""


class Service:
    """Everything that runs in the addon process beside the proxy itself."""

    def __init__(self, options: AddonOptions, *, alone: bool = False) -> None:
        """Read what is there; `alone`: in somebody else's mitmproxy, where no gate was promised."""
        self._options = options
        self._heartbeat = Heartbeat(options.heartbeat)
        finish_restore(options.state_dir)
        options.state_dir.mkdir(parents=True, exist_ok=True)
        catalogue = shipped_catalogue()
        held_limit = 0 if options.rehearsal is Cause.MEMORY else TOTAL_LIMIT
        self._engine = Engine(Directory(catalogue), held_limit=held_limit)
        self._roles = roles_by_pattern(catalogue)
        self._metrics = Metrics(())
        self._metrics.fail_policy(Cause.ADDON_DOWN, Fail.CLOSED, options.failed)
        self._residents = Residents(options.state_dir, catalogue, self._metrics)
        self._changed = asyncio.Event()
        self._keeper = PolicyKeeper(
            options.config,
            options.state_dir,
            self._residents,
            self._metrics,
            self._changed.set,
            trusts_no_clock=options.rehearsal is Cause.CLOCK_UNTRUSTED,
        )
        self._in_force: Policy | None = None
        """The policy that everybody else here has been told."""
        self._lists = ListKeeper(
            ListStore(options.state_dir), self._take_lists, self._metrics.list_failed
        )
        self._name_file = NameFile(options.state_dir / NAMES_NAME)
        self._neighbors = Neighbors(clock)
        self.stream = StreamPlane(
            self._engine,
            self._device_of,
            clock,
            name="hushgate-stream" if alone else StreamPlane.STOCK,
        )
        self.dns = DnsPlane(self._engine, self._device_of, clock)
        self._link = GateLink(options.runtime_dir, self._tell_gate)
        self._sent_at = self._saved_at = float("-inf")
        lines_to = self.config.gateway.ledger_to
        self._lines = EventLines(lines_to) if lines_to is not None else None
        self._ledger = Ledger(
            options.state_dir / ledger_file.NAME,
            epoch=epoch,
            retention=Retention(
                days=self.config.gateway.ledger_days,
                max_bytes=self.config.gateway.ledger_megabytes * 1_000_000,
            ),
            tell=self._lines.write if self._lines is not None else None,
        )
        self._books = Books(self._engine, self._ledger, self._metrics, self._link)
        self._page = Page(self.config.gateway.listen, self._metrics.expose)
        self._control: asyncio.Server | None = None
        self._desk = Desk(
            keeper=self._keeper,
            engine=self._engine,
            stream=self.stream,
            residents=self._residents,
            books=self._books,
            link=self._link,
            ledger=self._ledger,
            lines=self._lines,
            lists=self._lists,
            metrics=self._metrics,
            page=self._page,
            first_closing=FirstClosing(options.state_dir),
            since=wall(),
            rehearsal=options.rehearsal,
            alone=alone,
            enforce=self._keep_up,
        )

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self._keeper.config

    async def start(self) -> None:
        """Begin to keep things up to date and to answer."""
        self._name_file.load(self._engine.directory.names, clock(), wall())
        self._residents.load(clock(), wall())
        self._keeper.compose()
        await self._keep_up()
        self._control = await control.serve(
            self._options.runtime_dir / SOCKET_NAME, self._desk.answer
        )
        spawn(self._link.follow(), "link to the gate")
        spawn(self._residents.inquire(lambda: self.config), "leases and answers of devices")
        spawn(self._lists.run(), "lists")
        spawn(self._keeper.calendars.run(), "calendars")
        spawn(self._page.serve(), "metrics page")
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._keeper.reload)

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
            await self._keep_up()

    def stop(self) -> None:
        """Write down what is still under way and let go of everything."""
        now = clock()
        for flow in self._engine.flows():
            self._engine.close(flow, now)
        self._books.carry(self._keeper.policy, wall(), now)
        self._ledger.close()
        self._save(now)
        self._residents.close(now, wall())
        if self._control is not None:
            self._control.close()
        (self._options.runtime_dir / SOCKET_NAME).unlink(missing_ok=True)

    async def _device_of(self, address: str) -> DeviceId:
        mac = await self._neighbors.mac_of(address)
        policy = self._keeper.policy
        known = policy.device_of(mac) if mac else None
        return known or policy.device_at(address) or UNKNOWN_DEVICE

    def _until_next_look(self) -> float:
        policy, at = self._keeper.policy, wall()
        edges = (policy.ruling(device, at).until for device in policy.devices)
        waits = ((edge - at).total_seconds() for edge in edges if edge is not None)
        return max(min([TICK, *waits]), 0.0)

    async def _keep_up(self) -> None:
        """Put in force what the policy says now, and write down what happened.

        Two may run at once, of the clock and of the owner: none waits before it is done.
        """
        self._keeper.look()
        at, now = wall(), clock()
        if self._residents.follow(self._link.take_facts(), self.config, now, at):
            self._keeper.compose()
        policy = self._keeper.policy
        self._books.enter_found(self._residents.take_found(), policy, now)
        self._engine.directory.allows_encrypted_dns = self.config.gateway.encrypted_dns
        changed = self._enforce(policy, at, now)
        if changed is not None or policy is not self._in_force or now - self._sent_at >= RENEW:
            gateway = self.config.gateway
            listed = self._engine.directory.listed(policy.devices)
            told = snapshot_of(policy, wiring_of(gateway), at, self._roles, listed, gateway.routers)
            if self._link.send(told):
                self._sent_at = now
        if policy is not self._in_force:
            self._in_force = policy
            self._tell_lists(policy)
        if now - self._saved_at >= SAVE:
            self._saved_at = now
            self._save(now)
        self._books.carry(policy, at, now)
        self._metrics.set_problems(len(self._desk.problems()))
        await self.stream.notice(changed or ())

    def _enforce(self, policy: Policy, at: datetime, now: Instant) -> Sequence[FlowKey] | None:
        """Put every device under what the policy says now.

        Returns:
            The flows that must ask what follows from it; None: nothing has changed.
        """
        # The connections of who left would else go on under what was in force then.
        changed = dict.fromkeys(self._keeper.take_gone(), STRICTEST)
        for device in policy.devices:
            standing = standing_of(policy, device, at)
            if standing != self._engine.standing(device):
                changed[device] = standing
                _log.info("voice=%s device=%s reason=%s", standing.voice, device, standing.reason)
        if not changed:
            return None
        return [
            flow
            for device, standing in changed.items()
            for flow in self._engine.rule(device, standing, now)
        ]

    def _save(self, now: Instant) -> None:
        """Write down what was learned."""
        self._name_file.save(self._engine.directory.names, now, wall())
        self._residents.save(now, wall())

    def _tell_gate(self) -> None:
        """Let it have a snapshot at once."""
        self._sent_at = float("-inf")
        self._changed.set()

    def _take_lists(self, lists: ListSet) -> None:
        """Put other lists in force."""
        self._engine.directory.take_lists(lists)
        self._tell_gate()  # of whom they speak
        for each in lists.lists:
            self._metrics.set_list(each.id, entries=len(each.rules), fetched=each.fetched)

    def _tell_lists(self, policy: Policy) -> None:
        """Tell the keeper of lists what the configuration says of them."""
        devices = policy.devices.values()
        self._lists.configured = self.config.lists
        self._lists.devices = {
            name: frozenset(device.id for device in devices if name in device.lists)
            for name in self.config.lists
        }
        vendors = frozenset(device.vendor for device in devices if device.vendor is not None)
        known = all(device.vendor is not None for device in devices)
        self._lists.house = House(self._engine.directory.catalogue, vendors if known else None)


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
