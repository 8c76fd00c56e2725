"""The policy: the immutable snapshot that says what is in force for a device's voice, and why.

In: the configuration, the overrides, an instant. Out: a Ruling. The precedence, in one place:

    override > exception > device's windows > group's windows > house's windows

1. Of the overrides that hold, the newest speaks for the device.
2. An exception replaces the windows of its dates; the device's own before the group's before the
   house's.
3. The most specific level that has windows at all supplies them; levels are never added together.
4. While the clock is not trusted, neither windows nor the end of an "allow" or a "pause" can be
   judged: the device's fail policy speaks. A "block" still holds.
5. A device the policy does not know is blocked, whatever is open for others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from hushgate.core.budget import SIZE
from hushgate.core.model import DeviceId, Mac, Outside, Reason, Ruling, Voice
from hushgate.core.overrides import Override, Wish, in_force, next_edge
from hushgate.core.schedule import Schedule, State, look, next_change
from hushgate.core.settings import FAIL_DEFAULTS, Cause, Fail
from hushgate.core.words import moment


class OnBlock(StrEnum):
    """What a speaker notices when its utterance is discarded."""

    ANNOUNCE = "announce"
    """The connection is ended, so that the speaker says so at once."""
    QUIET = "quiet"
    """The utterance is swallowed and the connection closed quietly, for the night."""


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """What applies to one device, with the levels above it already resolved."""

    id: DeviceId
    name: str
    macs: frozenset[Mac]
    addresses: frozenset[str]
    vendor: str | None
    group: str | None
    schedule: Schedule
    outside: Outside
    hard_edge: bool
    """Whether an utterance is cut at the closing edge instead of having ``grace``."""
    grace: float
    """Seconds an utterance may go on after its window closed."""
    delay_limit: float
    """Seconds an utterance is held at most where ``outside`` is ``delay``."""
    on_block: OnBlock
    lists: tuple[str, ...]
    fail: Mapping[Cause, Fail] = field(default_factory=lambda: FAIL_DEFAULTS)
    upload_budget: int = SIZE
    """Bytes of no speech that may leave while voice may not, before the owner is told."""
    strict: bool = True
    """Whether every large upload is taken for speech."""


class _Answer(NamedTuple):
    """A ruling and the time in which it may be given again without asking."""

    since: datetime
    until: datetime
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Policy:
    """All devices and overrides of one revision. Replaced as a whole, never changed."""

    revision: int
    devices: Mapping[DeviceId, DevicePolicy]
    overrides: tuple[Override, ...] = ()
    clock_trusted: bool = True
    """Whether the wall clock may judge windows; see core.clocktrust."""
    _by_mac: Mapping[Mac, DeviceId] = field(init=False, repr=False, compare=False)
    _by_address: Mapping[str, DeviceId] = field(init=False, repr=False, compare=False)
    _answers: dict[DeviceId, _Answer] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """Last answer per device: a look-up is asked for each chunk and changes at edges only."""

    def __post_init__(self) -> None:
        by_mac = {mac: device.id for device in self.devices.values() for mac in device.macs}
        by_address = {
            address: device.id for device in self.devices.values() for address in device.addresses
        }
        object.__setattr__(self, "_by_mac", by_mac)
        object.__setattr__(self, "_by_address", by_address)

    def device_of(self, mac: Mac) -> DeviceId | None:
        """The device with a hardware address."""
        return self._by_mac.get(mac)

    def device_at(self, address: str) -> DeviceId | None:
        """The device that is known by a fixed address."""
        return self._by_address.get(address)

    def with_overrides(self, overrides: Iterable[Override]) -> "Policy":
        """The next revision, with other overrides."""
        return replace(self, revision=self.revision + 1, overrides=tuple(overrides))

    def with_clock(self, *, trusted: bool) -> "Policy":
        """The same policy while the wall clock is trusted, or is not."""
        return replace(self, clock_trusted=trusted)

    def ruling(self, device: DeviceId, at: datetime) -> Ruling:
        """What is in force for a device's voice at an instant, and why."""
        if self.clock_trusted:
            answer = self._answers.get(device)
            if answer is not None and answer.since <= at < answer.until:
                return answer.ruling
        known = self.devices.get(device)
        if known is None:
            return _UNKNOWN
        if not self.clock_trusted:
            return self._ruling_without_clock(known, at)
        ruling, until = self._rule(known, at)
        self._answers[device] = _Answer(at, until, ruling)
        return ruling

    def next_change(self, device: DeviceId, after: datetime) -> datetime | None:
        """The first instant after one at which a device is treated differently.

        The end of a pause is one even if voice goes on as before: lists speak again.

        Returns:
            None if nothing changes within the horizon of windows.
        """
        known = self.devices.get(device)
        if known is None:
            return None
        treatment = self._treatment(known, after)
        for edge in self._edges(known, after):
            if self._treatment(known, edge) != treatment:
                return edge
        return None

    def _edges(self, device: DevicePolicy, after: datetime) -> Iterator[datetime]:
        """The instants after one at which the voice may change, in order."""
        at: datetime | None = after
        while at is not None:
            edge = next_edge(self.overrides, device.id, at)
            if in_force(self.overrides, device.id, at) is None:
                change = next_change(device.schedule, at)
                edge = min((each for each in (edge, change) if each is not None), default=None)
            if edge is not None:
                yield edge
            at = edge

    def _treatment(self, device: DevicePolicy, at: datetime) -> tuple[Voice, bool]:
        """What becomes of voice, and whether protection is paused."""
        override = in_force(self.overrides, device.id, at)
        return self._voice(device, at), override is not None and override.wish is Wish.PAUSE

    def _voice(self, device: DevicePolicy, at: datetime) -> Voice:
        override = in_force(self.overrides, device.id, at)
        if override is not None:
            return _wished(override, device)
        is_open = look(device.schedule, at).open
        return Voice.ALLOWED if is_open else Voice(device.outside.value)

    def _rule(self, device: DevicePolicy, at: datetime) -> tuple[Ruling, datetime]:
        """The ruling at an instant, and until when the very same one holds."""
        override = in_force(self.overrides, device.id, at)
        state = look(device.schedule, at)
        edge = next_edge(self.overrides, device.id, at)
        if override is not None:
            reason, rule = _REASONS[override.wish], show_override(override, device)
        else:
            reason, rule = _judge(device.schedule, state)
        ruling = Ruling(
            voice=self._voice(device, at),
            reason=reason,
            rule=rule,
            until=self.next_change(device.id, at),
            steps=_steps(device, override, state, at),
        )
        return ruling, state.until if edge is None else min(edge, state.until)

    def _ruling_without_clock(self, device: DevicePolicy, at: datetime) -> Ruling:
        override = in_force(self.overrides, device.id, at)
        if override is not None and override.wish is Wish.BLOCK:
            voice, reason = Voice(device.outside.value), Reason.OVERRIDE_CLOSED
            rule = show_override(override, device)
        else:
            fail = device.fail[Cause.CLOCK_UNTRUSTED]
            voice = Voice.ALLOWED if fail is Fail.OPEN else Voice(device.outside.value)
            reason, rule = Reason.CLOCK_UNTRUSTED, f"fail policy: {Cause.CLOCK_UNTRUSTED}: {fail}"
        steps = ("clock: not trusted, so windows are not asked", rule)
        return Ruling(voice=voice, reason=reason, rule=rule, until=None, steps=steps)


