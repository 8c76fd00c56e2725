"""What end-to-end tests share."""

import os
from collections.abc import Iterator

import pytest

from tests.home.network import Network


@pytest.fixture(scope="module")
def home() -> Iterator[Network]:
    """A home of its own for each module."""
    network = Network()
    yield network
    network.close()


@pytest.fixture(scope="module")
def one_processor() -> Iterator[None]:
    """Keep this thread on one processor, for tests that count on the order of frames.

    Each processor has a queue of its own for the frames that come out of a cable; a busy one lets
    those that were sent first arrive last.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)
