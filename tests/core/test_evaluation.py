"""What counts as stopped, missed, gone and wrongly stopped."""

import pytest

from hushgate.core.evaluation import Evaluation, Group, half_of, percentiles, wilson
from hushgate.core.model import Instant
from hushgate.core.trace import Cut, Marks, Trace, TraceEvent
from hushgate.core.trial import try_trace
from tests.core.test_trial import OTHER, VOICE, up, utterance


def evaluate(
    *events: TraceEvent, marks: Marks = Marks.SHAPE, cuts: tuple[Cut, ...] = (), mixed: bool = False
) -> Evaluation:
    trace = Trace("", "made", "echo", "voice", iter(events), marks=marks, cuts=cuts, mixed=mixed)
    evaluation = Evaluation()
    evaluation.add(trace, try_trace(trace))
    return evaluation


def test_commands_and_other_bursts_are_counted_by_connection() -> None:
    evaluation = evaluate(*utterance(0.0), up(VOICE, 10.0, 60), up(OTHER, 11.0, 500))
    voice = evaluation.groups[Group("made", "echo", "voice", "shape", "voice")]
    other = evaluation.groups[Group("made", "echo", "voice", "shape", "other")]
    assert (voice.commands, voice.stopped, voice.leaks, voice.other) == (1, 1, [0], 1)
    assert (other.commands, other.other, other.wrongly_stopped) == (0, 1, 0)
    assert other.holds == [pytest.approx(0.28)]


def test_a_command_that_never_looked_like_speech_is_missed_and_all_of_it_is_gone() -> None:
    total = evaluate(up(VOICE, 0.0, 400, 1), up(VOICE, 9.0, 300, 1)).total().to_json()
    assert (total["commands"], total["missed"]) == (1, 1)
    assert (total["leaked_bytes"], total["commands_leaking"]) == (400, 1)


def test_speech_without_a_mark_is_a_wrong_stop() -> None:
    total = evaluate(*utterance(0.0, number=0)).total()
    assert (total.other, total.wrongly_stopped) == (1, 1)


def test_speech_without_a_mark_is_unclear_where_nobody_marked() -> None:
    total = evaluate(*utterance(0.0, number=0), marks=Marks.UNKNOWN).total()
    assert (total.other, total.wrongly_stopped, total.unclear) == (1, 0, 1)


def test_unmarked_bursts_are_no_proof_where_the_marks_do_not_fit() -> None:
    assert evaluate(*utterance(0.0, number=0), marks=Marks.UNUSABLE).total().other == 0


def test_a_keep_alive_inside_the_marks_is_counted_apart() -> None:
    ping = [up(VOICE, 0.0, 41), up(VOICE, 9.5, 41, 1)]
    total = evaluate(*ping, *utterance(10.0)).total()
    assert (total.leaks, total.keepalives, total.keepalive_bytes) == ([0], 1, 41)


def test_a_tiny_run_on_a_flow_without_keep_alives_is_gone() -> None:
    total = evaluate(up(VOICE, 9.5, 41, 1), *utterance(10.0)).total()
    assert (total.leaks, total.keepalives) == ([41], 0)


def test_a_start_that_the_marks_cut_off_is_no_wrong_stop() -> None:
    total = evaluate(*utterance(0.0, number=0), *utterance(3.5)).total()
    assert (total.split_starts, total.wrongly_stopped, total.other) == (1, 0, 0)


def test_the_authors_cuts_are_counted_apart_and_once_in_the_total() -> None:
    cuts = (Cut(1, Instant(0.5), Instant(4.0)), Cut(2, Instant(50.0), Instant(60.0)))
    evaluation = evaluate(*utterance(0.0), cuts=cuts)
    authors = evaluation.groups[Group("made", "echo", "voice", "authors", "voice")]
    assert (authors.commands, authors.stopped, authors.recount) == (2, 1, True)
    assert evaluation.total().commands == 1


def test_cuts_alone_label_a_recording() -> None:
    cuts = (Cut(1, Instant(0.5), Instant(4.0)),)
    events = [*utterance(0.0, number=0), up(VOICE, 10.0, 40), *utterance(30.0, number=0)]
    total = evaluate(*events, marks=Marks.UNKNOWN, cuts=cuts).total()
    assert (total.commands, total.stopped) == (1, 1)
    assert (total.other, total.wrongly_stopped, total.unclear) == (2, 1, 0)


def test_bytes_gone_are_nobodys_where_connections_are_mixed() -> None:
    total = evaluate(up(VOICE, 9.0, 41, 1), *utterance(9.5), mixed=True).total()
    assert (total.leaks, total.unattributed) == ([], 41)


def test_json_has_the_groups_and_the_total() -> None:
    result = evaluate(*utterance(0.0), up(OTHER, 30.0, 40)).to_json()
    assert [group["connection"] for group in result["groups"]] == ["other", "voice"]
    required = {"source", "device", "label", "basis", "commands", "stopped", "missed"}
    required |= {"leaked_bytes", "leaked_bytes_max", "commands_leaking", "other"}
    required |= {"wrongly_stopped", "connection", "hold_ms"}
    assert all(required <= set(group) for group in result["groups"])
    assert result["total"]["hold_ms"] == {"p50": 250.0, "p90": 250.0, "p99": 250.0, "max": 250.0}


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        pytest.param(10, 10, 0.72247, 1.0, id="all of ten"),
        pytest.param(0, 10, 0.0, 0.27753, id="none of ten"),
        pytest.param(81, 263, 0.25526, 0.36624, id="Newcombe's example, 1998"),
    ],
)
def test_intervals_are_wilsons(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == (pytest.approx(low, abs=2e-4), pytest.approx(high, abs=2e-4))


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_percentiles_are_by_nearest_rank_in_milliseconds() -> None:
    assert percentiles(n / 1000 for n in range(1, 101)) == {
        "p50": 50.0,
        "p90": 90.0,
        "p99": 99.0,
        "max": 100.0,
    }


def test_halves_depend_on_the_name_only() -> None:
    traces = [Trace("", "s", "d", "l", iter(()), name=f"trace-{n}") for n in range(200)]
    halves = [half_of(trace) for trace in traces]
    assert halves == [half_of(trace) for trace in traces]
    assert 70 < halves.count(1) < 130
