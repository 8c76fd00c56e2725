"""Sums of the ledger for people: rows and a span of time in, one immutable report out.

Rules. Days and hours are those of the house's clock. Endpoints stand together by the domain that
somebody registered; what that is the caller knows. An utterance is counted once, by what became
of it. Bytes are those of the ledger: voice, and uploads that were refused or ended; what else a
speaker sent is in the metrics only.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId, Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.rows import Row

MOST_ENDPOINTS = 10
"""Endpoints listed per device; the rest is summed up."""

REST = "all others"


class Fate(StrEnum):
    """What became of an utterance."""

    ALLOWED = "allowed"
    """It left within the speaker's hours, or the owner let it."""
    STOPPED = "stopped"
    """None of it left that should not have."""
    WATCHED = "watched"
    """It left outside the hours of a speaker that is only observed."""
    ESCAPED = "escaped"
    """Some of it left although voice was blocked."""


def fate_of(row: Row) -> Fate:
    """Say what became of an utterance."""
    if row.unallowed:
        return Fate.ESCAPED
    if row.verdict is not Verdict.ACCEPT:
        return Fate.STOPPED
    return Fate.WATCHED if row.voice is Voice.OBSERVE else Fate.ALLOWED


@dataclass(frozen=True, slots=True)
class EndpointSum:
    """Voice and refused uploads towards one endpoint."""

    endpoint: str
    domain: str
    """The part of its name that somebody registered."""
    size: int
    left: int


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """One speaker in a span of time."""

    device: DeviceId
    name: str
    """The newest name it had."""
    utterances: dict[Fate, int]
    speech_seconds: dict[Fate, float]
    inside: int
    """Utterances that began while voice was allowed."""
    inside_seconds: float
    """How long somebody spoke in them."""
    outside: int
    """Utterances that began while it was not."""
    outside_seconds: float
    accidental: int
    """Utterances that probably nobody meant for the speaker; an estimate."""
    escaped_bytes: int
    refused: int
    """Connections refused, and other uploads ended."""
    over_budget: int
    """How often it had sent more than a speaker at rest does, though its voice could not leave."""
    endpoints: tuple[EndpointSum, ...]
    """Those of a domain together; by bytes that left, most first."""
    by_day: dict[str, dict[Fate, int]]
    """Utterances by local date."""
    by_hour: tuple[tuple[int, ...], ...]
    """Utterances by weekday (Monday first) and local hour."""


@dataclass(frozen=True, slots=True)
class Report:
    """All speakers in ``[since, until)``."""

    since: datetime
    until: datetime
    zone: str
    devices: tuple[DeviceReport, ...]
    found: Mapping[str, str]
    """Speakers that were found though nobody named them: hardware address, name."""


@dataclass(slots=True)
class _Sums:
    """What adds up while rows are read."""

    name: str = ""
    utterances: Counter[Fate] = field(default_factory=Counter)
    speech_seconds: dict[Fate, float] = field(default_factory=lambda: dict.fromkeys(Fate, 0.0))
    inside: int = 0
    inside_seconds: float = 0.0
    accidental: int = 0
    escaped_bytes: int = 0
    refused: int = 0
    over_budget: int = 0
    sizes: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    by_day: defaultdict[str, Counter[Fate]] = field(default_factory=lambda: defaultdict(Counter))
    by_hour: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])


def summarize(
    rows: Iterable[Row],
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    domain_of: Callable[[str], str] = str,
) -> Report:
    """Sum rows up, oldest first; rows outside the span are the caller's mistake, not checked.

    Args:
        rows: Of the ledger.
        since: Where the span begins.
        until: Where it ends.
        zone: Of the house's clock.
        domain_of: Gives the registered domain of a name; without it each name is its own.
    """
    sums: defaultdict[DeviceId, _Sums] = defaultdict(_Sums)
    found: dict[str, str] = {}
    for row in rows:
        if row.kind is Kind.FOUND:
            found[row.endpoint] = row.name
            continue
        _add(sums[row.device], row, zone)
    local = since.astimezone(zone), until.astimezone(zone)
    days = tuple(_days(*local))
    devices = tuple(_device(device, each, days, domain_of) for device, each in sorted(sums.items()))
    return Report(*local, zone.key, devices, found)


