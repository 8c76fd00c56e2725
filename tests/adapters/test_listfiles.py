"""Files of lists."""

from pathlib import Path

import pytest

from hushgate.adapters.listfiles import name_of, read_blocks, read_lines, read_source
from hushgate.adapters.listrows import Source
from hushgate.core.errors import UnavailableError
from hushgate.core.listformats.entry import Meaning
from hushgate.core.listreading import BLOCK_BYTES


def test_a_file_is_read_in_blocks_of_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "list"
    data = b"host.example\n" * BLOCK_BYTES + b"last.example"
    path.write_bytes(data)
    blocks = list(read_blocks(path))
    assert b"".join(blocks) == data
    assert len(blocks) > 2
    assert all(block.endswith(b"\n") for block in blocks[:-1])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no such file"):
        list(read_blocks(tmp_path / "missing"))


def test_the_name_of_a_list_tells_what_its_names_mean(tmp_path: Path) -> None:
    path = tmp_path / "copy"
    path.write_text("ads.example\n")
    seen: list[int] = []
    reading = read_source(path, Source("x", "https://a.example/Wild_Ads"), seen.append)
    assert reading.choice.meaning is Meaning.SUFFIX
    assert seen == [12]


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://a.example/lists/my%20hosts.txt?x=1", "my hosts.txt"),
        ("/etc/lists/Wild_Ads", "Wild_Ads"),
        ("https://a.example", "https://a.example"),
    ],
)
def test_the_file_name_of_a_location(location: str, name: str) -> None:
    assert name_of(location) == name


def test_lines_are_read_by_number(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\xff\r\nthree")
    assert read_lines(path, [1, 3, 9]) == {1: "one", 3: "three"}
