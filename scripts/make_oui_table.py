"""Writes addon/hushgate/data/oui_speakers.tsv: hardware address prefixes of firms behind speakers.

The source is the wheel of aiooui (MIT), which packs the IEEE's registry of 24-bit prefixes:

    pip download --no-deps aiooui
    python scripts/make_oui_table.py aiooui-*.whl --date 2026-09 > oui_speakers.tsv

The wheel does not say when it was made, so the month of its release on PyPI is an argument.
"""

import argparse
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

VENDORS = (
    ("amazon", r"amazon technologies.*|amazon\.com.*"),
    ("apple", r"apple,? inc.*"),
    ("baidu", r"baidu .*"),
    ("blink", r"blink by amazon|immedia semiconductor.*"),
    ("bose", r"bose corporation"),
    ("eero", r"eero inc\.?"),
    ("google", r"google,? (inc|llc).*"),
    ("harman", r"harman.*|jbl.*"),
    ("meta", r"facebook.*|meta platforms.*|oculus vr.*"),
    ("nest", r"nest labs.*"),
    ("ring", r"ring llc"),
    ("samsung", r"samsung electronics.*"),
    ("sonos", r"sonos,? inc.*"),
    ("xiaomi", r"(beijing )?xiaomi.*"),
)
"""Vendor → organizations of the registry, as whole names without regard to case."""

_MAGIC = b"OUI1"


def read_wheel(path: Path) -> tuple[str, bytes]:
    """Give the version and the table of an aiooui wheel."""
    with zipfile.ZipFile(path) as wheel:
        metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        version = re.search(r"^Version: (.+)$", wheel.read(metadata).decode(), re.MULTILINE)
        if version is None:
            raise SystemExit(f"{path}: no version in its metadata")
        return version[1], wheel.read("aiooui/oui.data")


def read_table(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield prefix and organization.

    Little-endian: magic, count n, n prefixes, n offsets into the names, names ended by newlines.
    """
    if data[:4] != _MAGIC:
        raise SystemExit("aiooui's table has another format now; this script must follow")
    (count,) = struct.unpack_from("<I", data, 4)
    prefixes = struct.unpack_from(f"<{count}I", data, 8)
    offsets = struct.unpack_from(f"<{count}I", data, 8 + 4 * count)
    names = data[8 + 8 * count :]
    for prefix, offset in zip(prefixes, offsets, strict=True):
        yield prefix.to_bytes(3).hex(":"), names[offset : names.index(b"\n", offset)].decode()


def vendor_of(organization: str) -> str | None:
    """Give our word for a firm; None: it makes no speakers."""
    for vendor, pattern in VENDORS:
        if re.fullmatch(pattern, organization, re.IGNORECASE):
            return vendor
    return None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--date", required=True, help="month of the wheel's release, 2026-09")
    args = parser.parse_args()
    version, data = read_wheel(args.wheel)
    rows = [
        (prefix, vendor)
        for prefix, organization in read_table(data)
        if (vendor := vendor_of(organization))
    ]
    print("# Hardware address prefixes of firms behind smart speakers.")
    print(f"# source: IEEE registration authority, MA-L, as packed in aiooui {version} (MIT)")
    print(f"# date: {args.date}")
    print("# made by: scripts/make_oui_table.py")
    for prefix, vendor in rows:
        print(f"{prefix}\t{vendor}")
    print(f"{len(rows)} prefixes", file=sys.stderr)


if __name__ == "__main__":
    main()
