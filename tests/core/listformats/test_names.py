"""What is a name, and what is said about what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.listformats.names import (
    BadNameError,
    clean_host,
    clean_name,
    is_address,
    is_sink,
    shorten,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Ads.EXAMPLE", "ads.example", id="lower case"),
        pytest.param("ads.example.", "ads.example", id="no trailing dot"),
        pytest.param("_dmarc.ads.example", "_dmarc.ads.example", id="underscores are accepted"),
        pytest.param("-ads-.example", "-ads-.example", id="hyphens at the edges of other labels"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="international"),
        pytest.param("straße.example", "xn--strae-oqa.example", id="sharp s, as browsers do"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="encoded already"),
        pytest.param("例え.テスト", "xn--r8jz45g.xn--zckzah", id="every label international"),
        pytest.param("a" * 63 + ".example", "a" * 63 + ".example", id="the longest label"),
        pytest.param("lan", "lan", id="a single label"),
    ],
)
def test_a_name_is_brought_into_the_form_devices_ask_for(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "empty label", id="nothing"),
        pytest.param("a..example", "empty label", id="an empty label"),
        pytest.param(".example", "empty label", id="a leading dot"),
        pytest.param("a" * 64 + ".example", "longer than 63", id="a label too long"),
        pytest.param("a.b." * 64 + "example", "longer than 253", id="a name too long"),
        pytest.param("ads.-com", "no domain can have", id="a hyphen at the edge of the last label"),
        pytest.param("ads.com-", "no domain can have", id="a hyphen at its end"),
        pytest.param("1.2.3.4", "an address", id="an address"),
        pytest.param("ads.example/path", 'contains "/"', id="a path"),
        pytest.param("ads example", 'contains " "', id="a blank"),
        pytest.param("ads\x07.example", 'contains "?"', id="a control character"),
        pytest.param("a.123", "no domain can have", id="a last label of digits"),
        pytest.param("\u2028.example", "international", id="a character no name can have"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    with pytest.raises(BadNameError, match=problem):
        clean_name(text)


def test_hosts_have_two_labels() -> None:
    assert clean_host("ads.example") == "ads.example"
    with pytest.raises(BadNameError, match="single label"):
        clean_host("localhost")


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_an_error(text: str) -> None:
    try:
        name = clean_name(text)
    except BadNameError:
        return
    assert name.isascii()
    assert clean_name(name) == name


def test_addresses_are_told_from_names() -> None:
    assert is_address("192.168.1.1")
    assert is_address("fe80::1%lo0")
    assert not is_address("ads1")
    assert not is_address("1.2.3")
    assert is_sink("0.0.0.0")
    assert is_sink("127.5.5.5")
    assert is_sink("::")
    assert not is_sink("192.168.1.1")
    assert not is_sink("ads.example")


def test_shown_text_is_short_and_printable() -> None:
    assert shorten("a\x1b[31m") == "a?[31m"
    assert len(shorten("a" * 1000)) == 60
