"""The ClientHello message: what is read from it, and what is refused as contradictory."""

import pytest

from hushgate.wire.errors import WireError
from hushgate.wire.hello import Hello, decode_message, message_size
from tests.wire.hellos import chrome_hello, numbers, protocols, server_name, vector, written_hello


def decode(message: bytes) -> Hello:
    return decode_message(message, transport="t", size=len(message))


@pytest.mark.parametrize(
    ("name", "sni"),
    [
        pytest.param("Guzzoni.Apple.COM", "guzzoni.apple.com", id="lower case"),
        pytest.param("a.example.", "a.example", id="no trailing dot"),
        pytest.param("_b.example", "_b.example", id="underscores are in use"),
        pytest.param("192.0.2.1", "192.0.2.1", id="an address, though forbidden"),
        pytest.param(".", None, id="nothing but a dot"),
    ],
)
def test_the_server_name_is_read_as_policies_spell_it(name: str, sni: str | None) -> None:
    assert decode(written_hello([server_name(name)])).sni == sni


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"a b", id="a space"),
        pytest.param(b"a\0.example", id="a zero byte"),
        pytest.param("bücher.example".encode(), id="not ASCII"),
        pytest.param(b"a" * 256, id="longer than a name can be"),
    ],
)
def test_a_server_name_that_is_no_host_name_is_refused(name: bytes) -> None:
    with pytest.raises(WireError):
        decode(written_hello([server_name(name)]))


def test_a_hello_without_extensions_says_nothing_and_is_read() -> None:
    hello = decode(written_hello())
    assert (hello.sni, hello.alpn, hello.ech) == (None, (), False)


def test_another_kind_of_name_is_passed_over() -> None:
    both = vector(2, b"\x07" + vector(2, b"other") + b"\0" + vector(2, b"a.example"))
    assert decode(written_hello([(0, both)])).sni == "a.example"


def test_a_list_of_other_kinds_of_name_names_nobody() -> None:
    assert decode(written_hello([(0, vector(2, b"\x07" + vector(2, b"other")))])).sni is None


def test_protocols_keep_their_order() -> None:
    assert decode(written_hello([protocols(b"h2", b"http/1.1", b"\xfa")])).alpn == (
        "h2",
        "http/1.1",
        "\\xfa",
    )


def test_an_encrypted_client_hello_is_noticed() -> None:
    assert decode(chrome_hello()).ech


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(written_hello([server_name("a"), server_name("b")]), id="two server names"),
        pytest.param(written_hello([(0, b"")]), id="an empty server name list"),
        pytest.param(written_hello([(16, b"\x00\x05\x02h2")]), id="ALPN longer than it is"),
        pytest.param(written_hello([(43, b"\x03\x03\x04\x03")]), id="half a version"),
        pytest.param(written_hello([(13, vector(2, b"\x04\x03") + b"x")]), id="after the list"),
        pytest.param(b"\x01" + vector(3, written_hello([])[4:] + b"x"), id="after the extensions"),
        pytest.param(written_hello([], ciphers=())[:40], id="cut off"),
        pytest.param(b"\x01" + vector(3, written_hello()[4:] + b"\0\2\0\0"), id="no length"),
        pytest.param(b"\x01" + vector(3, written_hello()[4:] + b"\0\4\0\0\0\1"), id="reaches past"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode(message)


def test_the_size_of_a_message_is_known_from_its_header() -> None:
    assert message_size(b"") is None
    assert message_size(b"\x01\x00\x01") is None
    assert message_size(b"\x01\x00\x01\x00") == 260
    with pytest.raises(WireError):
        message_size(b"\x01\x00\x40\x00")
    with pytest.raises(WireError):
        message_size(b"\x02")


def test_a_version_only_grease_offers_does_not_count() -> None:
    message = written_hello([(43, vector(1, numbers(0x8A8A)))])
    assert decode(message).ja4.startswith("t12")
