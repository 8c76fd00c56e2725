"""Shipped files are found, and a missing one is said."""

import pytest

from hushgate.adapters.packaged import packaged_path
from hushgate.core.errors import UnavailableError


@pytest.mark.parametrize("name", ["blocklists/catalogue", "blocklists/catalogue/amazon.yaml"])
def test_shipped_files_are_found(name: str) -> None:
    assert packaged_path(name).exists()


def test_a_missing_file_is_said_with_the_place_where_it_was_expected() -> None:
    with pytest.raises(UnavailableError, match="absent is missing from this installation"):
        packaged_path("absent")
