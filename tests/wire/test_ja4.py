"""JA4: published fingerprints, and the corners of its description."""

import pytest

from hushgate.wire.hello import decode_message
from hushgate.wire.ja4 import GREASE, fingerprint_hello
from tests.wire.hellos import chrome_hello, protocols, written_hello

CHROME_CIPHERS = bytes.fromhex(
    "1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
)
CHROME_103 = bytes.fromhex(
    "001b 0000 0033 0010 4469 0017 002d 000d 0005 0023 0012 002b ff01 000b 000a 0015"
)
CHROME_143 = bytes.fromhex(
    "002d 0033 0010 fe0d 0017 44cd 0000 000b 000a 002b ff01 0023 0012 0005 000d 001b"
)


def values(raw: bytes) -> list[int]:
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def chrome(extensions: list[int], ciphers: list[int]) -> str:
    return fingerprint_hello(
        transport="t",
        version=0x0304,
        ciphers=ciphers,
        extensions=set(extensions),
        alpn=b"h2",
        signatures=(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
    )


@pytest.mark.parametrize(
    ("extensions", "fingerprint"),
    [
        pytest.param(CHROME_103, "t13d1516h2_8daaf6152771_e5627efa2ab1", id="Chrome 103 to 116"),
        pytest.param(CHROME_143, "t13d1516h2_8daaf6152771_d8a2da3f94cd", id="Chrome 143"),
    ],
)
def test_published_fingerprints_are_reproduced(extensions: bytes, fingerprint: str) -> None:
    assert chrome(values(extensions), values(CHROME_CIPHERS)) == fingerprint


def test_order_of_extensions_and_grease_change_nothing() -> None:
    extensions, ciphers = values(CHROME_103), values(CHROME_CIPHERS)
    greased = chrome([0x1A1A, *reversed(extensions), 0xBABA], [0x0A0A, *ciphers])
    assert greased == chrome(extensions, ciphers)


@pytest.mark.parametrize(
    ("alpn", "ends"),
    [
        pytest.param(b"", "00", id="none"),
        pytest.param(b"h2", "h2", id="two characters"),
        pytest.param(b"http/1.1", "h1", id="first and last"),
        pytest.param(b"x", "xx", id="one character"),
        pytest.param(b"\xab", "ab", id="one byte that is no text"),
        pytest.param(b"\xab\xcd", "ad", id="two bytes that are no text"),
        pytest.param(b"0\xab", "3b", id="only the last is no text"),
        pytest.param(b"01\xab\xcd1", "01", id="text at both ends"),
    ],
)
def test_protocol_names_show_their_ends(alpn: bytes, ends: str) -> None:
    message = written_hello([protocols(alpn)] if alpn else [])
    assert decode_message(message, transport="t", size=0).ja4.split("_")[0][-2:] == ends


def test_a_hello_that_offers_nothing_has_a_fingerprint_too() -> None:
    nothing = decode_message(written_hello(ciphers=()), transport="q", size=0)
    assert nothing.ja4 == "q12i000000_000000000000_000000000000"


def test_counts_stop_at_two_digits() -> None:
    message = written_hello(ciphers=tuple(range(1, 200)))
    assert decode_message(message, transport="t", size=0).ja4.startswith("t12i9900")


def test_the_whole_way_from_bytes_ignores_grease() -> None:
    assert decode_message(chrome_hello(), transport="t", size=0).ja4.startswith("t13d1516h2_8daaf")


def test_grease_is_two_equal_bytes_that_end_in_a() -> None:
    assert {high << 8 | high for high in range(0x0A, 0x100, 0x10)} == GREASE
