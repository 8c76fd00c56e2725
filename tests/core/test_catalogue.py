"""Endpoints by name: which pattern wins, and what is no pattern."""

import pytest

from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role, pattern_error


def endpoint(key: str, role: Role, *patterns: str) -> Endpoint:
    return Endpoint("acme", key, key, role, Confidence.A, ("S1",), patterns)


CATALOGUE = Catalogue(
    [
        endpoint("voice", Role.VOICE, r"/alexa\.(na|eu)\.a2z\.example/", ".guzzoni.example"),
        endpoint("metrics", Role.TELEMETRY, ".minerva.a2z.example", "metrics.shop.example"),
        endpoint("shop", Role.MEDIA, ".shop.example", ".example.net"),
        endpoint("deep", Role.OTHER, ".deep.example.net"),
    ]
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("alexa.na.a2z.example", "voice", id="an expression"),
        pytest.param("xalexa.na.a2z.example", None, id="an expression matches the whole name"),
        pytest.param("x.minerva.a2z.example", "metrics", id="a suffix"),
        pytest.param("minerva.a2z.example", "metrics", id="a suffix covers the name itself"),
        pytest.param("xminerva.a2z.example", None, id="a suffix covers whole labels only"),
        pytest.param("other.a2z.example", None, id="nothing is known of the rest of a domain"),
        pytest.param("metrics.shop.example", "metrics", id="the exact name wins over a suffix"),
        pytest.param("a.deep.example.net", "deep", id="a longer suffix wins"),
        pytest.param("Alexa.NA.a2z.Example.", "voice", id="case and a last dot do not matter"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_most_specific_pattern_wins(name: str, key: str | None) -> None:
    found = CATALOGUE.endpoint_of(name)
    assert (found.key if found else None) == key


def test_a_name_that_is_unknown_is_looked_up_by_its_aliases() -> None:
    found = CATALOGUE.endpoint_of("x.unknown.example", ("y.unknown.example", "st1.guzzoni.example"))
    assert found is not None
    assert found.role is Role.VOICE


def test_an_empty_catalogue_knows_nobody() -> None:
    assert Catalogue().endpoint_of("guzzoni.apple.com") is None


@pytest.mark.parametrize(
    "pattern", ["guzzoni.apple.com", ".push.apple.com", r"/a\.(na|eu)\.example/", "_dns.example"]
)
def test_patterns_of_every_kind_are_good(pattern: str) -> None:
    assert pattern_error(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        pytest.param("localhost", "not a host name", id="one label"),
        pytest.param("a..example", "not a host name", id="an empty label"),
        pytest.param("*.example.com", "not a host name", id="a wildcard"),
        pytest.param("https://a.example", "not a host name", id="an address of a page"),
        pytest.param("/(/", "not a regular expression", id="a broken expression"),
        pytest.param("/open", "between slashes", id="an expression without an end"),
        pytest.param("//", "between slashes", id="an empty expression"),
        pytest.param("/" + "a" * 300 + "/", "between slashes", id="a giant"),
    ],
)
def test_what_is_no_pattern_is_said(pattern: str, why: str) -> None:
    error = pattern_error(pattern)
    assert error is not None
    assert why in error
