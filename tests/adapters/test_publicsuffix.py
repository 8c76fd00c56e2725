"""The public suffix list that is bundled."""

import socket

import pytest

from hushgate.adapters.publicsuffix import public_suffixes, registered_domain


def test_the_bundled_list_knows_suffixes_and_leaves_companies_out() -> None:
    suffixes = public_suffixes()
    assert all(name in suffixes for name in (b"com", b"co.uk", b"foo.ck", b"xn--p1ai"))
    assert not any(name in suffixes for name in (b"example.com", b"www.ck", b"cloudfront.net"))


def test_names_are_grouped_by_what_somebody_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    assert registered_domain("a.b.amazon.co.uk") == "amazon.co.uk"
    assert registered_domain("co.uk") == "co.uk"
    assert registered_domain("nas.lan") == "nas.lan"
