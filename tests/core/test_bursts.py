"""The shape of speech, and of what is not, in sizes and times."""

import pytest

from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS, Shape
from hushgate.core.model import Instant, Likeness

type Upload = list[tuple[float, int]]

PRE_ROLL: Upload = [(0.0, 233), (0.01, 8_000), (0.1, 6_000)]
ECHO: Upload = [*PRE_ROLL, *((0.12 + 0.02 * n, 118) for n in range(100))]
"""Echo, 2018: 118-byte frames every 20 ms after the pre-roll."""
HOMEPOD: Upload = [
    (0.0, 480),
    (0.1, 604),
    (0.15, 3_000),
    *((0.2 + 0.06 * n, 290) for n in range(40)),
]
NEST: Upload = [(0.0, 1_350), (0.2, 95_000), *((0.25 + 0.05 * n, 1_350) for n in range(40))]
DOT3: Upload = [(0.0, 62_000), *((0.03 + 0.031 * n, 1_057) for n in range(60))]

UNAGI: Upload = [(0.0, 258), (0.047, 51), (0.152, 743), (0.2, 31)]
REPORT: Upload = [(0.0, 368), (0.01, 4_300), (0.12, 4_300), (0.5, 3_000), (0.54, 1_000)]
METRICS: Upload = [(0.7 * n, 71_000) for n in range(12)]
PINGS: Upload = [(0.1 * n, 41) for n in range(100)]
QUIC_HELLO: Upload = [
    (0.0, 1_350),
    (0.07, 1_350),
    (0.27, 1_350),
    *((0.4 + 0.05 * n, 33) for n in range(9)),
]


def judged_at(upload: Upload) -> float | None:
    """Feed an upload; return the time at which it became speech."""
    shape = Shape(Instant(upload[0][0]), DEFAULT_LIMITS)
    for at, size in upload:
        shape.add(size, Instant(at))
        if shape.speech_rule is not None:
            return at
    return None


@pytest.mark.parametrize(
    "upload",
    [
        pytest.param(ECHO, id="Opus frames of an Echo"),
        pytest.param(HOMEPOD, id="small records of a HomePod at 5 kB/s"),
        pytest.param(NEST, id="QUIC datagrams of a Nest Mini after a pre-roll of 95 kB"),
        pytest.param(DOT3, id="PCM of an Echo Dot 3 after a pre-roll of 62 kB"),
    ],
)
def test_speech_is_known_within_a_second(upload: Upload) -> None:
    at = judged_at(upload)
    assert at is not None
    assert at < 1.0


@pytest.mark.parametrize(
    "upload",
    [
        pytest.param(UNAGI, id="a telemetry connection: handshake and one post"),
        pytest.param(REPORT, id="the report of an Echo after a command, 13 kB in half a second"),
        pytest.param(
            [(0.0, 46), (0.6, 10_963), (1.1, 3_288), (1.5, 5_000)], id="three reports in a row"
        ),
        pytest.param(
            [(0.5 * n, 19_000) for n in range(6)], id="posts of 19 kB, one after the other"
        ),
        pytest.param(METRICS, id="a megabyte of metrics in lumps of 71 kB"),
        pytest.param(PINGS, id="pings every tenth of a second fill no slot"),
        pytest.param(QUIC_HELLO, id="a QUIC handshake repeated, and acknowledgements"),
    ],
)
def test_other_uploads_are_never_steady(upload: Upload) -> None:
    assert judged_at(upload) is None


def test_a_link_that_stalls_does_not_hide_an_utterance() -> None:
    stalled = [
        (0.0, 9_000),
        (0.13, 3_000),
        (0.42, 3_000),
        (0.75, 4_000),
        (1.2, 4_000),
    ]
    assert judged_at(stalled) == 1.2


STALLS: Upload = [(0.0, 20_300), (0.18, 437), (0.75, 5_244), (0.89, 874), (1.45, 4_807), (1.5, 437)]
"""The utterance of an Echo over a link that stood still for half a second, twice."""


def test_lumps_half_a_second_apart_are_speech_before_the_first_of_them_may_leave() -> None:
    at = judged_at(STALLS)
    assert at is not None
    assert at < DEFAULT_LIMITS.age


def test_a_pre_roll_that_a_stall_cuts_off_waits_longer_than_a_report() -> None:
    shape = Shape(Instant(0.0), DEFAULT_LIMITS)
    shape.add(62_000, Instant(0.0))
    assert shape.exit_of(0.0) == (1.0, "over")
    shape.add(16_000, Instant(0.7))
    assert shape.exit_of(0.0) == (DEFAULT_LIMITS.age, "sparse")


