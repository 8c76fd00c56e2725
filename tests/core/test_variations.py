"""Recordings made harder keep their bytes and their order."""

import itertools
from collections.abc import Sequence

import pytest

from hushgate.core.model import FlowKey
from hushgate.core.trace import Direction, Marks, Trace, TraceEvent
from hushgate.core.trial import try_trace
from hushgate.core.variations import (
    CHANGES,
    Change,
    Pieces,
    cut_pieces,
    make_speech,
    make_synthetic,
    vary,
)
from tests.core.test_trial import OTHER, VOICE, up, utterance

EVENTS = sorted(
    [up(VOICE, 0.0, 41), *utterance(1.0), *(up(OTHER, 0.3 * n, 600) for n in range(20))],
    key=lambda event: event.at,
)


def bytes_of(events: Sequence[TraceEvent], flow: FlowKey) -> int:
    return sum(event.size for event in events if event.flow == flow)


@pytest.mark.parametrize("change", [pytest.param(CHANGES[name], id=name) for name in CHANGES])
def test_variations_stay_in_order_and_lose_nothing(change: Change) -> None:
    trace = Trace("", "made", "echo", "voice", iter(()), name="one")
    changed = list(vary(trace, "name", EVENTS, change).events)
    for flow in (VOICE, OTHER):
        times = [event.at for event in changed if event.flow == flow]
        assert times == sorted(times)
        assert bytes_of(changed, flow) >= bytes_of(EVENTS, flow)
    again = list(vary(trace, "name", EVENTS, change).events)
    assert changed == again


def test_a_lost_segment_holds_up_all_behind_it() -> None:
    trace = Trace("", "made", "echo", "voice", iter(()), name="one")
    changed = vary(trace, "5 % loss", EVENTS, CHANGES["5 % loss, retransmitted"]).events
    late = [event for event, before in zip(changed, EVENTS, strict=True) if event.at > before.at]
    assert late


def test_a_link_that_stalls_sends_all_at_once_afterwards() -> None:
    trace = Trace("", "made", "echo", "voice", iter(()), name="one")
    changed = list(vary(trace, "stalls", utterance(1.0), CHANGES["stalls of 0.4 s"]).events)
    gaps = [later.at - event.at for event, later in itertools.pairwise(changed)]
    assert max(gaps) >= 0.38
    assert all(event.at < 1.0 + 3.0 + 0.4 for event in changed)


def test_pieces_are_the_marked_utterances_and_the_reports_of_their_connection() -> None:
    report = [up(VOICE, 9.0, 5_000), up(VOICE, 9.5, 5_000)]
    trace = Trace("", "s", "d", "voice", iter([*utterance(1.0), *report]), marks=Marks.SHAPE)
    pieces = cut_pieces([trace])
    assert [len(piece) for piece in pieces.utterances] == [100]
    assert [[event.at for event in piece] for piece in pieces.reports] == [[0.0, 0.5]]


def test_spliced_speech_follows_its_report() -> None:
    pieces = Pieces([utterance(0.0)], [[up(VOICE, 0.0, 5_000), up(VOICE, 0.5, 5_000)]])
    traces = {trace.source: trace for trace in make_synthetic(pieces)}
    events = list(traces["speech 0.2 to 0.5 s after a report"].events)
    marked = [event for event in events if event.speech]
    assert 0.7 <= marked[0].at <= 1.0
    assert len(events) == len(marked) + 2


def test_without_recordings_only_the_codecs_are_made() -> None:
    names = [trace.source for trace in make_synthetic(Pieces([], []))]
    assert names == [*(f"frames at {n} kbit/s" for n in (8, 16, 24, 32, 64)), "PCM, 256 kbit/s"]


def test_made_speech_has_the_rate_of_its_codec() -> None:
    events = list(make_speech("opus", kilobits=32, count=20).events)
    assert all(event.direction is Direction.UP for event in events)
    first = [event for event in events if event.speech == 1]
    frames = [event.at for event in first[-20:]]
    frame = (frames[-1] - frames[0]) / 19
    payload = sum(event.size - 38 for event in first[-20:]) / (20 * frame)
    assert payload == pytest.approx(32 * 125, rel=0.25)


def test_made_speech_is_stopped() -> None:
    assert all(tried.is_speech for tried in try_trace(make_speech("opus", 24, 10)).bursts)
