"""The tables are well formed: a typing mistake in one must not wait for a device to show it."""

import re

from hushgate.core import signatures


def test_prefixes_are_lower_case_and_real() -> None:
    for prefix in signatures.ECHO_PREFIXES:
        assert re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){2}", prefix)
        assert not int(prefix[:2], 16) & 0x03


def test_names_match_whole() -> None:
    assert signatures.FIRE_TV_NAMES.fullmatch("ftv-smtv.ntp-fireos.com")
    assert not signatures.FIRE_TV_NAMES.fullmatch("ftv-smp.ntp-fireos.com.evil.example")
    assert not signatures.AMAZON_DEVICE_NAMES.fullmatch("xunagi-na.amazon.com")


def test_apple_models_are_told_apart() -> None:
    assert signatures.APPLE_SPEAKERS["AudioAccessory5,1"] == "HomePod mini"
