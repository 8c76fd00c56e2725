"""A network namespace for the tests of what talks to the kernel."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.home.network import Namespace


@contextmanager
def inside(name: str) -> Iterator[Namespace]:
    """Let the test itself work in a namespace of its own."""
    place = Namespace(name)
    try:
        with place.entered():
            yield place
    finally:
        place.close()
