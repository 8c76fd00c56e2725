"""Who was found outlives a restart, and a broken file is set aside."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushgate.adapters.householdfile import NAME, HouseholdFile
from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Sought
from hushgate.core.household import Household
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable

ECHO = "fc:65:de:00:00:01"
NOW, AT = Instant(5.0), datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def household() -> Household:
    return Household(Catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))


def test_a_found_speaker_is_known_again_before_and_after_the_start(tmp_path: Path) -> None:
    home = household()
    home.learn(Sought(ECHO, "_amzn-alexa._tcp"), NOW)
    file = HouseholdFile(tmp_path)
    file.save(home, NOW, AT)
    assert file.found() == home.found()
    again = household()
    file.load(again, NOW, AT)
    assert again.found() == home.found()


def test_without_a_file_nobody_is_known(tmp_path: Path) -> None:
    home = household()
    HouseholdFile(tmp_path).load(home, NOW, AT)
    assert home.every_found() == HouseholdFile(tmp_path).found() == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="no object"),
        pytest.param('{"found": [{}], "devices": []}', id="found without an address"),
        pytest.param(
            json.dumps(
                {
                    "found": [],
                    "devices": [
                        {
                            "device": ECHO,
                            "since": AT.isoformat(),
                            "last": AT.isoformat(),
                            "facts": [{"fact": "rumor", "device": ECHO}],
                        }
                    ],
                }
            ),
            id="a fact nobody knows",
        ),
    ],
)
def test_a_broken_file_is_set_aside(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    file = HouseholdFile(tmp_path)
    assert file.found() == []
    file.load(household(), NOW, AT)
    assert not (tmp_path / NAME).exists()
    assert (tmp_path / "household.broken").read_text() == content
