"""Slots of time: filled by sums, forgotten when they are too old."""

from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.slots import Grid, Slots

GRID = Grid(per_second=10.0, span=5, low=100, high=1_000)

uploads = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 600)), max_size=60)


def brute_force(upload: list[tuple[int, int]]) -> int:
    """Count the filled slots of the last five, from all that was ever sent."""
    sums: dict[int, int] = {}
    at = 0
    for gap, size in upload:
        at += gap
        sums[at] = sums.get(at, 0) + size
    # The current slot is not over: too much of it is not known to be too much.
    return sum(
        GRID.low <= sums.get(slot, 0) and (slot == at or sums[slot] <= GRID.high)
        for slot in range(at - GRID.span + 1, at + 1)
    )


@given(uploads)
def test_filled_slots_are_those_of_a_count_by_hand(upload: list[tuple[int, int]]) -> None:
    slots, at = Slots(GRID), 0
    for gap, size in upload:
        at += gap
        slots.add(size, (at + 0.5) / GRID.per_second)
    assert slots.filled == brute_force(upload)


def test_a_slot_with_too_much_is_not_filled_once_it_is_over() -> None:
    slots = Slots(GRID)
    slots.add(5_000, 0.0)
    assert slots.filled == 1
    slots.add(100, 0.1)
    assert slots.filled == 1
    slots.add(100, 0.2)
    assert slots.filled == 2


def test_cleared_slots_are_empty_and_time_goes_on() -> None:
    slots = Slots(GRID)
    slots.add(200, 0.05)
    slots.clear()
    assert slots.filled == 0
    slots.add(200, 0.15)
    assert slots.filled == 1


def test_the_first_slot_may_hold_a_pre_roll_of_any_size() -> None:
    slots = Slots(GRID._replace(lead=True))
    for n in range(3):
        slots.add(5_000, 0.1 * n)
    assert slots.filled == 2
