"""`hushgate run`: starts gate and addon, and starts again whichever of them dies or hangs.

It does as little as it can, so that it outlives both: no configuration beyond a check at the start,
no network. Rules: the gate is up before the addon, since the table shuts the speakers; the owner's
stop ends the addon first, then the gate, which takes its table away; SIGHUP is passed on to the
addon, which reads the configuration anew.
"""

import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

from hushgate.adapters.notify import Heartbeat
from hushgate.core.errors import UnavailableError

_log = logging.getLogger(__name__)

SHORTEST_SILENCE: Final = 2.0
"""Seconds without a sign of life after which a process may count as hung; one is due each second.
With a start of 1.5 s, a part that hangs is back within 4."""
LONGEST_SILENCE: Final = 10.0
"""Seconds after which it counts as hung on any machine."""
STALL: Final = 1.0
"""Seconds between two looks that say that the whole machine stood still: no child is to blame."""
START_LIMIT: Final = 180.0
"""The same before its first sign: a small router takes long to import mitmproxy. Meanwhile the
other one, which gets little of the only processor, is not taken for hung."""
RETRY: Final = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each start that follows a failure soon after the one before."""
SETTLED: Final = 60.0
"""Seconds of life after which earlier failures are forgotten."""
STOP_LIMIT: Final = 10.0


class Child:
    """One process of ours, started again and again."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: int | None = None
        self._started = 0.0
        self._last_sign: float | None = None
        self.was_ready = False
        """Whether any process of it has given a sign of life."""
        self._last_look = 0.0
        self._silence_limit = LONGEST_SILENCE
        self._is_taken_away = False
        self._failures = 0
        """Soon after one another: how long to wait depends on them."""
        self._failed = 0
        """In all, told to the process: it is who is asked for metrics."""
        self._start_at = 0.0

    @property
    def pipe(self) -> int | None:
        """Where its signs of life come from; None while it does not run."""
        return self._pipe

    @property
    def is_ready(self) -> bool:
        """Whether it has given a sign of life since its start."""
        return self._process is not None and self._last_sign is not None

    @property
    def is_starting(self) -> bool:
        """Whether it runs and has not given a sign of life yet."""
        return self._process is not None and self._last_sign is None

    def start_if_due(self, now: float) -> bool:
        """Start it unless it runs or must wait; return whether it was started."""
        if self._process is not None or self._is_taken_away or now < self._start_at:
            return False
        ours, theirs = os.pipe()
        command = [sys.executable, "-m", "hushgate", self.name, "--heartbeat", str(theirs)]
        command += [*self._arguments, "--failed", str(self._failed)]
        self._process = subprocess.Popen(command, pass_fds=(theirs,))
        os.close(theirs)
        self._pipe, self._started, self._last_sign = ours, now, None
        return True

    def take_sign(self, now: float) -> None:
        """Note a sign of life, or that the process is gone."""
        if self._pipe is not None and os.read(self._pipe, 4096):
            if self._last_sign is None:
                self._silence_limit = silence_limit(now - self._started)
            self._last_sign, self.was_ready = now, True
        else:
            self._gone(now)

    def kill_if_hung(self, now: float, *, other_starts: bool = False) -> None:
        """Kill it if it has been silent for too long while somebody listened and it could speak."""
        passed, self._last_look = now - self._last_look, now
        if self._process is None:
            return
        if (passed > STALL or other_starts) and self._last_sign is not None:
            self._last_sign = min(self._last_sign + passed, now)  # that time does not count
        since, limit = (
            (self._started, START_LIMIT)
            if self._last_sign is None
            else (self._last_sign, self._silence_limit)
        )
        if now - since > limit:
            _log.error("no sign of life process=%s seconds=%.0f; killing it", self.name, limit)
            self._process.kill()

    def take_away(self) -> None:
        """Kill it, and never start it again: a rehearsal of its death."""
        if self._process is not None:
            self._is_taken_away = True
            self._process.kill()

    def reload(self) -> None:
        """Have it read its files anew; one that is only starting reads them anyway."""
        if self._process is not None and self.is_ready:
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Have it stop in its own way, and wait for that."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            _log.error("does not stop process=%s; killing it", self.name)
            self._process.kill()
            self._process.wait()

    def _gone(self, now: float) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is None or pipe is None:
            return
        os.close(pipe)
        status = process.wait()
        if self._is_taken_away:
            _log.warning("killed process=%s; it stays away: this is a rehearsal", self.name)
            return
        if now - self._started > SETTLED:
            self._failures = 0
        wait = RETRY[min(self._failures, len(RETRY) - 1)]
        self._failures += 1
        self._failed += 1
        self._start_at = now + wait
        _log.error(
            "ended process=%s status=%d; starting it again in %.1f s", *(self.name, status, wait)
        )


def silence_limit(start_took: float) -> float:
    """Return how long a process may be silent, in seconds, before it counts as hung.

    A machine on which it takes long to start is one on which it may be slow to give signs.
    """
    return min(max(start_took / 2, SHORTEST_SILENCE), LONGEST_SILENCE)


class Supervisor:
    """Keeps gate and addon alive until stopped."""

    def __init__(self, gate: Child, addon: Child, victim: Child | None = None) -> None:
        """Take both; a victim of them is taken away as soon as both are up: a rehearsal."""
        self._gate = gate
        self._addon = addon
        self._victim = victim
        self._stopping = self._reloading = False
        self._heartbeat = Heartbeat(None)

    def run(self) -> None:
        """Supervise until told to stop.

        Raises:
            UnavailableError: The gate could not be started even once; its own words say why.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        was_up = False
        try:
            while not self._stopping:
                self._start_what_is_due()
                self._listen()
                if self._reloading:
                    self._reloading = False
                    self._addon.reload()
                if self._gate.is_ready and self._addon.is_ready:
                    was_up = True
                    if self._victim is not None:
                        self._victim.take_away()
                        self._victim = None
                elif self._gate.pipe is None and not self._gate.was_ready:
                    raise UnavailableError("the gate could not start; nothing was changed")
                if was_up:  # also while one of them starts again: that is our affair
                    self._heartbeat.beat()
        finally:
            self._addon.stop()
            self._gate.stop()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _reload(self, number: int, frame: FrameType | None) -> None:
        self._reloading = True

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        self._gate.start_if_due(now)
        if self._gate.is_ready:
            self._addon.start_if_due(now)

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            for child in (self._gate, self._addon):
                if child.pipe is not None:
                    selector.register(child.pipe, selectors.EVENT_READ, child)
            ready = selector.select(0.2)
        now = time.monotonic()
        for key, _ in ready:
            key.data.take_sign(now)
        starting = {child for child in (self._gate, self._addon) if child.is_starting}
        for child in (self._gate, self._addon):
            child.kill_if_hung(now, other_starts=bool(starting - {child}))
