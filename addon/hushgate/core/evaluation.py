"""Score the judge: commands stopped and missed, other bursts stopped by mistake, bytes gone, holds.

In: trials of recordings. Out: tallies by source, device, label, basis and connection. Rules:

- Who marked a command is kept apart: the authors of the recording (`authors`), or a rule that looks
  at whole bursts and so flatters the judge (`shape`).
- The bytes of a command are those of its bursts that were judged speech; if none was, those of its
  largest burst.
- A keep-alive less than a second before an utterance falls inside the marks. It is no speech: a
  tiny run that stands alone, on a flow that sends tiny runs alone elsewhere, is counted apart.
- Marks end at a second of quiet. A burst judged speech that ends within `SPLIT` seconds before a
  marked one of its flow is the start of that utterance, held up by a stalled link: counted apart.
- Where nobody says when somebody spoke, a burst judged speech is neither right nor wrong.
- Where connections cannot be told apart, bytes gone may be anybody's: counted apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import sqrt
from typing import Any, Final, NamedTuple

from hushgate.core.trace import Cut, Marks, Trace
from hushgate.core.trial import LONE_SIZE, Trial, Tried

Z_95: Final = 1.96
SPLIT: Final = 2.0


class Group(NamedTuple):
    """What is told apart in the table."""

    source: str
    device: str
    label: str
    basis: str
    connection: str


@dataclass(slots=True)
class Tally:
    """Counts of one group."""

    commands: int = 0
    stopped: int = 0
    leaks: list[int] = field(default_factory=list)
    """Bytes gone, by command; 0 where nothing did."""
    keepalives: int = 0
    """Commands with a keep-alive inside the marks that was let go."""
    keepalive_bytes: int = 0
    unattributed: int = 0
    """Bytes gone where connections cannot be told apart."""
    split_starts: int = 0
    other: int = 0
    wrongly_stopped: int = 0
    unclear: int = 0
    """Judged speech where nobody says when somebody spoke."""
    holds: list[float] = field(default_factory=list)
    """Longest wait of each released burst, seconds."""
    tiny_holds: list[float] = field(default_factory=list)
    """The same of keep-alives: released bursts of at most 150 bytes."""
    held_max: int = 0
    recount: bool = False
    """The same commands are counted in another group, on another basis."""

    def add(self, tally: "Tally") -> None:
        """Add the counts of another group."""
        self.commands += tally.commands
        self.stopped += tally.stopped
        self.leaks += tally.leaks
        self.keepalives += tally.keepalives
        self.keepalive_bytes += tally.keepalive_bytes
        self.unattributed += tally.unattributed
        self.split_starts += tally.split_starts
        self.other += tally.other
        self.wrongly_stopped += tally.wrongly_stopped
        self.unclear += tally.unclear
        self.holds += tally.holds
        self.tiny_holds += tally.tiny_holds
        self.held_max = max(self.held_max, tally.held_max)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers as the evaluation prints them."""
        return {
            "commands": self.commands,
            "stopped": self.stopped,
            "stopped_interval": wilson(self.stopped, self.commands),
            "missed": self.commands - self.stopped,
            "commands_measured": len(self.leaks),
            "leaked_bytes": sum(self.leaks),
            "leaked_bytes_max": max(self.leaks, default=0),
            "commands_leaking": sum(1 for leak in self.leaks if leak),
            "commands_with_keepalive": self.keepalives,
            "keepalive_bytes": self.keepalive_bytes,
            "unattributed_bytes": self.unattributed,
            "split_starts": self.split_starts,
            "other": self.other,
            "wrongly_stopped": self.wrongly_stopped,
            "wrongly_stopped_interval": wilson(self.wrongly_stopped, self.other),
            "unclear": self.unclear,
            "hold_ms": percentiles(self.holds),
            "keepalive_hold_ms": percentiles(self.tiny_holds),
            "held_bytes_max": self.held_max,
        }