@pytest.mark.parametrize(
    ("upload", "rule", "at"),
    [
        pytest.param([(0.0, 41)], "keep-alive", 0.25, id="a keep-alive waits a quarter second"),
        pytest.param([(0.0, 232)], "small", 0.28, id="the first flight of an utterance, alone"),
        pytest.param(UNAGI, "small", 0.3, id="a small post leaves by age once it pauses"),
        pytest.param([(0.0, 4_000), (0.1, 651)], "report", 1.0, id="a stall may have cut it short"),
        pytest.param([(0.0, 4_651)], "report", 1.0, id="a burst is over after a second"),
        pytest.param(REPORT, "report", 0.95, id="a report too large for a stalled flight"),
        pytest.param(
            [(0.1 * n, 2_000) for n in range(5)], "over", 1.4, id="four or more slots wait longer"
        ),
        pytest.param([(0.3 * n, 2_000) for n in range(7)], "sparse", 1.6, id="lumps without end"),
        pytest.param([(0.0, 9_000), (0.5, 9_500)], "over", 1.5, id="18 kB in two half seconds"),
    ],
)
def test_what_waits_leaves_by_its_size_and_the_quiet_after_it(
    upload: Upload, rule: str, at: float
) -> None:
    shape = Shape(Instant(0.0), DEFAULT_LIMITS)
    for when, size in upload:
        shape.add(size, Instant(when))
    assert shape.exit_of(0.0) == (pytest.approx(at), rule)


def test_a_judgement_says_its_evidence_with_numbers() -> None:
    shape = Shape(Instant(0.0), DEFAULT_LIMITS)
    for at, size in ECHO:
        shape.add(size, Instant(at))
    judgement = shape.judge_speech("steady")
    assert judgement.likeness is Likeness.SPEECH
    assert judgement.reason == "steady"
    assert judgement.evidence == (
        "upload in 10 of the last 10 tenths of a second, 26,033 bytes in 2.1 s: as steady as speech"
    )


def test_strict_asks_for_no_rhythm_of_a_large_upload() -> None:
    shape = Shape(Instant(0.0), STRICT_LIMITS)
    shape.add(STRICT_LIMITS.bulk - 1, Instant(0.1))
    assert shape.speech_rule is None
    shape.add(1, Instant(0.1))
    assert shape.speech_rule == "bulk"
    assert shape.judge_speech("bulk").evidence == (
        "30,000 bytes in 0.1 s: more than reports have, and strict asks for no rhythm"
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("keep-alive", "only 1,100 bytes, then 0.50 s of quiet"),
        ("small", "only 1,100 bytes, then 0.50 s of quiet"),
        (
            "report",
            "1,100 bytes in 1 tenths of a second, then 0.50 s of quiet: no speech followed",
        ),
        ("over", "1,100 bytes, then 0.5 s of quiet"),
        ("sparse", "1,100 bytes, but only 1 tenths of a second filled"),
        ("opening", "no application data yet: the handshake"),
    ],
)
def test_every_rule_that_lets_go_has_words(rule: str, words: str) -> None:
    shape = Shape(Instant(0.0), DEFAULT_LIMITS)
    shape.add(1_100, Instant(0.0))
    judgement = shape.judge_other((Instant(0.5), rule))
    assert judgement.likeness is Likeness.OTHER
    assert judgement.reason == rule
    assert judgement.evidence == words


def test_a_slot_counts_by_its_sum_however_it_was_cut() -> None:
    whole, cut = (Shape(Instant(0.0), DEFAULT_LIMITS) for _ in range(2))
    for n in range(10):
        whole.add(20_000 if n == 3 else 300, Instant(0.1 * n))
        for _ in range(100):
            cut.add(200 if n == 3 else 3, Instant(0.1 * n))
        assert (whole.filled, whole.size) == (cut.filled, cut.size)


def test_seconds_of_speech_count_the_pre_roll_at_the_rate_that_followed() -> None:
    shape = Shape(Instant(0.0), DEFAULT_LIMITS)
    shape.add(62_000, Instant(0.0))
    for n in range(1, 129):  # four seconds of 1,057 bytes every 31 ms: 34 kB/s
        shape.add(1_057, Instant(0.031 * n))
    assert shape.estimate_seconds() == pytest.approx(4.0 + 1.8, abs=0.2)
