"""The script that writes the table of hardware address prefixes."""

import runpy
import struct
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_oui_table.py"
ROWS = {
    0xFC65DE: "Amazon Technologies Inc.",
    0x5C415A: "Amazon.com, LLC",
    0x000E58: "Sonos, Inc.",
    0x001122: "SonoSite, Inc.",
    0x64B473: "Beijing Xiaomi Mobile Software Co., Ltd",
}


def wheel(folder: Path, magic: bytes = b"OUI1") -> Path:
    """A wheel as aiooui's, with a few rows."""
    prefixes, names, offsets = sorted(ROWS), b"", []
    for prefix in prefixes:
        offsets.append(len(names))
        names += ROWS[prefix].encode() + b"\n"
    count = len(prefixes)
    table = magic + struct.pack(f"<{1 + 2 * count}I", count, *prefixes, *offsets) + names
    path = folder / "aiooui-0.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("aiooui-0.1.dist-info/METADATA", "Name: aiooui\nVersion: 0.1\n")
        archive.writestr("aiooui/oui.data", table)
    return path


def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path), "--date", "2026-09"])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_the_table_has_the_firms_behind_speakers_and_says_its_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(wheel(tmp_path), monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert "# date: 2026-09" in lines
    assert [line for line in lines if not line.startswith("#")] == [
        "00:0e:58\tsonos",
        "5c:41:5a\tamazon",
        "64:b4:73\txiaomi",
        "fc:65:de\tamazon",
    ]


def test_another_format_stops_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="another format"):
        run(wheel(tmp_path, b"OUI2"), monkeypatch)
