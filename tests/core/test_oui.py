"""Firms behind hardware addresses."""

import pytest

from hushgate.core.oui import OuiTable, is_mac, is_made_up

TABLE = OuiTable([("fc:65:de", "amazon"), ("fe:65:de", "nobody")], source="table of 2026-09")


@pytest.mark.parametrize(
    ("device", "vendor"),
    [
        pytest.param("fc:65:de:00:00:01", "amazon", id="in the table"),
        pytest.param("fc:65:df:00:00:01", None, id="not in the table"),
        pytest.param("fe:65:de:00:00:01", None, id="made up, whatever the table says"),
        pytest.param("192.168.1.7", None, id="an address of a capture without hardware addresses"),
        pytest.param("::1", None, id="an IPv6 address"),
    ],
)
def test_a_firm_is_found_by_prefix(device: str, vendor: str | None) -> None:
    assert TABLE.vendor_of(device) == vendor


def test_an_address_that_software_made_up_is_known_by_a_bit() -> None:
    assert is_made_up("1e:f2:0c:cc:ed:1c")
    assert not is_made_up("fc:65:de:00:00:01")
    assert not is_made_up("192.168.1.7")


def test_hardware_addresses_are_told_from_others() -> None:
    assert is_mac("fc:65:de:00:00:01")
    assert not is_mac("fe80::1")
    assert not is_mac("fc:65:de")
