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
from tests.adapters.crash import crashes

ECHO = "fc:65:de:00:00:01"
NOW, AT = Instant(5.0), datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def household() -> Household:
    return Household(Catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))


def save(folder: Path, home: Household) -> None:
    file = HouseholdFile(folder)
    file.save(home, NOW, AT)
    file.close()


def test_a_found_speaker_is_known_again_before_and_after_the_start(tmp_path: Path) -> None:
    home = household()
    home.learn(Sought(ECHO, "_amzn-alexa._tcp"), NOW)
    file = HouseholdFile(tmp_path)
    file.save(home, NOW, AT)
    file.close()
    assert file.found() == home.found()
    again = household()
    file.load(again, NOW, AT)
    assert again.found() == home.found()


def test_of_many_saves_the_last_one_counts(tmp_path: Path) -> None:
    home, file = household(), HouseholdFile(tmp_path)
    for number in range(40):
        home.learn(Sought(f"{ECHO[:-2]}{number:02x}", "_amzn-alexa._tcp"), NOW)
        file.save(home, NOW, AT)
    file.close()
    assert HouseholdFile(tmp_path).found() == home.found()


def test_a_crash_at_any_step_of_a_save_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    before, after = household(), household()
    before.learn(Sought(ECHO, "_amzn-alexa._tcp"), NOW)
    after.learn(Sought(f"{ECHO[:-1]}2", "_amzn-alexa._tcp"), NOW)
    save(tmp_path, before)
    died = 0
    for _ in crashes(lambda: save(tmp_path, after)):
        died += 1
        assert HouseholdFile(tmp_path).found() in (before.found(), after.found())
        save(tmp_path, before)
    assert HouseholdFile(tmp_path).found() == after.found()
    assert died


def test_a_backup_restored_under_a_running_gateway_is_taken_in(tmp_path: Path) -> None:
    backup, running = household(), household()
    backup.learn(Sought(ECHO, "_amzn-alexa._tcp"), NOW)
    running.learn(Sought(f"{ECHO[:-1]}2", "_amzn-alexa._tcp"), NOW)
    file = HouseholdFile(tmp_path)
    save(tmp_path, backup)
    file.save(running, NOW, AT)
    file.close()
    both = {each.device for each in running.found()}
    assert (
        both == {each.device for each in HouseholdFile(tmp_path).found()} == {ECHO, f"{ECHO[:-1]}2"}
    )


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
