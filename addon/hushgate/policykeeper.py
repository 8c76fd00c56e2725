"""What is in force: one policy of the configuration, the found, the overrides and the clock.

In: the files that the owner edits, the owner's word, a clock that may not be trusted. Out: the
policy that everybody enforces. Rules: a change is whole or nothing; a configuration that cannot be
read leaves the old policy in force, and says so; overrides are on disk before they are in force.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hushgate.adapters.calendarkeeper import CalendarKeeper
from hushgate.adapters.clocks import read_clocks, wall
from hushgate.adapters.filestamp import FileStamp, stamp_of
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.policyfiles import OVERRIDES_NAME, OverrideFile
from hushgate.config import Config, load_config
from hushgate.config_calendars import KEPT_NAME, kept_copy
from hushgate.core.clocktrust import ClockWatch, Distrust
from hushgate.core.errors import ConfigError, UnavailableError
from hushgate.core.model import DeviceId
from hushgate.core.overrides import Override, moved
from hushgate.core.policy import Policy
from hushgate.core.settings import Cause
from hushgate.residents import Residents

_log = logging.getLogger(__name__)


class PolicyKeeper:
    """Keeps the policy as the owner's files, word and clock say."""

    def __init__(
        self,
        config: Path,
        state_dir: Path,
        residents: Residents,
        metrics: Metrics,
        wake: Callable[[], None],
        *,
        trusts_no_clock: bool = False,
    ) -> None:
        """Read what is in force at the start.

        Args:
            config: The configuration file.
            state_dir: Where overrides outlive a restart.
            residents: Who lives here, and who of them was found.
            metrics: What is told of every change.
            wake: Called after every change.
            trusts_no_clock: Whatever it shows: a rehearsal.

        Raises:
            ConfigError: The configuration cannot be read.
        """
        self._path = config
        self._residents = residents
        self._metrics = metrics
        self._wake = wake
        self._trusts_no_clock = trusts_no_clock
        self._kept = state_dir / KEPT_NAME
        self.calendars = CalendarKeeper(self._kept)
        """Fetches the calendars on the web that the configuration names."""
        self.config: Config = load_config(config, kept=self._kept)
        self.calendars.want(self.config.addresses, self.config.zone)
        self._stamp = self._stamp_files()
        self.error: str | None = None
        """Why the file on disk is not in force; None: it is."""
        self._override_file = OverrideFile(state_dir / OVERRIDES_NAME)
        self._clock_watch = ClockWatch()
        self.distrust: Distrust | None = None
        """Why the wall clock is not trusted; None: it is."""
        self._gone: set[DeviceId] = set()
        overrides = self._override_file.load(read_clocks().mark)
        self.policy: Policy = self.config.policy.with_overrides(overrides)

    def look(self) -> None:
        """Take in what has changed: the files, the clock."""
        if self._stamp_files() != self._stamp:
            self.reload()
        self._watch_clock()

    def reload(self) -> None:
        """Take the configuration file anew; a broken one leaves the old policy in force."""
        self._stamp = self._stamp_files()
        try:
            config = load_config(self._path, kept=self._kept)
        except ConfigError as error:
            self.error = str(error)
            self._metrics.policy_rejected()
            self._metrics.error("configuration")
            _log.error("configuration refused, the old one stays in force: %s", error)
            return
        self.config, self.error = config, None
        self.calendars.want(config.addresses, config.zone)
        self._stamp = self._stamp_files()
        self.compose()
        _log.info("configuration in force revision=%d", self.policy.revision)

    def compose(self) -> None:
        """Make the policy of what the configuration says and who was found."""
        policy = replace(self._residents.settle(self.config), revision=self.policy.revision)
        policy = policy.with_overrides(self.policy.overrides)
        self._gone |= self.policy.devices.keys() - policy.devices.keys()
        self._take(policy.with_clock(trusted=self.distrust is None))

    def take_overrides(self, overrides: tuple[Override, ...]) -> None:
        """Put overrides in force; they are on disk first, so that a power cut forgets none."""
        self._override_file.save(overrides, read_clocks().mark)
        self._take(self.policy.with_overrides(overrides))

    def take_gone(self) -> set[DeviceId]:
        """Return the devices that left the policy since the last call."""
        gone, self._gone = self._gone - self.policy.devices.keys(), set()
        return gone

    def problems(self) -> list[str]:
        """Say what is wrong with what is in force."""
        problems = []
        if self.error is not None:
            problems.append(f"the configuration file is refused: {self.error}")
        if self.distrust is not None:
            problems.append(f"the wall clock is not trusted ({self.distrust}): no window is judged")
        problems += [
            f"calendar {address}: {why}; its last copy, if there is one, stays in force"
            for address, why in self.calendars.problems.items()
        ]
        return problems

    def _watch_clock(self) -> None:
        """Ask whether windows may be judged by the wall clock."""
        distrust = self._clock_watch.judge(read_clocks())
        if step := self._clock_watch.step:
            _log.warning("wall clock was set seconds=%.0f", step)
            self._move_overrides(timedelta(seconds=step))
        if self._trusts_no_clock:
            distrust = Distrust.REHEARSED
        if distrust is self.distrust:
            return
        self.distrust = distrust
        self._metrics.set_clock_trusted(trusted=distrust is None)
        self._take(self.policy.with_clock(trusted=distrust is None))
        if distrust is None:
            _log.info("wall clock trusted again")
            return
        for device in self.policy.devices.values():
            outcome = device.fail[Cause.CLOCK_UNTRUSTED]
            self._metrics.fail_policy(Cause.CLOCK_UNTRUSTED, outcome)
        _log.warning("wall clock not trusted reason=%s", distrust)

    def _move_overrides(self, by: timedelta) -> None:
        """Let overrides end when they would have; on a full disk they do until a restart."""
        overrides = moved(self.policy.overrides, by)
        try:
            self.take_overrides(overrides)
        except UnavailableError as error:
            _log.error("moved overrides are not saved error=%s", error)
            self._take(self.policy.with_overrides(overrides))

    def _take(self, policy: Policy) -> None:
        self.policy = policy
        self._metrics.policy_loaded(policy.revision, wall())
        self._metrics.set_devices(policy.devices)
        self._wake()

    def _stamp_files(self) -> Sequence[FileStamp | None]:
        """Return what changes when the configuration or a calendar it names is changed."""
        copies = (kept_copy(self._kept, address) for address in self.config.addresses)
        return [stamp_of(path) for path in (self._path, *self.config.calendars, *copies)]
