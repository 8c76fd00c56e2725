"""Draw what the judge did: bytes of an upload over time, those held, and the judgement."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hushgate.core.errors import Complaint, ConfigError, UnavailableError
from hushgate.core.hold import Hold
from hushgate.core.model import Instant
from hushgate.core.trace import Direction, Trace, TraceEvent

BEFORE: Final = 3.0
AFTER: Final = 8.0

type Curve = list[tuple[float, int]]


def plot_traces(traces: Sequence[Trace], path: Path) -> None:
    """Draw the first command of each trace, one below the other."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise UnavailableError("plots need matplotlib: install hushgate[analysis]") from error
    if not traces:
        raise ConfigError(Complaint("nothing to plot: no recording here has a marked command"))
    figure, rows = pyplot.subplots(len(traces), 1, figsize=(9, 2.4 * len(traces)), squeeze=False)
    for axes, trace in zip(rows[:, 0], traces, strict=True):
        sent, held, judged = _follow(trace)
        axes.step(
            *zip(*sent, strict=True),
            where="post",
            linewidth=4,
            alpha=0.4,
            label="uploaded by the speaker",
        )
        axes.step(*zip(*held, strict=True), where="post", label="held back")
        if judged is not None:
            axes.axvline(judged, linestyle="--", color="tab:red", label="judged speech")
        axes.set_title(f"{trace.device}: {trace.name}", fontsize=9)
        axes.set_ylabel("bytes")
        axes.legend(loc="upper left", fontsize=7)
    rows[-1, 0].set_xlabel("seconds since the utterance began")
    figure.tight_layout()
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise ConfigError(Complaint(f"cannot be written: {error}", str(path))) from error
    finally:
        pyplot.close(figure)


def _follow(trace: Trace) -> tuple[Curve, Curve, float | None]:
    """Give bytes uploaded and bytes held over time around the first command, and its judgement."""
    events = [event for event in trace.events if event.direction is Direction.UP]
    first = next(event for event in events if event.speech)
    zero = first.at
    hold = Hold()
    sent: Curve = [(-BEFORE, 0)]
    held: Curve = [(-BEFORE, 0)]
    judged: float | None = None
    wake: Instant | None = None
    for event in _around(events, first):
        while wake is not None and wake <= event.at:
            step = hold.due(wake)
            held.append((wake - zero, hold.held))
            wake = step.wake
        step = hold.upload(event.size, event.at, event.records)
        wake = step.wake
        sent.append((event.at - zero, sent[-1][1] + event.size))
        held.append((event.at - zero, hold.held))
        if judged is None and hold.retained:
            judged = event.at - zero
    return sent, held, judged


def _around(events: Sequence[TraceEvent], first: TraceEvent) -> list[TraceEvent]:
    start, end = first.at - BEFORE, first.at + AFTER
    return [event for event in events if event.flow == first.flow and start <= event.at <= end]
