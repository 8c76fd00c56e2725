"""Learned names outlive a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hushgate.adapters.namefile import NameFile
from hushgate.core.model import DeviceId, Instant
from hushgate.core.names import NameTable, heard_from_dns

KITCHEN = DeviceId("kitchen")
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def test_names_are_known_again_after_a_restart(tmp_path: Path) -> None:
    names = NameTable()
    names.learn(KITCHEN, ["203.0.113.5"], heard_from_dns("a.example", [], 600, Instant(1000.0)))
    file = NameFile(tmp_path / "names.json")
    file.save(names, Instant(1000.0), EVENING)

    restarted = NameTable()
    file.load(restarted, Instant(5.0), EVENING + timedelta(seconds=60))
    name = restarted.find(KITCHEN, "203.0.113.5", Instant(5.0))
    assert name is not None
    assert name.name == "a.example"
    assert name.expires == Instant(545.0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="torn"),
        pytest.param('{"at": "yesterday", "names": []}', id="no time"),
        pytest.param('{"at": "2026-11-24T20:00:00+00:00", "names": [1]}', id="no names"),
    ],
)
def test_broken_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "names.json"
    path.write_text(content)
    names = NameTable()
    NameFile(path).load(names, Instant(5.0), EVENING)
    assert names.dump(Instant(5.0)) == []


def test_no_file_is_no_names(tmp_path: Path) -> None:
    names = NameTable()
    NameFile(tmp_path / "names.json").load(names, Instant(5.0), EVENING)
    assert names.dump(Instant(5.0)) == []
