"""A change of a file is seen without reading it."""

import os
from pathlib import Path

from hushgate.adapters.filestamp import stamp_of


def test_a_write_and_a_replacement_change_the_stamp(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    first = stamp_of(path)
    assert first == stamp_of(path)
    path.write_text("longer")
    second = stamp_of(path)
    other.write_text("longer")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert len({first, second, stamp_of(path)}) == 3


def test_no_file_has_no_stamp(tmp_path: Path) -> None:
    assert stamp_of(tmp_path / "none") is None