_UNKNOWN = Ruling(
    voice=Voice.BLOCK,
    reason=Reason.UNKNOWN_SPEAKER,
    rule="a device that is not in the configuration is blocked",
    until=None,
    steps=("device: not in the configuration: blocked",),
)


_REASONS: Mapping[Wish, Reason] = {
    Wish.ALLOW: Reason.OVERRIDE_OPEN,
    Wish.BLOCK: Reason.OVERRIDE_CLOSED,
    Wish.PAUSE: Reason.OVERRIDE_PAUSED,
}
_DONE: Mapping[Wish, str] = {
    Wish.ALLOW: "allowed",
    Wish.BLOCK: "blocked",
    Wish.PAUSE: "not protected: paused",
}


def _wished(override: Override, device: DevicePolicy) -> Voice:
    match override.wish:
        case Wish.ALLOW:
            return Voice.ALLOWED
        case Wish.BLOCK:
            return Voice(device.outside.value)
        case Wish.PAUSE:
            return Voice.OBSERVE


def _judge(schedule: Schedule, state: State) -> tuple[Reason, str]:
    """Which rule of a schedule decided."""
    if state.exception is not None:
        reason = Reason.EXCEPTION_OPEN if state.open else Reason.EXCEPTION_CLOSED
        return reason, f"{state.exception} (exception of {state.exception.source})"
    if state.rule is not None:
        return Reason.WINDOW_OPEN, f"{state.rule.origin} (windows of {schedule.source})"
    if not schedule.windows:
        return Reason.NO_SCHEDULE, f"{schedule.source} has no windows"
    return Reason.WINDOW_CLOSED, f"outside {show_windows(schedule)} (windows of {schedule.source})"


def _steps(
    device: DevicePolicy, override: Override | None, state: State, at: datetime
) -> tuple[str, ...]:
    """Every level of the precedence, in order, and what it said."""
    schedule = device.schedule
    local = at.astimezone(schedule.zone)
    verdict = "open" if state.open else "closed"
    said = "none in force" if override is None else show_override(override, device)
    steps = [f"override: {said}"]
    if state.exception is not None:
        closed = "" if not state.exception.hours else f": {verdict}"  # its words say closed
        steps.append(f"exception of {state.exception.source}: {state.exception}{closed}")
    else:
        steps.append(f"exception: none for {local:%Y-%m-%d}")
        deciding = f" by {state.rule.origin}" if state.rule is not None else ""
        windows = f"windows of {schedule.source} ({schedule.zone.key}): {show_windows(schedule)}"
        steps.append(f"{windows}: {verdict}{deciding}")
    steps.append(f"outside its windows: {device.outside}")
    return tuple(steps)


def show_windows(schedule: Schedule) -> str:
    """The windows of a schedule in the owner's words."""
    return ", ".join(map(str, schedule.windows)) or "none"


def show_override(override: Override, device: DevicePolicy) -> str:
    """An override in words, on the device's wall clock."""
    word = _DONE[override.wish]
    whom = "all speakers" if override.device is None else device.name
    end = moment(override.until.astimezone(device.schedule.zone))
    return f"{whom} {word} by {override.by} until {end}"
