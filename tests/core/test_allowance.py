"""An allowance: spent, and back after a while."""

from hushgate.core.allowance import Allowance
from hushgate.core.model import Instant


def test_what_is_not_left_is_not_spent() -> None:
    allowance = Allowance(10.0, 1.0)
    assert allowance.spend(8.0, Instant(0.0))
    assert not allowance.spend(3.0, Instant(0.0))
    assert allowance.spend(2.0, Instant(0.0))


def test_it_comes_back_at_its_rate_and_never_to_more_than_its_size() -> None:
    allowance = Allowance(10.0, 1.0)
    allowance.charge(10.0, Instant(0.0))
    assert not allowance.has(4.1, Instant(4.0))
    assert allowance.has(4.0, Instant(4.0))
    assert not allowance.has(10.1, Instant(1_000.0))


def test_a_charge_beyond_its_size_must_come_back_first() -> None:
    allowance = Allowance(10.0, 1.0)
    allowance.charge(30.0, Instant(0.0))
    assert not allowance.has(1.0, Instant(20.9))
    assert allowance.has(1.0, Instant(21.0))
