"""How much can be said by beginning connections: bounded, and never felt without a reason."""

import pytest

from hushgate.core.model import Instant
from hushgate.core.openings import CALM, DEBT, RATE, SIZE, Openings

NOW = Instant(100.0)
HELLO = 16_000


def said_in(seconds: float, size: int) -> float:
    """Bytes of hellos that leave when a speaker begins as many connections as it can."""
    openings, at, said = Openings(), NOW, 0
    while at < NOW + seconds:
        again = openings.begin(size, at)
        if again is None:
            said += size
        else:
            at = again
    return said


@pytest.mark.parametrize("size", [600, 2_000, HELLO])
def test_no_more_is_said_by_beginnings_than_the_allowance_and_its_rate(size: int) -> None:
    assert said_in(3600.0, size) <= SIZE + 3600.0 * RATE + size


@pytest.mark.parametrize("size", [0, 200])
def test_calling_many_addresses_costs_as_much_without_a_hello(size: int) -> None:
    """Each address and port says ten bytes: together no more than a trickle does."""
    openings = Openings()
    begun = sum(openings.begin(size, Instant(NOW + n / 1_000)) is None for n in range(60_000))
    assert 10 * begun < 2_000


def test_a_start_with_fifty_connections_waits_for_nothing() -> None:
    openings = Openings()
    for _ in range(50):
        assert openings.begin(600, NOW) is None
        openings.spend(600, NOW)


def test_the_busiest_speakers_wait_for_nothing() -> None:
    """31,000 connections a day, evenly, with a hello of 600 bytes and as much behind it."""
    openings = Openings()
    for number in range(31_000 // 24):
        at = Instant(NOW + number * 86_400 / 31_000)
        assert openings.begin(600, at) is None
        openings.spend(300, at)


def test_after_a_large_upload_a_connection_waits_for_ten_seconds_at_most() -> None:
    openings = Openings()
    openings.spend(10_000_000, NOW)
    again = openings.begin(600, NOW)
    assert again is not None
    assert again <= NOW + (DEBT + 600) / RATE < NOW + 10.0
    assert openings.begin(600, again) is None


def test_the_owner_hears_of_it_once_in_a_while() -> None:
    openings = Openings()
    told = [openings.is_to_tell(Instant(NOW + second)) for second in range(int(CALM) + 1)]
    assert sum(told) == 2
