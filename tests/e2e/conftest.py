"""A home of its own for each module of end-to-end tests."""

from collections.abc import Iterator

import pytest

from tests.home.network import Network


@pytest.fixture(scope="module")
def home() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()
