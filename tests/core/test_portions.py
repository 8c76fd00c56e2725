"""A recording cut into portions: bounded over all connections, and never felt by reports."""

import pytest

from hushgate.core.model import Instant, Likeness
from hushgate.core.portions import RATE, SIZE, Portions

NOW = Instant(100.0)


def said_in(seconds: float, size: int) -> int:
    """Bytes that leave where a lump goes whenever it is within the allowance."""
    portions, said = Portions(), 0
    for tenth in range(int(10 * seconds)):
        at = Instant(NOW + tenth / 10)
        if not portions.exceeds(size, at):
            portions.spend(size, at)
            said += size
    return said


@pytest.mark.parametrize("size", [150, 1_500, 29_000])
def test_no_more_leaves_in_portions_than_the_allowance_and_its_rate(size: int) -> None:
    assert said_in(3600.0, size) <= SIZE + 3600.0 * RATE


def test_what_waits_counts_together_with_what_was_let_go() -> None:
    portions = Portions()
    portions.spend(40_000, NOW)
    assert not portions.exceeds(20_000, NOW)
    assert portions.exceeds(20_001, NOW)
    assert not portions.exceeds(20_001, Instant(NOW + 1.0))


def test_the_judgement_says_how_much_waits_and_how_much_went() -> None:
    portions = Portions()
    portions.spend(58_000, NOW)
    judgement = portions.judge(29_000, 1, NOW)
    assert (judgement.likeness, judgement.reason) == (Likeness.SPEECH, "portions")
    assert judgement.evidence == (
        "29,000 bytes wait on 1 connection, and 58,000 were let go before: more than reports have"
    )
    assert "on 3 connections" in portions.judge(87_000, 3, NOW).evidence
