"""The public suffix list that is bundled."""

import socket

import pytest
from tldextract import TLDExtract

from hushgate.adapters.publicsuffix import public_suffixes, registered_domain
from hushgate.core.suffixes import PublicSuffixes


def test_the_bundled_list_knows_suffixes_and_leaves_companies_out() -> None:
    suffixes = public_suffixes()
    assert all(name in suffixes for name in (b"com", b"co.uk", b"foo.ck", b"xn--p1ai"))
    assert not any(name in suffixes for name in (b"example.com", b"www.ck", b"cloudfront.net"))


def test_the_rules_are_those_that_tldextract_uses() -> None:
    used = PublicSuffixes(TLDExtract(suffix_list_urls=(), cache_dir=None).tlds)
    assert public_suffixes().plain == used.plain
    assert set(public_suffixes().tails) == set(used.tails)


def test_names_are_grouped_by_what_somebody_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    assert registered_domain("a.b.amazon.co.uk") == "amazon.co.uk"
    assert registered_domain("co.uk") == "co.uk"
    assert registered_domain("nas.lan") == "nas.lan"
