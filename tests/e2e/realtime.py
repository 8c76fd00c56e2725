"""Speech in real time, on a machine that may have had no time for it."""

from collections.abc import Callable

LATE = 0.2
"""Seconds by which speech may be late; with longer gaps it is other speech than was meant."""
_ATTEMPTS = 3


def in_time[T](play: Callable[[], T], late: Callable[[T], float]) -> T:
    """Play; again if our own speakers were late. The last attempt counts whatever it was."""
    for _ in range(_ATTEMPTS - 1):
        played = play()
        if late(played) <= LATE:
            return played
    return play()
