"""The hold: nothing lost, repeated or reordered, and judgements that depend on nothing else."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hushgate.core.bursts import DEFAULT_LIMITS
from hushgate.core.hold import Burst, Hold, Step
from hushgate.core.model import Instant, Judgement, Likeness
from tests.core.sizes import deep_size

type Upload = list[tuple[float, int]]

SPEECH: Upload = [(0.0, 8_000), *((0.02 * n, 118) for n in range(1, 100))]

gaps = st.one_of(st.just(0.0), st.floats(0.001, 0.05), st.floats(0.05, 0.4), st.floats(0.4, 3.0))
sizes = st.one_of(st.integers(1, 200), st.integers(200, 2_000), st.integers(2_000, 65_536))
uploads = st.lists(st.tuples(gaps, sizes), min_size=1, max_size=60)


def timed(steps: Upload) -> Upload:
    """Turn gaps into times."""
    at = 0.0
    return [(at := at + gap, size) for gap, size in steps]


class Line:
    """A flow on its way through a hold: real bytes, timers on time."""

    def __init__(self) -> None:
        self.hold = Hold()
        self.waiting = bytearray()
        self.out = bytearray()
        self.dropped = bytearray()
        self.judgements: list[tuple[Likeness, str, float]] = []
        self.bursts: list[Burst] = []
        self.wake: Instant | None = None

    def upload(self, data: bytes, at: float) -> None:
        self.waiting += data
        self.apply(self.hold.upload(len(data), Instant(at)))

    def run_to(self, at: float) -> None:
        while self.wake is not None and self.wake <= at:
            self.apply(self.hold.due(self.wake))

    def apply(self, step: Step) -> None:
        self.release(step.release)
        self.note(step.judgement)
        self.wake = step.wake
        if step.ended is not None:
            self.bursts.append(step.ended)

    def note(self, judgement: Judgement | None) -> None:
        if judgement is not None:
            self.judgements.append((judgement.likeness, judgement.reason, judgement.at))

    def release(self, count: int) -> None:
        assert 0 <= count <= len(self.waiting)
        self.out += self.waiting[:count]
        del self.waiting[:count]

    def discard(self, at: float) -> None:
        count = self.hold.discard(Instant(at))
        assert count == len(self.waiting)
        self.dropped += self.waiting
        self.waiting.clear()


def run(upload: Upload, *, passing: bool = False, timers: bool = True, cuts: int = 1) -> Line:
    """Send an upload through a hold, and wait until nothing is under way."""
    line = Line()
    for at, size in upload:
        if timers:
            line.run_to(at)
        step = size // cuts or 1
        for start in range(0, size, step):
            line.upload(bytes(min(step, size - start)), at)
            if passing:
                line.release(line.hold.release_all(Instant(at)))
    if timers:
        line.run_to(upload[-1][0] + 10.0)
    line.apply(line.hold.due(Instant(upload[-1][0] + 10.0)))
    return line


def outcome(line: Line) -> list[tuple[Likeness, str, float, float, float, int]]:
    """Give what the bursts were taken for, without how long they waited."""
    return [
        (
            burst.judgement.likeness,
            burst.judgement.reason,
            burst.judgement.at,
            burst.start,
            burst.end,
            burst.size,
        )
        for burst in line.bursts
    ]


commands = st.one_of(
    st.tuples(st.just("upload"), sizes),
    st.tuples(st.just("wait"), st.integers(0, 30)),
    st.tuples(st.just("timers"), st.just(0)),
    st.tuples(st.sampled_from(("release", "discard", "download")), st.just(0)),
)


@given(st.lists(commands, max_size=80), st.floats(0.001, 0.3))
def test_no_interleaving_loses_repeats_or_reorders_a_byte(
    script: list[tuple[str, int]], unit: float
) -> None:
    line = Line()
    now = 0.0
    sent = bytearray()
    order = bytearray()  # what left or was dropped, in the order of leaving
    for name, number in script:
        before = len(line.out), len(line.dropped)
        if name == "upload":
            data = bytes((len(sent) + index) % 251 for index in range(number))
            sent += data
            line.upload(data, now)
        elif name == "wait":
            now += number * unit
        elif name == "timers":
            line.run_to(now)
        elif name == "release":
            line.release(line.hold.release_all(Instant(now)))
        elif name == "discard":
            line.discard(now)
        else:
            line.hold.download(100, Instant(now))
        order += line.out[before[0] :] + line.dropped[before[1] :]
        assert line.hold.held == len(line.waiting)
        assert order + line.waiting == sent
    line.hold.close(Instant(now))
    assert line.hold.held == len(line.waiting)


@given(uploads, st.integers(2, 40))
def test_how_tcp_cut_the_chunks_changes_nothing_but_that_speech_is_found_sooner(
    steps: Upload, cuts: int
) -> None:
    upload = timed(steps)
    whole, cut = run(upload), run(upload, cuts=cuts)
    if math.isinf(first_speech(cut)):
        assert outcome(cut) == outcome(whole)
        assert cut.out == whole.out
    assert first_speech(cut) <= first_speech(whole)


def first_speech(line: Line) -> float:
    """When speech was recognized; never: infinity."""
    times = (at for likeness, _, at in line.judgements if likeness is Likeness.SPEECH)
    return min(times, default=math.inf)


@given(uploads)
def test_judging_is_the_same_whether_bytes_are_held_or_pass(steps: Upload) -> None:
    upload = timed(steps)
    held, passed = run(upload), run(upload, passing=True)
    assert held.judgements == passed.judgements
    assert outcome(held) == outcome(passed)
    assert len(passed.out) == sum(size for _, size in upload)


@given(uploads)
def test_a_late_timer_finds_what_one_on_time_would_have_found(steps: Upload) -> None:
    upload = timed(steps)
    on_time, late = run(upload), run(upload, timers=False)
    assert outcome(on_time) == outcome(late)
    assert on_time.out == late.out
    assert set(late.judgements) <= set(on_time.judgements)


@given(uploads)
def test_nothing_waits_longer_than_the_judging_time_unless_it_is_speech(steps: Upload) -> None:
    for burst in run(timed(steps)).bursts:
        assert burst.held_seconds <= DEFAULT_LIMITS.age + 1e-6


def test_speech_stays_until_somebody_decides() -> None:
    line = run(SPEECH)
    assert line.hold.retained
    assert not line.out
    assert line.hold.held == sum(size for _, size in SPEECH)
    assert line.judgements == [(Likeness.SPEECH, "steady", pytest.approx(0.5, abs=0.03))]
    line.discard(5.0)
    assert not line.hold.retained


def test_later_bytes_stay_behind_held_speech() -> None:
    line = run(SPEECH)
    line.upload(bytes(40), 20.0)
    line.run_to(25.0)
    assert not line.out
    assert line.bursts[-1].judgement.reason == "keep-alive"
    line.release(line.hold.release_all(Instant(26.0)))
    assert len(line.out) == sum(size for _, size in SPEECH) + 40


def test_speech_recognized_late_keeps_what_is_still_here() -> None:
    line = Line()
    line.upload(bytes(5_000), 0.0)
    for n in range(3):
        line.run_to(0.7 * (n + 1))
        line.upload(bytes(500), 0.7 * (n + 1))
    assert line.out
    for n in range(60):
        line.run_to(2.5 + 0.02 * n)
        line.upload(bytes(400), 2.5 + 0.02 * n)
    assert line.hold.retained
    assert [judgement[0] for judgement in line.judgements] == [Likeness.OTHER, Likeness.SPEECH]
    assert len(line.waiting) > 24_000


def test_a_released_utterance_goes_on_being_speech() -> None:
    line = run(SPEECH[:60])
    assert line.hold.retained
    hold = Hold()
    for at, size in SPEECH:
        hold.upload(size, Instant(at))
        hold.release_all(Instant(at))
    assert hold.retained  # the engine lets an utterance finish, or not, on this
    assert hold.due(Instant(10.0)).ended is not None
    assert not hold.retained


def test_a_handshake_passes_at_once_until_the_first_application_data() -> None:
    hold = Hold()
    assert hold.upload(517, Instant(0.0), ()).release == 517
    assert hold.upload(126, Instant(0.05), ()).release == 126
    assert hold.upload(300, Instant(0.1), (280,)).release == 0
    assert hold.upload(60, Instant(0.11), ()).release == 0
    assert hold.held == 360


def test_a_handshake_of_unknown_framing_or_of_any_length_is_held() -> None:
    assert Hold().upload(517, Instant(0.0)).release == 0
    assert Hold().upload(12_000, Instant(0.0), ()).release == 0


def test_early_data_after_the_hello_is_held() -> None:
    assert Hold().upload(12_600, Instant(0.0), (4_000, 4_000, 4_000)).release == 0


def test_the_burst_that_a_closing_flow_cuts_off_is_reported() -> None:
    hold = Hold()
    assert hold.close(Instant(0.0)) is None
    hold.upload(400, Instant(0.0))
    burst = hold.close(Instant(0.1))
    assert burst is not None
    assert (burst.size, burst.judgement.likeness) == (400, Likeness.OTHER)


def test_a_wake_up_that_the_server_met_with_silence_is_marked() -> None:
    def speak(*, answer: int, passing: bool) -> Burst:
        hold = Hold()
        for at, size in SPEECH:
            hold.upload(size, Instant(at))
            if passing:
                hold.release_all(Instant(at))
        hold.download(answer, Instant(2.1))
        ended = hold.due(Instant(9.0)).ended
        assert ended is not None
        return ended

    assert speak(answer=485, passing=True).accidental == (
        "the server sent only 485 bytes until 1 s after the end: no spoken answer"
    )
    assert speak(answer=30_000, passing=True).accidental is None
    assert speak(answer=485, passing=False).accidental is None  # the server never heard it


def test_a_flood_of_single_bytes_stays_within_two_kilobytes_of_state() -> None:
    hold = Hold()
    largest = 0
    for n in range(5_000):
        hold.upload(1, Instant(0.001 * n))
        largest = max(largest, deep_size(hold))
    for n in range(5_000):
        hold.upload(65_536, Instant(10 + 0.3 * n))
        largest = max(largest, deep_size(hold))
    assert largest <= 2_048


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-5.0, 5.0), st.integers(0, 1 << 40)), max_size=50))
def test_hostile_sizes_and_clocks_that_jump_back_raise_nothing(
    steps: list[tuple[float, int]],
) -> None:
    hold = Hold()
    now = 0.0
    total = gone = 0
    for gap, size in steps:
        now += gap
        total += size
        gone += hold.upload(size, Instant(now)).release
        gone += hold.due(Instant(now)).release
        assert hold.held == total - gone


def test_a_step_says_when_to_ask_again() -> None:
    hold = Hold()
    step = hold.upload(40, Instant(1.0))
    assert step.wake == 1.25
    assert hold.due(Instant(1.2)).release == 0
    step = hold.due(Instant(1.25))
    assert (step.release, step.wake) == (40, 2.0)
    step = hold.due(Instant(2.0))
    assert step.ended is not None
    assert step.ended.size_at_judgement == 40
    assert step.wake is None


@pytest.mark.parametrize(
    ("apart", "size"),
    [
        pytest.param(0.45, 1_000, id="lumps 0.45 s apart"),
        pytest.param(0.9, 2_000, id="lumps 0.9 s apart"),
        pytest.param(1.2, 8_000, id="lumps 1.2 s apart, each a burst of its own"),
        pytest.param(0.25, 180, id="700 bytes a second"),
    ],
)
def test_an_upload_that_goes_on_and_on_is_stopped_in_any_rhythm(apart: float, size: int) -> None:
    line = run([(apart * n, size) for n in range(int(60 / apart))])
    [judgement, *_] = [each for each in line.judgements if each[0] is Likeness.SPEECH]
    assert judgement[1] in ("lasting", "broken")
    assert judgement[2] <= 7.3
    assert len(line.out) <= 7.3 / apart * size


def test_reports_after_an_utterance_do_not_go_on_with_it() -> None:
    line = Line()
    for at, size in [(0.02 * n, 118) for n in range(250)]:
        line.run_to(at)
        line.upload(bytes(size), at)
    line.discard(5.0)
    for at in (6.5, 8.0, 9.5):
        line.run_to(at)
        line.upload(bytes(4_000), at)
    line.run_to(20.0)
    assert len(line.out) == 12_000


def test_the_finished_of_a_tls_1_3_handshake_goes_at_once_and_nothing_after_it() -> None:
    hold = Hold()
    assert hold.upload(64, Instant(0.0), (53,)).release == 64
    assert hold.upload(58, Instant(0.01), (53,)).release == 0
    assert hold.held == 58


@pytest.mark.parametrize(
    ("size", "records"),
    [
        pytest.param(8_069, (53, 8_000), id="data behind the Finished in one segment"),
        pytest.param(1_460, (53,), id="the beginning of a record behind it"),
        pytest.param(46, (41,), id="a first record of another length"),
        pytest.param(12_005, (12_000,), id="early data"),
    ],
)
def test_what_may_hold_data_is_not_taken_for_a_finished(
    size: int, records: tuple[int, ...]
) -> None:
    assert Hold().upload(size, Instant(0.0), records).release == 0
