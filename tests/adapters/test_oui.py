"""The packaged table of hardware address prefixes."""

from importlib.resources import files

import pytest

from hushgate.adapters.oui import shipped_oui_table


@pytest.mark.parametrize(
    ("device", "vendor"),
    [
        ("fc:65:de:00:00:01", "amazon"),
        ("5c:41:5a:00:00:01", "amazon"),
        ("d4:a3:3d:00:00:01", "apple"),
        ("f8:0f:f9:00:00:01", "google"),
        ("18:b4:30:00:00:01", "nest"),
        ("00:0e:58:00:00:01", "sonos"),
        ("00:00:00:00:00:01", None),
    ],
)
def test_firms_behind_speakers_are_known(device: str, vendor: str | None) -> None:
    assert shipped_oui_table().vendor_of(device) == vendor


def test_the_table_says_its_date() -> None:
    assert shipped_oui_table().source.startswith("table of 20")


def test_the_table_is_sorted_and_says_where_it_is_from() -> None:
    lines = (files("hushgate") / "data" / "oui_speakers.tsv").read_text().splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    assert rows == sorted(rows)
    assert any(line.startswith("# source: IEEE") for line in lines)