@dataclass(slots=True)
class Evaluation:
    """Tallies by group, and the cost of judging."""

    groups: dict[Group, Tally] = field(default_factory=dict)
    chunks: int = 0
    seconds: float = 0.0

    def add(self, trace: Trace, trial: Trial) -> None:
        """Count one recording."""
        self.chunks += trial.chunks
        self.seconds += trial.seconds
        if trace.marks is Marks.UNKNOWN and trace.cuts:
            self._add_cuts(trace, trial)
            in_cuts = [tried for tried in trial.bursts if _in_any(tried, trace.cuts)]
            self._add_others(trace, trial, in_cuts)
            return
        if trace.marks is not Marks.UNUSABLE:
            tally = self._tally(trace, "voice")
            _count_marked(tally, trial, mixed=trace.mixed)
            self._add_others(trace, trial, [tried for tried in trial.bursts if tried.marked])
        if trace.cuts:
            self._add_cuts(trace, trial).recount = True

    def _add_cuts(self, trace: Trace, trial: Trial) -> Tally:
        tally = self._tally(trace, "voice", Marks.AUTHORS)
        for cut in trace.cuts:
            _count_command(tally, trial, [tried for tried in trial.bursts if _overlaps(tried, cut)])
        return tally

    def _add_others(self, trace: Trace, trial: Trial, spoken: Sequence[Tried]) -> None:
        """Count the bursts of a recording but for those in which somebody `spoke`."""
        voice = {tried.flow for tried in spoken if tried.marked or tried.is_speech}
        known = trace.marks is not Marks.UNKNOWN or bool(trace.cuts)
        for tried in trial.bursts:
            tally = self._tally(trace, "voice" if tried.flow in voice else "other")
            tally.held_max = max(tally.held_max, tried.held_max)
            if any(tried is other for other in spoken):
                continue
            if tried.is_speech and _is_split(tried, spoken):
                tally.split_starts += 1
            else:
                _count_other(tally, tried, known=known)

    def total(self) -> Tally:
        """Give all groups together; commands known on two bases count once."""
        total = Tally()
        for tally in self.groups.values():
            if not tally.recount:
                total.add(tally)
        return total

    def to_json(self) -> dict[str, Any]:
        """Give the whole evaluation as the evaluation prints it."""
        groups = [
            {**group._asdict(), "recount": tally.recount, **tally.to_json()}
            for group, tally in sorted(self.groups.items())
            if tally.commands or tally.other
        ]
        per_chunk = 1e6 * self.seconds / self.chunks if self.chunks else 0.0
        total = self.total().to_json()
        return {
            "groups": groups,
            "total": total,
            "chunks": self.chunks,
            "microseconds_per_chunk": round(per_chunk, 2),
        }

    def _tally(self, trace: Trace, connection: str, basis: Marks | None = None) -> Tally:
        by_shape = trace.marks is Marks.SHAPE
        basis = basis or (Marks.SHAPE if by_shape else Marks.AUTHORS)
        group = Group(trace.source, trace.device, trace.label, basis, connection)
        return self.groups.setdefault(group, Tally())


def _count_marked(tally: Tally, trial: Trial, *, mixed: bool) -> None:
    numbers = sorted({number for tried in trial.bursts for number in tried.marked})
    for number in numbers:
        bursts = [tried for tried in trial.bursts if number in tried.marked]
        _count_command(tally, trial, bursts, number)
        if mixed:
            tally.unattributed += tally.leaks.pop()


def _count_command(
    tally: Tally, trial: Trial, bursts: Sequence[Tried], number: int | None = None
) -> None:
    """Count one command, by its mark or else by all bytes of its bursts."""
    tally.commands += 1
    stopped = [tried for tried in bursts if tried.is_speech]
    tally.stopped += bool(stopped)
    leaked = 0
    keepalive = 0
    largest = sorted(bursts, key=lambda tried: tried.burst.size)[-1:]
    for tried in stopped or largest:
        left = tried.left if number is None else tried.marked_left[number]
        if tried.lead_left and trial.lone.get(tried.flow):
            keepalive += min(tried.lead_left, left)
        leaked += left
    tally.leaks.append(leaked - keepalive)
    tally.keepalives += bool(keepalive)
    tally.keepalive_bytes += keepalive


def _is_split(tried: Tried, spoken: Sequence[Tried]) -> bool:
    end = tried.burst.end
    return any(
        other.flow == tried.flow and end < other.burst.start <= end + SPLIT for other in spoken
    )


def _count_other(tally: Tally, tried: Tried, *, known: bool) -> None:
    tally.other += 1
    if tried.is_speech:
        tally.wrongly_stopped += known
        tally.unclear += not known
    elif tried.left:
        tally.holds.append(tried.burst.held_seconds)
        if tried.burst.size <= LONE_SIZE:
            tally.tiny_holds.append(tried.burst.held_seconds)


def _in_any(tried: Tried, cuts: Sequence[Cut]) -> bool:
    return any(_overlaps(tried, cut) for cut in cuts)


def _overlaps(tried: Tried, cut: Cut) -> bool:
    return tried.burst.start <= cut.end and tried.burst.end >= cut.start


def wilson(hits: int, count: int) -> tuple[float, float] | None:
    """Give the 95 % Wilson score interval of a share; None of nothing."""
    if not count:
        return None
    share = hits / count
    square = Z_95 * Z_95
    middle = share + square / (2 * count)
    spread = Z_95 * sqrt(share * (1 - share) / count + square / (4 * count * count))
    scale = 1 + square / count
    return (
        max(0.0, round((middle - spread) / scale, 5)),
        min(1.0, round((middle + spread) / scale, 5)),
    )


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Give p50, p90, p99 and the maximum in milliseconds (nearest rank)."""
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": 0.0, "p90": 0.0, "p99": 0.0, "max": 0.0}
    ranks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    count = len(ordered)
    return {
        name: round(1000 * ordered[max(0, -int(-rank * count // 1) - 1)], 1)
        for name, rank in ranks.items()
    }


def half_of(trace: Trace) -> int:
    """Say in which half a recording is: thresholds are chosen on 1 and reported on 2."""
    return 1 + sha256((trace.name or trace.path).encode()).digest()[0] % 2
