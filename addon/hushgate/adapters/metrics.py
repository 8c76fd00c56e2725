"""Counts for Prometheus: records and states in, the text of ``/metrics`` out.

Rules. An own registry, no global. Every label value comes from a closed set: the devices of the
configuration, enums, names of its lists; a device that is not configured counts as ``unknown``, so
nothing a stranger on the LAN does adds a series. Known label sets exist at 0 from the start, so
that a rate over the first event is right. docs/metrics.md explains every name.
"""

import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.exposition import ALLOWUTF8

from hushgate import __version__
from hushgate.adapters.readings import Readings, ReadingsCollector
from hushgate.core.catalogue import Role
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Reason, Ruling, Verdict, Voice
from hushgate.core.overrides import Wish
from hushgate.core.records import Kind, Record
from hushgate.core.rows import unallowed_bytes
from hushgate.core.settings import FAIL_CHOICES, Cause, Fail
from hushgate.core.trace import Direction

UNKNOWN_ROLE = "unknown"
_ROLES = frozenset({*Role, UNKNOWN_ROLE})

MOST_CAUSES = 32
"""Distinct causes of errors that get a series of their own; later ones count as ``other``."""

HOLD_BUCKETS = (0.3, 1.0, 2.0, 10.0, 20.0, 60.0)
"""Seconds: keep-alives and small uploads, reports, the longest judgement; the delay limit is 20."""

_DIRECTIONS = {Direction.UP: "upload", Direction.DOWN: "download"}
_OVERRIDES = frozenset({Reason.OVERRIDE_OPEN, Reason.OVERRIDE_CLOSED, Reason.OVERRIDE_PAUSED})
_KINDS = {
    Kind.UTTERANCE: ("utterance", "Uploads with the shape of speech"),
    Kind.UPLOAD: ("upload", "Other uploads that were refused or ended"),
    Kind.BURST: ("burst", "Other uploads that went their way"),
}

# What utterances can be expected to meet; rarer pairs appear when they first happen. The dashboards
# add up what was stopped, allowed and only observed of each speaker, so each has all three.
_USUAL = (
    (Verdict.ACCEPT, Reason.WINDOW_OPEN),
    (Verdict.ACCEPT, Reason.WINDOW_CLOSED),
    (Verdict.DROP, Reason.WINDOW_CLOSED),
)
# Most speakers are never in delay: an eighth of the page at the start.
_USUAL_IN_DELAY = (
    (Verdict.ACCEPT, Reason.DELAY_ALLOWED),
    (Verdict.DROP, Reason.DELAY_EXPIRED),
)


