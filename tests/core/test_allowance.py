"""An allowance: spent, and back after a while."""

import pytest

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


@pytest.mark.parametrize("debt", [0.0, 5.0])
def test_a_charge_beyond_its_size_must_come_back_first_but_for_what_is_more_than_its_debt(
    debt: float,
) -> None:
    allowance = Allowance(10.0, 1.0, debt)
    allowance.charge(30.0, Instant(0.0))
    assert not allowance.has(1.0, Instant(debt + 0.9))
    assert allowance.has(1.0, Instant(debt + 1.0))
