"""Changes of the configuration by programs: checked, remembered, undone, safe against crashes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushgate.adapters.confighistory import KEPT, ConfigFile
from hushgate.core.errors import Complaint, ConfigError
from tests.adapters.crash import crashes

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def check(text: str) -> None:
    if "fault" in text:
        raise ConfigError(Complaint("a fault"))


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    path = tmp_path / "hushgate.yaml"
    path.write_text("zero\r\n")
    return ConfigFile(path, tmp_path / "state", check)


def append(file: ConfigFile, line: str) -> bool:
    return file.edit(lambda text: text + line + "\n", by="anna", what=f"add {line}", at=NOON)


def text_of(file: ConfigFile) -> bytes:
    return file.path.read_bytes()


def test_undo_gives_back_the_very_bytes_step_by_step(file: ConfigFile) -> None:
    texts = [text_of(file)]
    for line in ("one", "two", "three"):
        assert append(file, line)
        texts.append(text_of(file))
    for expected in reversed(texts[:-1]):
        file.undo()
        assert text_of(file) == expected
    with pytest.raises(ConfigError, match="no change to undo"):
        file.undo()


def test_the_history_says_who_when_and_what(file: ConfigFile) -> None:
    append(file, "one")
    (change,) = file.history()
    assert (change.by, change.at, change.what) == ("anna", NOON.isoformat(), "add one")


def test_the_last_twenty_changes_are_kept(file: ConfigFile) -> None:
    for number in range(KEPT + 5):
        append(file, str(number))
    assert [change.what for change in file.history()][:1] == ["add 5"]
    assert len(file.history()) == KEPT


def test_a_change_with_a_fault_writes_nothing(file: ConfigFile) -> None:
    with pytest.raises(ConfigError, match="a fault"):
        append(file, "fault")
    assert text_of(file) == b"zero\r\n"
    assert file.history() == []


def test_a_change_that_changes_nothing_is_not_remembered(file: ConfigFile) -> None:
    assert not file.edit(lambda text: text, by="anna", what="nothing", at=NOON)
    assert file.history() == []


def test_undo_is_refused_after_a_change_by_hand(file: ConfigFile) -> None:
    append(file, "one")
    file.path.write_text("by hand\n")
    with pytest.raises(ConfigError, match='by hand after "add one"'):
        file.undo()
    assert text_of(file) == b"by hand\n"


def test_a_crash_at_any_step_of_an_edit_leaves_a_whole_file_and_a_true_history(
    file: ConfigFile,
) -> None:
    append(file, "one")
    old = text_of(file)
    new = old + b"two\n"
    for _ in crashes(lambda: append(file, "two")):
        whats = [change.what for change in file.history()]
        if text_of(file) == old:
            assert whats == ["add one"]
        else:
            assert text_of(file) == new
            assert whats == ["add one", "add two"]
            file.undo()
            assert text_of(file) == old
    assert text_of(file) == new


def test_a_crash_at_any_step_of_an_undo_leaves_a_whole_file_and_a_true_history(
    file: ConfigFile,
) -> None:
    append(file, "one")
    append(file, "two")
    new = text_of(file)
    for _ in crashes(file.undo):
        if text_of(file) == new:
            assert len(file.history()) == 2
        else:
            assert text_of(file) == b"zero\r\none\n"
            assert [change.what for change in file.history()] == ["add one"]
            append(file, "two")
    assert text_of(file) == b"zero\r\none\n"


def test_a_history_that_is_not_understood_is_said(file: ConfigFile, tmp_path: Path) -> None:
    append(file, "one")
    (tmp_path / "state" / "history.json").write_text("[{}]")
    with pytest.raises(ConfigError, match="removing the file forgets it"):
        file.history()


def test_a_file_that_cannot_be_read_is_said(file: ConfigFile) -> None:
    file.path.unlink()
    with pytest.raises(ConfigError, match="there is no such file"):
        append(file, "one")