class Metrics:
    """Holds every number; fed from the addon's loop, exposed from any thread."""

    def __init__(self, devices: Sequence[DeviceId]) -> None:
        # Halves the page; every count starts with the process, whose start is given.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._devices: frozenset[str] = frozenset()
        self._causes: set[str] = set()
        self._make_record_metrics()
        self._make_policy_metrics()
        self._make_list_metrics()
        self._make_health_metrics()
        self._readings = ReadingsCollector(lambda: self._devices)
        self.registry.register(self._readings)
        ProcessCollector(registry=self.registry)
        self.set_devices(devices)

    def watch(self, read: Callable[[], Readings]) -> None:
        """Take gate, flows, holds and ledger from ``read`` at each scrape."""
        self._readings.read = read

    def record(self, record: Record, *, row: int | None = None) -> None:
        """Count a record; ``row`` is its id in the ledger and becomes the exemplar."""
        device = self._known(record.device)
        role = record.role if record.role in _ROLES else UNKNOWN_ROLE
        labels = (device, role, record.verdict, record.reason)
        exemplar = None if row is None else {"ledger_row": str(row)}
        count, size, left = self._by_kind[record.kind]
        count.labels(*labels).inc(exemplar=exemplar)
        if record.reason is not Reason.OVER_BUDGET:  # that is the sum of bytes counted before
            size.labels(*labels).inc(record.size)
            left.labels(*labels).inc(record.left)
        if record.held_seconds:
            outcome = "released" if record.verdict is Verdict.ACCEPT else "discarded"
            self._holds.labels(device, outcome).observe(record.held_seconds, exemplar)
        unallowed = unallowed_bytes(record.kind, record.voice, record.reason, record.left)
        if unallowed:
            self._unallowed.labels(device).inc(unallowed, exemplar)
        if record.kind is Kind.UTTERANCE:
            self._last.labels(device, record.verdict).set_to_current_time()
        if record.speech_seconds:
            self._speech_seconds.labels(device, record.verdict).inc(record.speech_seconds)
        if record.accidental:
            self._accidental.labels(device).inc(exemplar=exemplar)

    def add_bytes(self, device: DeviceId, direction: Direction, size: int) -> None:
        """Count payload bytes of a speaker's connection; called for each chunk."""
        self._bytes.labels(self._known(device), _DIRECTIONS[direction]).inc(size)

    def set_ruling(self, device: DeviceId, ruling: Ruling) -> None:
        """Say what is in force for a device's voice, and until when."""
        label = self._known(device)
        if ruling.voice is Voice.DELAY:
            self._expect(label, _USUAL_IN_DELAY)
        for voice in Voice:
            self._voice.labels(label, voice).set(voice is ruling.voice)
        self._allowed.labels(label).set(ruling.voice is Voice.ALLOWED)
        self._next_change.labels(label).set(ruling.until.timestamp() if ruling.until else 0)
        self._override_active.labels(label).set(ruling.reason in _OVERRIDES)

    def override(self, device: DeviceId, wish: Wish) -> None:
        """Count an allow, block or pause by the owner."""
        self._overrides.labels(self._known(device), wish).inc()

    def policy_loaded(self, revision: int, at: datetime) -> None:
        """A policy is in force."""
        self._reloads.labels("ok").inc()
        self._reload_ok.set(1)
        self._reload_time.set(at.timestamp())
        self._revision.set(revision)

    def policy_rejected(self) -> None:
        """A changed configuration was refused; the old policy stays in force."""
        self._reloads.labels("rejected").inc()
        self._reload_ok.set(0)

    def error(self, cause: str) -> None:
        """Count a failure by its slug."""
        if cause not in self._causes:
            if len(self._causes) >= MOST_CAUSES:
                cause = "other"
            self._causes.add(cause)
        self._errors.labels(cause).inc()

    def fail_policy(self, cause: Cause, outcome: Fail, times: int = 1) -> None:
        """Count uses of the fail policy: traffic passed, or was refused, undecided."""
        self._fail_policy.labels(cause, outcome).inc(times)

    def set_clock_trusted(self, *, trusted: bool) -> None:
        """Say whether the wall clock can be trusted."""
        self._clock_trusted.set(trusted)

    def set_problems(self, count: int) -> None:
        """Say how many reasons there are not to be sure that speakers are guarded."""
        self._problems.set(count)

    def set_unknown_speakers(self, count: int) -> None:
        """Say how many clients look like speakers but are not in the configuration."""
        self._unknown_speakers.set(count)

    def set_list(self, name: str, *, entries: int, fetched: datetime | None) -> None:
        """Say how big a blocklist is and when it last came from its source."""
        self._list_entries.labels(name).set(entries)
        self._list_time.labels(name).set(fetched.timestamp() if fetched else 0)
        self._list_errors.labels(name)

    def list_failed(self, name: str) -> None:
        """Count a fetch of a blocklist that failed."""
        self._list_errors.labels(name).inc()

    def set_devices(self, devices: Iterable[DeviceId]) -> None:
        """Take over the configured devices: new ones start at 0, states of gone ones vanish."""
        wanted = frozenset({*devices, UNKNOWN_DEVICE})
        for gone in self._devices - wanted:
            for gauge in (self._allowed, self._next_change, self._override_active):
                gauge.remove(gone)
            for voice in Voice:
                self._voice.remove(gone, voice)
        for new in sorted(wanted - self._devices):
            self._create_at_zero(new)
        self._devices = wanted

    def expose(self, accept: str | None) -> tuple[str, bytes]:
        """Give (content type, body) in the format the scraper asks for."""
        chosen: tuple[Callable[..., bytes], str] = choose_encoder(accept or "")
        encode, content_type = chosen
        # Every name here is plain ASCII: looking for what to escape would take half of the time.
        return content_type, encode(self.registry, escaping=ALLOWUTF8)

    def _known(self, device: DeviceId) -> str:
        return device if device in self._devices else UNKNOWN_DEVICE

    def _create_at_zero(self, device: str) -> None:
        self._expect(device, _USUAL)
        for verdict in (Verdict.ACCEPT, Verdict.DROP):
            self._speech_seconds.labels(device, verdict)
            self._last.labels(device, verdict)
        for direction in _DIRECTIONS.values():
            self._bytes.labels(device, direction)
        for outcome in ("released", "discarded"):
            self._holds.labels(device, outcome)
        self._unallowed.labels(device)
        self._accidental.labels(device)
        if device == UNKNOWN_DEVICE:
            return  # has no schedule, and nobody can allow it
        for wish in Wish:
            self._overrides.labels(device, wish)
        for gauge in (self._allowed, self._next_change, self._override_active):
            gauge.labels(device)
        for voice in Voice:
            self._voice.labels(device, voice)

    def _expect(self, device: str, pairs: Iterable[tuple[Verdict, Reason]]) -> None:
        for verdict, reason in pairs:
            for counter in self._by_kind[Kind.UTTERANCE]:
                counter.labels(device, Role.VOICE, verdict, reason)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"hushgate_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"hushgate_{name}", text, labels, registry=self.registry)

    def _make_record_metrics(self) -> None:
        labels = ("device", "role", "verdict", "reason")
        self._by_kind = {
            kind: (
                self._counter(f"{name}s", f"{what}.", *labels),
                self._counter(f"{name}_bytes", f"{what}: bytes.", *labels),
                self._counter(f"{name}_left_bytes", f"{what}: bytes that left.", *labels),
            )
            for kind, (name, what) in _KINDS.items()
        }
        self._unallowed = self._counter(
            "unallowed_speech_bytes",
            "Bytes of utterances that left while voice was blocked for a guarded device.",
            "device",
        )
        self._last = self._gauge(
            "last_utterance_timestamp_seconds",
            "When an utterance was last recorded; 0: not since the start.",
            "device",
            "verdict",
        )
        self._speech_seconds = self._counter(
            "speech_seconds", "Estimated seconds somebody spoke.", "device", "verdict"
        )
        self._accidental = self._counter(
            "accidental_utterances", "Utterances after a probable accidental wake-up.", "device"
        )
        self._holds = Histogram(
            "hushgate_hold_seconds",
            "Longest time a byte of an upload was held.",
            ("device", "outcome"),
            buckets=HOLD_BUCKETS,
            registry=self.registry,
        )
        self._bytes = self._counter(
            "payload_bytes", "Payload bytes of speakers' connections.", "device", "direction"
        )

    def _make_policy_metrics(self) -> None:
        self._voice = self._gauge(
            "voice_state", "1 for what is in force for a device's voice.", "device", "state"
        )
        self._allowed = self._gauge("voice_allowed", "1 while voice is allowed.", "device")
        self._next_change = self._gauge(
            "voice_next_change_timestamp_seconds",
            "When that changes by itself; 0: not within the horizon.",
            "device",
        )
        self._override_active = self._gauge(
            "override_active",
            "1 while an allow, block or pause by the owner is in force.",
            "device",
        )
        self._overrides = self._counter(
            "overrides", "Allows, blocks and pauses by the owner.", "device", "action"
        )
        self._revision = self._gauge("policy_revision", "Revision of the policy in force.")
        self._reloads = self._counter(
            "policy_reloads", "Configurations read, by whether they were taken.", "result"
        )
        for result in ("ok", "rejected"):
            self._reloads.labels(result)
        self._reload_ok = self._gauge(
            "policy_last_reload_successful", "1 if the last configuration read was taken."
        )
        self._reload_time = self._gauge(
            "policy_last_reload_success_timestamp_seconds", "When a configuration was last taken."
        )

    def _make_list_metrics(self) -> None:
        self._list_entries = self._gauge("list_entries", "Entries of a blocklist.", "list")
        self._list_time = self._gauge(
            "list_last_success_timestamp_seconds",
            "When a blocklist last came from its source; 0: never.",
            "list",
        )
        self._list_errors = self._counter("list_errors", "Fetches of a list that failed.", "list")

    def _make_health_metrics(self) -> None:
        self._gauge("addon_up", "1: the addon answers this scrape.").set(1)
        self._clock_trusted = self._gauge("clock_trusted", "1 while the wall clock is trusted.")
        self._clock_trusted.set(1)
        self._problems = self._gauge(
            "problems", "What hushgate status calls a problem; 0: it says guarding."
        )
        self._unknown_speakers = self._gauge(
            "unknown_speakers", "Clients that look like speakers but are not configured."
        )
        self._errors = self._counter("errors", "Failures by cause.", "cause")
        self._fail_policy = self._counter(
            "fail_policy", "Traffic passed or refused undecided.", "cause", "outcome"
        )
        for cause, outcomes in FAIL_CHOICES.items():
            for outcome in outcomes:
                self._fail_policy.labels(cause, outcome)
        build = self._gauge("build_info", "Versions; always 1.", "version", "python", "mitmproxy")
        build.labels(__version__, platform.python_version(), version("mitmproxy")).set(1)
