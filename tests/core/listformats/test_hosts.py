"""Hosts files, plain names, wildcards."""

import pytest

from hushgate.core.listformats.entry import Format, Meaning
from tests.core.listformats.reading import entries, problems

ADS = ["block exact ads.example"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("0.0.0.0 ads.example", id="unspecified"),
        pytest.param("0 ads.example", id="unspecified, made short"),
        pytest.param("127.0.0.1\tads.example", id="loopback, a tab"),
        pytest.param(":: ads.example", id="unspecified, IPv6"),
        pytest.param("::1   ads.example", id="loopback, IPv6, several blanks"),
        pytest.param("0.0.0.0 ads.example # comment", id="a comment"),
        pytest.param("0.0.0.0 ADS.Example.", id="capitals and a trailing dot"),
        pytest.param("0.0.0.0 localhost ads.example", id="the machine's own name beside it"),
        pytest.param("ads.example", id="a plain name"),
        pytest.param("ads.example#comment", id="a comment without a blank, cut where it begins"),
        pytest.param("  ads.example \r", id="blanks and a carriage return"),
    ],
)
def test_a_name_is_read(line: str) -> None:
    assert entries(Format.HOSTS, line) == ADS


def test_every_name_of_a_line_is_read() -> None:
    assert entries(Format.HOSTS, "0.0.0.0 a.example b.example") == [
        "block exact a.example",
        "block exact b.example",
    ]
    assert entries(Format.DOMAINS, "a.example b.example") == [
        "block exact a.example",
        "block exact b.example",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# comment",
        "! comment",
        "; comment",
        "[Section]",
        "127.0.0.1 localhost",
        "::1 ip6-localhost ip6-loopback",
        "255.255.255.255 broadcasthost",
        "ff02::1 ip6-allnodes",
        "fe80::1%lo0 localhost",
        "0.0.0.0 0.0.0.0",
        "127.0.0.1 localhost.localdomain",
    ],
)
def test_comments_and_boilerplate_say_nothing(line: str) -> None:
    assert entries(Format.HOSTS, line) == []
    assert problems(Format.HOSTS, line) == []


def test_a_real_address_is_an_answer_not_a_block() -> None:
    assert entries(Format.HOSTS, "192.168.1.10 nas.example") == []
    (problem,) = problems(Format.HOSTS, "192.168.1.10 nas.example")
    assert problem.ignored
    assert "192.168.1.10" in problem.text


def test_a_bad_token_does_not_cost_its_neighbor() -> None:
    assert entries(Format.DOMAINS, "foo real.example") == ["block exact real.example"]
    (problem,) = problems(Format.DOMAINS, "foo real.example")
    assert problem.text == '"foo" is a single label, not a domain name'


def test_the_meaning_decides_for_bare_names_and_not_after_an_address() -> None:
    text = "ads.example\n0.0.0.0 b.example"
    assert entries(Format.DOMAINS, text, Meaning.SUFFIX) == [
        "block suffix ads.example",
        "block exact b.example",
    ]
    assert entries(Format.HOSTS, text, Meaning.SUFFIX)[1] == "block suffix b.example"


def test_wildcards_cover_the_name_too_and_pi_hole_takes_adblock_style() -> None:
    assert entries(Format.WILDCARD, "*.ads.example\n||b.example^\n||lan^") == [
        "block suffix ads.example",
        "block suffix b.example",
        "block suffix lan",
    ]
