"""The cursor never reads past the end."""

from collections.abc import Callable

import pytest

from hushgate.wire.cursor import Cursor
from hushgate.wire.errors import WireError


def test_numbers_and_vectors_are_read_in_order() -> None:
    cursor = Cursor(b"\x01\x00\x02\x02abz")
    assert cursor.number(1) == 1
    assert cursor.number(2) == 2
    assert cursor.vector(1) == b"ab"
    assert cursor.left == 1


@pytest.mark.parametrize(
    "read", [lambda c: c.take(4), lambda c: c.number(4), lambda c: c.vector(1)]
)
def test_a_read_past_the_end_is_an_error(read: Callable[[Cursor], object]) -> None:
    with pytest.raises(WireError):
        read(Cursor(b"\x03ab"))
