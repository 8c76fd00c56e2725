"""The budget: what a speaker at rest needs passes for ever, anything more is told once."""

import pytest

from hushgate.core.budget import CALM, RATE, REFILL, SIZE, Budget, parse_size
from hushgate.core.model import Instant


def test_an_upload_at_the_steady_rate_is_never_too_much() -> None:
    budget = Budget()
    assert not any(budget.spend(int(RATE * 60), Instant(60.0 * n)) for n in range(1, 1_440))
    assert budget.used < 0.01


def test_the_largest_metrics_ever_seen_fit() -> None:
    assert not Budget().spend(2_000_000, Instant(0.0))


def test_a_trickle_of_speech_is_told_within_the_night_and_only_once() -> None:
    budget = Budget()
    alarms = [second for second in range(36_000) if budget.spend(800, Instant(float(second)))]
    assert len(alarms) == 1
    assert alarms[0] < 2.5 * 3600
    assert budget.exceeded


def test_an_alarm_ends_when_the_speaker_has_been_calm_for_long_enough() -> None:
    budget = Budget()
    assert budget.spend(SIZE + 1, Instant(0.0))
    calm = SIZE * CALM / RATE
    budget.look(Instant(calm - 60))
    assert budget.exceeded
    budget.look(Instant(calm + 60))
    assert not budget.exceeded
    assert budget.spend(SIZE, Instant(calm + 60))


@pytest.mark.parametrize("size", [100_000, SIZE, 50_000_000])
def test_a_budget_of_any_size_comes_back_within_the_same_time(size: int) -> None:
    budget = Budget(size)
    assert not budget.spend(size, Instant(0.0))
    assert budget.used == 1.0
    budget.look(Instant(REFILL / 2))
    assert budget.used == pytest.approx(0.5)
    budget.look(Instant(REFILL))
    assert budget.used == 0.0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4MB", 4_000_000),
        ("500 kB", 500_000),
        ("1.5 MB", 1_500_000),
        ("2GB", 2_000_000_000),
    ],
)
def test_sizes_are_read_with_their_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "4", "4 M", "MB", "-1MB", "0MB", "4mb", "1e3kB", "4MB/s"])
def test_what_is_no_size_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected e\.g\. 4MB, 500kB or 1\.5MB"):
        parse_size(text)
