"""Backup and restore: everything comes back, or nothing changes."""

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushgate.adapters.backup import (
    finish_restore,
    make_backup,
    plan_restore,
    read_backup,
    restore,
)
from hushgate.core.errors import ConfigError, UnavailableError
from tests.adapters.crash import crashes

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
FILES = {
    "etc/hushgate.yaml": "config\n",
    "etc/holidays.ics": "calendar\n",
    "state/lists/ads.txt": "ads\n",
    "state/names.json": "{}\n",
    "state/household.json": "found\n",
}


class Home:
    """A configuration and a state folder."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "etc" / "hushgate.yaml"
        self.state = folder / "lib"
        self.config.parent.mkdir()
        self.state.mkdir()

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self._path(name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    def read(self) -> dict[str, str]:
        return {name: self._path(name).read_text() for name in FILES if self._path(name).exists()}

    def backup(self, folder: Path) -> Path:
        path = folder / "home.tar.gz"
        calendars = [self._path("etc/holidays.ics"), folder / "elsewhere.ics"]
        path.write_bytes(make_backup(self.config, calendars, self.state, NOON))
        return path

    def restore(self, backup: Path) -> None:
        files = read_backup(backup)
        restore(plan_restore(files, self.config, self.state, lambda _: None), self.state)

    def _path(self, name: str) -> Path:
        section, _, rest = name.partition("/")
        return (self.config.parent if section == "etc" else self.state) / rest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.write(FILES)
    return home


def test_what_was_backed_up_comes_back(home: Home, tmp_path: Path) -> None:
    backup = home.backup(tmp_path)
    home.write({"etc/hushgate.yaml": "broken", "state/lists/ads.txt": ""})
    home._path("state/names.json").unlink()
    home.restore(backup)
    assert home.read() == FILES
    assert home.config.with_suffix(".yaml.bak").read_text() == "broken"


def test_the_ledger_and_what_is_of_the_moment_stay_at_home(home: Home, tmp_path: Path) -> None:
    home.write(
        {
            "state/ledger.sqlite": "private",
            "state/overrides.json": "now",
            "state/history.json": "[]",
        }
    )
    assert set(read_backup(home.backup(tmp_path))) == set(FILES)


def test_a_plan_says_what_would_change_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    backup = home.backup(tmp_path)
    home.write({"etc/hushgate.yaml": "other\n"})
    home._path("state/names.json").unlink()
    before = home.read()
    plan = plan_restore(read_backup(backup), home.config, home.state, lambda _: None)
    assert [step.change for step in plan] == ["changed", "same", "same", "same", "new"]
    assert home.read() == before


def test_a_crash_at_any_step_leaves_all_of_it_or_nothing(home: Home, tmp_path: Path) -> None:
    backup = home.backup(tmp_path)
    other = {name: f"other {text}" for name, text in FILES.items()}
    home.write(other)
    completed = 0
    for _ in crashes(lambda: home.restore(backup)):
        completed += finish_restore(home.state)
        assert home.read() in (other, FILES)
        home.write(other)
    assert home.read() == FILES
    assert completed
    assert not (home.state / ".restore").exists()


def tar(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "not a whole backup", id="empty"),
        pytest.param(b"hello", "not a whole backup", id="another file"),
        pytest.param(tar(a="x"), "does not belong", id="another archive"),
        pytest.param(
            tar(**{"manifest.json": '{"format": 2, "files": {}}'}), "newer hushgate", id="newer"
        ),
        pytest.param(
            tar(**{"manifest.json": '{"format": 1, "files": {}}', "etc/hushgate.yaml": "x"}),
            "damaged",
            id="a file the manifest does not know",
        ),
        pytest.param(
            tar(**{"manifest.json": '{"format": 1, "files": {}}'}), "damaged", id="no configuration"
        ),
        pytest.param(tar(**{"..__etc__passwd": "x"}), "does not belong", id="a way out"),
        pytest.param(tar(__etc__passwd="x"), "does not belong", id="an absolute way"),
    ],
)
def test_what_is_no_whole_backup_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "backup"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=said):
        read_backup(path)


def test_a_damaged_backup_is_refused_or_gives_what_was_saved(home: Home, tmp_path: Path) -> None:
    """Cut anywhere, or with a byte changed: damage to padding is the only one that does no harm."""
    backup = home.backup(tmp_path)
    whole, saved = backup.read_bytes(), read_backup(backup)
    cut = [whole[:length] for length in range(0, len(whole), 5)]
    flipped = [
        whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in range(0, len(whole), 3)
    ]
    refused = 0
    for damaged in (*cut, *flipped):
        backup.write_bytes(damaged)
        try:
            assert read_backup(backup) == saved
        except ConfigError:
            refused += 1
    assert refused > len(cut)


def test_a_configuration_with_faults_is_not_restored(home: Home, tmp_path: Path) -> None:
    backup = home.backup(tmp_path)

    def check(path: Path) -> None:
        assert path.read_text() == "config\n"
        assert path.with_name("holidays.ics").read_text() == "calendar\n"
        raise ConfigError

    with pytest.raises(ConfigError):
        plan_restore(read_backup(backup), home.config, home.state, check)


def test_a_backup_without_a_configuration_to_save_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no such file"):
        make_backup(tmp_path / "none.yaml", [], tmp_path, NOON)
