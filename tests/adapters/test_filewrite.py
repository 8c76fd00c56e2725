"""Whole-file writes: old or new, never torn, never lost to a power cut."""

import os
from pathlib import Path

import pytest

from hushgate.adapters.filewrite import replace_file
from hushgate.core.errors import UnavailableError
from tests.adapters.crash import crashes

OLD, NEW = b"old " * 1000, b"new " * 2000


@pytest.mark.parametrize("backup", [False, True], ids=["without backup", "with backup"])
def test_a_crash_at_any_step_leaves_the_old_or_the_new_bytes(
    tmp_path: Path, *, backup: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    left = [path.read_bytes() for _ in crashes(lambda: replace_file(path, NEW, backup=backup))]
    assert set(left) == {OLD, NEW}
    assert path.read_bytes() == NEW


def test_the_bytes_reach_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut leaves is decided by this order."""
    done: list[str] = []
    names: dict[int, str] = {}
    real_open, real_fsync, real_replace = os.open, os.fsync, os.replace

    def opened(path: Path, *args: int) -> int:
        descriptor = real_open(path, *args)
        names[descriptor] = Path(path).name
        return descriptor

    def synced(descriptor: int) -> None:
        done.append(f"sync {names[descriptor]}")
        real_fsync(descriptor)

    def replaced(source: Path, target: Path) -> None:
        done.append(f"replace {target.name}")
        real_replace(source, target)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    replace_file(tmp_path / "file", NEW)
    assert done == ["sync .file.new", "replace file", f"sync {tmp_path.name}"]


def test_the_bytes_before_stay_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    replace_file(path, NEW, backup=True)
    assert (tmp_path / "file.bak").read_bytes() == OLD
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "file.bak"]


def test_the_mode_stays_and_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, OLD)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    replace_file(path, NEW)
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no such file"):
        replace_file(tmp_path / "missing" / "file", NEW)


def test_a_full_disk_leaves_the_old_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UnavailableError, match="No space left"):
        replace_file(path, NEW)
    assert path.read_bytes() == OLD
