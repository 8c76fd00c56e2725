"""Who lives here, kept up to date: joins what the gate sees to policy, metrics, log and file."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from hushgate.adapters.clocks import clock
from hushgate.adapters.gatelink import PORTION
from hushgate.adapters.householdfile import HouseholdFile
from hushgate.adapters.leasewatch import LeaseWatch
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.oui import shipped_oui_table
from hushgate.adapters.probe import ask_device
from hushgate.config import Config
from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Fact
from hushgate.core.household import Household, Resident
from hushgate.core.inquiry import Inquiry, read_answer
from hushgate.core.model import Instant
from hushgate.core.newcomers import Found
from hushgate.core.policy import Policy

_log = logging.getLogger(__name__)

LOOK: Final = 5.0
"""Seconds between looks at the lease files, and between questions to devices."""


class Residents:
    """The household as the service uses it."""

    def __init__(self, state_dir: Path, catalogue: Catalogue, metrics: Metrics) -> None:
        self._household = Household(catalogue, shipped_oui_table())
        self._file = HouseholdFile(state_dir)
        self._metrics = metrics
        self._leases = LeaseWatch()
        self._inquiry = Inquiry()
        self._heard: deque[Fact] = deque(maxlen=10_000)
        """What leases and answers say, until `follow` takes it."""
        self._found: list[Found] = []
        self.problems: list[str] = []
        """What is wrong with the lease files."""

    def load(self, now: Instant, at: datetime) -> None:
        """Take back what was known before a restart."""
        self._file.load(self._household, now, at)

    def save(self, now: Instant, at: datetime) -> None:
        """Keep it over a restart."""
        self._file.save(self._household, now, at)

    def close(self, now: Instant, at: datetime) -> None:
        """Write down what is known and wait until that is done."""
        self._file.save(self._household, now, at)
        self._file.close()

    def settle(self, config: Config) -> Policy:
        """Take what the configuration says; return its policy with whom it guards besides."""
        self._household.settle(config.policy, config.said)
        return config.guarding(self._household.found())

    async def inquire(self, config: Callable[[], Config]) -> None:
        """Read lease files, and ask devices what they are if the owner wants that; for ever."""
        while True:
            current = config()
            self._heard += await asyncio.to_thread(self._leases.look, current.leases)
            self.problems = self._leases.problems(current.leases)
            if current.probe:
                await self._ask_one()
            await asyncio.sleep(LOOK)

    async def _ask_one(self) -> None:
        question = self._inquiry.next(self._household.inventory.profiles(), clock())
        answer = await ask_device(question) if question is not None else None
        if question is not None and answer is not None:
            self._heard += read_answer(question, answer)

    def _take_heard(self) -> list[Fact]:
        return [self._heard.popleft() for _ in range(min(PORTION, len(self._heard)))]

    def follow(self, facts: Iterable[Fact], config: Config, now: Instant, at: datetime) -> bool:
        """Learn; return whether somebody was found, and `settle` is due."""
        news = [*facts, *self._take_heard()]
        found = {new.device: new for fact in news if (new := self._household.learn(fact, now))}
        self._metrics.set_unknown_speakers(len(self._household.found_here(now)))
        if not found:
            return False
        policy = config.guarding(self._household.found())
        for new in found.values():
            outcome = "guarded" if policy.device_of(new.device) else "NOT protecting"
            _log.warning(
                "new speaker device=%s name=%r sure=%.0f%% %s",
                *(new.device, new.name, 100 * new.confidence, outcome),
            )
        self._found += found.values()
        self.save(now, at)
        return True

    def take_found(self) -> list[Found]:
        """Return who was found since the last call."""
        found, self._found = self._found, []
        return found

    @property
    def is_full(self) -> bool:
        """Whether so many speakers were found that no more are taken in."""
        return self._household.is_full

    def found(self) -> list[Found]:
        """Return the speakers that the owner has not decided about."""
        return self._household.found()

    def everybody(self, now: Instant, at: datetime) -> list[Resident]:
        """Return who lives here."""
        return self._household.residents(now, at)
