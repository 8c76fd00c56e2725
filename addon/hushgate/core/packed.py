"""Files that have to be unpacked first, told by their first bytes.

Gzip is not among them: captures and lists are read through it.
"""

from typing import Final

_STARTS: Final = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zX": "xz",
    b"BZh9": "bzip2",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7-Zip",
}
LONGEST: Final = max(map(len, _STARTS))
"""Bytes that tell."""


def refusal(start: bytes) -> str | None:
    """Say what to do about a file that begins like this; None: it is not packed."""
    program = _STARTS.get(start[:LONGEST])
    return None if program is None else f"packed with {program}; unpack it first"