def _days(since: datetime, until: datetime) -> Iterator[str]:
    """Yield every local date of a span, also those on which nothing happened."""
    last = (until - timedelta(microseconds=1)).date()
    for number in range((last - since.date()).days + 1):
        yield (since.date() + timedelta(days=number)).isoformat()


def _add(sums: _Sums, row: Row, zone: ZoneInfo) -> None:
    sums.name = row.name
    if row.reason is Reason.OVER_BUDGET:
        # Nothing was refused, and its bytes are a night's, not those of one endpoint.
        sums.over_budget += row.verdict is Verdict.ACCEPT
        return
    sums.sizes[row.endpoint] += row.size
    sums.left[row.endpoint] += row.left
    if row.kind is not Kind.UTTERANCE:
        sums.refused += 1
        return
    fate, local = fate_of(row), row.time.astimezone(zone)
    sums.utterances[fate] += 1
    sums.speech_seconds[fate] += row.speech_seconds or 0.0
    if row.voice is Voice.ALLOWED:
        sums.inside += 1
        sums.inside_seconds += row.speech_seconds or 0.0
    sums.accidental += row.accidental is not None
    sums.escaped_bytes += row.unallowed
    sums.by_day[local.date().isoformat()][fate] += 1
    sums.by_hour[local.weekday()][local.hour] += 1


def _device(
    device: DeviceId, sums: _Sums, days: Iterable[str], domain_of: Callable[[str], str]
) -> DeviceReport:
    return DeviceReport(
        device=device,
        name=sums.name,
        utterances={fate: sums.utterances[fate] for fate in Fate},
        speech_seconds={fate: round(sums.speech_seconds[fate], 1) for fate in Fate},
        inside=sums.inside,
        inside_seconds=round(sums.inside_seconds, 1),
        outside=sums.utterances.total() - sums.inside,
        outside_seconds=round(sum(sums.speech_seconds.values()) - sums.inside_seconds, 1),
        accidental=sums.accidental,
        escaped_bytes=sums.escaped_bytes,
        refused=sums.refused,
        over_budget=sums.over_budget,
        endpoints=_endpoints(sums, domain_of),
        by_day={day: {fate: sums.by_day[day][fate] for fate in Fate} for day in days},
        by_hour=tuple(tuple(hours) for hours in sums.by_hour),
    )


def _endpoints(sums: _Sums, domain_of: Callable[[str], str]) -> tuple[EndpointSum, ...]:
    every = [
        EndpointSum(name, domain_of(name.rpartition(":")[0] or name), size, sums.left[name])
        for name, size in sums.sizes.items()
    ]
    every.sort(key=_weight)
    first, rest = every[:MOST_ENDPOINTS], every[MOST_ENDPOINTS:]
    domains = {each.domain: rank for rank, each in reversed(list(enumerate(first)))}
    first.sort(key=lambda each: domains[each.domain])  # stable: within one the most stays first
    if rest:
        size, left = (sum(getattr(each, part) for each in rest) for part in ("size", "left"))
        first.append(EndpointSum(REST, REST, size, left))
    return tuple(first)


def _weight(endpoint: EndpointSum) -> tuple[int, int, str]:
    return -endpoint.left, -endpoint.size, endpoint.endpoint


def by_domain(device: DeviceReport) -> Iterator[tuple[EndpointSum, list[EndpointSum]]]:
    """Yield each registered domain with its sum, and the endpoints of it."""
    for domain, group in groupby(device.endpoints, key=lambda each: each.domain):
        members = list(group)
        size, left = sum(each.size for each in members), sum(each.left for each in members)
        yield EndpointSum(domain, domain, size, left), members
