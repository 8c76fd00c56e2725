"""How far kept uploads are from the thresholds of speech."""

from typing import Any

import pytest

from hushgate.core.bursts import STRICT_LIMITS
from hushgate.core.margins import Margin, measure, read_shape


def shape(*deltas: int) -> dict[str, Any]:
    """What is kept of looks a tenth of a second apart."""
    total, looks = 0, [{"seconds": 0.0, "came": 0, "held": 0, "let_go": 0}]
    for number, delta in enumerate(deltas, start=1):
        total += delta
        looks.append({"seconds": round(0.1 * number + 0.01, 2), "came": total})
    return {"interval": 0.1, "looks": looks}


def test_an_utterance_is_speech_with_room_to_spare() -> None:
    [burst] = measure(read_shape(shape(9_000, *[600] * 30)))
    assert (burst.speech, burst.rule, burst.left) == (True, "steady", 0)
    assert burst.margins[:2] == (
        Margin("bytes", 27_000, 3_000),
        Margin("filled tenths of a second, of 10", 10, 6),
    )


def test_a_report_says_how_many_tenths_it_is_short() -> None:
    quiet = [0] * 25
    first, second = measure(read_shape(shape(41, *quiet, 4_000, 4_000, 0, 4_000, *quiet)))
    assert (first.size, first.speech, first.left) == (41, False, 41)
    assert (second.speech, second.rule, second.left) == (False, "report", 12_000)
    assert [(each.reached, each.needed) for each in second.margins] == [
        (12_000, 3_000),
        (3, 6),
        (1, 3),
        (1, 6),
    ]
    assert second.to_json()["margins"]["filled seconds, of 10"] == [1, 6]


def test_a_strict_judge_has_one_threshold_more() -> None:
    [burst] = measure(read_shape(shape(20_000)), STRICT_LIMITS)
    assert burst.margins[-1] == Margin("bytes, in whatever rhythm", 20_000, 30_000)


def test_silence_has_no_bursts() -> None:
    assert measure(read_shape(shape(0, 0))) == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="no looks"),
        pytest.param({"looks": [{"seconds": 0.0}]}, id="no count"),
        pytest.param({"looks": [{"seconds": "x", "came": 1}]}, id="no number"),
        pytest.param(
            {"looks": [{"seconds": 0.0, "came": 0}, {"seconds": float("nan"), "came": 5}]},
            id="a time that is none",
        ),
        pytest.param(
            {"looks": [{"seconds": 0.0, "came": 0}, {"seconds": float("inf"), "came": 5}]},
            id="a time without end",
        ),
        pytest.param(
            {"looks": [{"seconds": 0.0, "came": 5}, {"seconds": 0.1, "came": 4}]},
            id="a count falls",
        ),
    ],
)
def test_what_is_no_shape_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="no shape"):
        read_shape(document)
