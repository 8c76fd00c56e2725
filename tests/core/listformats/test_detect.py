"""Which format a list is in, and what its names mean."""

import pytest

from hushgate.core.listformats.detect import choose
from hushgate.core.listformats.entry import Format, Meaning
from tests.core.listformats.test_semantics import ROWS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# c\n0.0.0.0 a.example", Format.HOSTS, id="hosts"),
        pytest.param("127.0.0.1\ta.example", Format.HOSTS, id="hosts with tabs"),
        pytest.param("0 a.example\n0 b.example", Format.HOSTS, id="hosts made small"),
        pytest.param("::1  localhost #[IPv6]", Format.HOSTS, id="a comment with brackets"),
        pytest.param("# c\na.example\nb.example # why", Format.DOMAINS, id="plain names"),
        pytest.param("*.a.example\n*.b.example", Format.WILDCARD, id="wildcards"),
        pytest.param(".a.example\n.b.example", Format.WILDCARD, id="names with a leading dot"),
        pytest.param("[Adblock Plus 2.0]\na.example\nb.example", Format.ADBLOCK, id="a title"),
        pytest.param("[Adblock Plus]\n! c\n||a.example^", Format.ADBLOCK, id="Adblock"),
        pytest.param("@@||a.example^\n||b^$important", Format.ADBLOCK, id="exceptions"),
        pytest.param("a.example\nb.example\n||c.example^", Format.ADBLOCK, id="a mixture"),
        pytest.param("address=/a.example/#", Format.DNSMASQ, id="dnsmasq"),
        pytest.param("$TTL 1\n@ SOA a. b. 1\na.example CNAME .", Format.RPZ, id="RPZ"),
        pytest.param(
            'local-data: "a.example. 10800 IN SOA b. c. 1 2 3 4 5"\nlocal-zone: a.example static',
            Format.UNBOUND,
            id="unbound with an SOA record",
        ),
        pytest.param("0.0.0.0 a-soa x.example", Format.HOSTS, id="a word that ends in soa"),
        pytest.param("a.example 60 IN SOA a. b. 1\nb.example", Format.RPZ, id="an SOA with a TTL"),
        pytest.param(
            "$TTL 2w\n@ IN SOA a. b. (\n1 ; serial\n2w\n2w\n2w\n2w)\na.example IN CNAME .",
            Format.RPZ,
            id="a short zone with a long SOA",
        ),
        pytest.param("server:\nlocal-zone: a refuse", Format.UNBOUND, id="unbound"),
        pytest.param("(^|\\.)a\\.example$\n^ad[0-9]+\\.", Format.REGEX, id="regular expressions"),
        pytest.param("^api\\..*\\.a\\.tv$\n^[a-rt-z][a-z]{10,14}$", Format.REGEX, id="more"),
        pytest.param("", Format.DOMAINS, id="nothing"),
        pytest.param("# only\n# comments", Format.DOMAINS, id="only comments"),
    ],
)
def test_the_format_is_inferred(text: str, expected: Format) -> None:
    assert choose(text.splitlines(), "list.txt").format is expected


@pytest.mark.parametrize(("form", "meaning", "line", "covered"), ROWS)
def test_every_row_of_the_table_is_recognized(
    form: Format, meaning: Meaning | None, line: str, covered: str
) -> None:
    alone = {"ads.", "ads.example^"}  # alone they could be anything
    if line not in alone:
        assert choose([line], "list.txt").format is form


@pytest.mark.parametrize(
    ("header", "name", "meaning", "sure"),
    [
        pytest.param("# Syntax: Domains (without subdomains)", "x", "suffix", True, id="HaGeZi"),
        pytest.param(
            "# Syntax: Domains (including possible subdomains)", "x", "exact", True, id="all"
        ),
        pytest.param("#    File: Wild_Ads", "x", "suffix", True, id="ShadowWhisperer's header"),
        pytest.param("# ads", "Wild_Ads", "suffix", True, id="ShadowWhisperer's name"),
        pytest.param("# ads", "pro-onlydomains.txt", "suffix", True, id="HaGeZi's name"),
        pytest.param("# ads", "domainswild2_big.txt", "suffix", True, id="OISD's name"),
        pytest.param("# ads", "wildlife.txt", "exact", False, id="a name that only begins alike"),
        pytest.param("# ads", "hosts", "exact", False, id="nothing says it"),
    ],
)
def test_the_meaning_comes_from_the_header_or_the_name(
    header: str, name: str, meaning: str, sure: bool
) -> None:
    choice = choose([header, "ads.example"], name)
    assert (choice.meaning, choice.sure) == (meaning, sure)


def test_the_choice_is_shown_with_its_reason() -> None:
    choice = choose(["# Syntax: Domains (without subdomains)", "a.example"], "x")
    assert 'because the header says "# Syntax: Domains (without subdomains)"' in choice.why


def test_what_the_owner_says_comes_first() -> None:
    told = choose(["0.0.0.0 a.example"], "x", form=Format.DOMAINS, meaning=Meaning.SUFFIX)
    assert (told.format, told.meaning, told.sure) == (Format.DOMAINS, Meaning.SUFFIX, True)
    assert told.why == "domains (as you said); suffix names (as you said)"


def test_a_format_that_says_itself_what_it_covers_cannot_be_told() -> None:
    choice = choose(["||a.example^"], "x", meaning=Meaning.EXACT)
    assert choice.meaning is Meaning.SUFFIX
