"""The marks of the gateway's packets."""

import pytest

from hushgate.core.wiring import Wiring


def test_marks_are_the_lowest_two_of_the_bits_that_are_ours() -> None:
    wiring = Wiring(mark_bits=0x0F00)
    assert (wiring.asked, wiring.decided) == (0x0100, 0x0200)


def test_one_bit_is_not_enough_to_mark_with() -> None:
    with pytest.raises(ValueError, match="two bits"):
        Wiring(mark_bits=0x0100)
