"""The budget: what a speaker at rest needs passes for ever, anything more is told once."""

from hushgate.core.budget import CALM, RATE, SIZE, Budget
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
