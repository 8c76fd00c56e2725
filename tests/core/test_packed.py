"""Files that were packed by other programs than gzip."""

import bz2
import io
import lzma
import zipfile

import pytest

from hushgate.core.packed import refusal


def zipped(text: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("list.txt", text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "program"),
    [
        pytest.param(lzma.compress(b"ads.example"), "xz", id="xz"),
        pytest.param(bz2.compress(b"ads.example"), "bzip2", id="bzip2"),
        pytest.param(zipped(b"ads.example"), "zip", id="zip"),
        pytest.param(b"\x28\xb5\x2f\xfd\x24", "zstd", id="zstd"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", "7-Zip", id="7-Zip"),
    ],
)
def test_the_program_is_named(data: bytes, program: str) -> None:
    assert refusal(data) == f"packed with {program}; unpack it first"


@pytest.mark.parametrize("data", [b"", b"PK", b"ads.example\n", b"\xd4\xc3\xb2\xa1"])
def test_what_is_not_packed_is_not_refused(data: bytes) -> None:
    assert refusal(data) is None
