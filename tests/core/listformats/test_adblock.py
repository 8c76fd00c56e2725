"""Adblock rules as they apply to names."""

import pytest

from hushgate.core.listformats.entry import Entry, Format
from tests.core.listformats.reading import blocks, entries, items, problems, read


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        pytest.param("||ads.example^", "block suffix ads.example", id="a domain"),
        pytest.param("||ads.example^|", "block suffix ads.example", id="and its end"),
        pytest.param("@@||ok.example^", "allow suffix ok.example", id="an exception"),
        pytest.param("|ads.example^", "block exact ads.example", id="from start to end"),
        pytest.param("ads.example", "block exact ads.example", id="a plain name"),
        pytest.param("0.0.0.0 ads.example", "block exact ads.example", id="a line of a hosts file"),
        pytest.param("||bücher.example^", "block suffix xn--bcher-kva.example", id="international"),
        pytest.param("||lan^", "block suffix lan", id="a single label"),
        pytest.param("-ads.example", r"block pattern -ads\.example", id="the end of a label"),
        pytest.param("-ads.", r"block pattern -ads\.", id="a part of a name"),
        pytest.param("ads.example^", r"block pattern ads\.example$", id="the end of a name"),
        pytest.param("||ads.", r"block pattern (^|\.)ads\.", id="the start of a label"),
        pytest.param("://ads.", r"block pattern ^ads\.", id="the start of an address"),
        pytest.param("//ads.", r"block pattern ^ads\.", id="the same without its colon"),
        pytest.param("||a.*.b^", r"block pattern (^|\.)a\..*\.b$", id="an asterisk"),
        pytest.param(r"/^ad\d+\./", r"block pattern ^ad\d+\.", id="a regular expression"),
        pytest.param("/a$b/", "block pattern a$b", id="a dollar inside one"),
        pytest.param("||a.example^ # why", "block suffix a.example", id="a comment behind"),
        pytest.param("||a.example^$dnsrewrite=NXDOMAIN;;", "block suffix a.example", id="NXDOMAIN"),
        pytest.param("||a.example^$dnsrewrite=0.0.0.0", "block suffix a.example", id="to nowhere"),
        pytest.param(
            "||a.example^$dnsrewrite=NOERROR;A;0.0.0.0", "block suffix a.example", id="the long way"
        ),
    ],
)
def test_a_rule_about_names_is_read(rule: str, entry: str) -> None:
    assert entries(Format.ADBLOCK, rule) == [entry]
    assert problems(Format.ADBLOCK, rule) == []


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("||a.example^$third-party", id="a modifier of browsers"),
        pytest.param("||a.example^$script,domain=b.example", id="two of them"),
        pytest.param("||a.example^$important,nonsense", id="an unknown one among known ones"),
        pytest.param("||a.example^$ctag=device_tv", id="tags of clients"),
        pytest.param("||a.example^$client=Kitchen", id="one client"),
        pytest.param("||a.example^$dnstype=AAAA", id="one type of question"),
        pytest.param("||a.example^$dnsrewrite=1.2.3.4", id="another answer"),
        pytest.param("a.example##.ad", id="hiding a part of a page"),
        pytest.param("##.ad-banner", id="hiding it on every page"),
        pytest.param("a.example#@#.ad", id="showing it"),
        pytest.param("a.example#?#div", id="an extended selector"),
        pytest.param("a.example#%#script", id="a script"),
        pytest.param("||a.example/ads/", id="a path"),
        pytest.param("||a.example^path", id="something behind the name"),
        pytest.param("&ad_type=", id="a query"),
    ],
)
def test_a_rule_about_something_else_is_ignored_as_a_whole(rule: str) -> None:
    assert entries(Format.ADBLOCK, rule) == []
    assert [each.ignored for each in problems(Format.ADBLOCK, rule)] == [True]


@pytest.mark.parametrize("rule", ["*", "||", "|", "ab", "^", "||*^", "@@*", "||a b^", "||a..b^"])
def test_a_rule_that_is_too_wide_or_broken_is_invalid(rule: str) -> None:
    assert entries(Format.ADBLOCK, rule) == []
    assert len(problems(Format.ADBLOCK, rule)) == 1


@pytest.mark.parametrize("line", ["", "! comment", "# comment", "## heading", "[Adblock Plus 2.0]"])
def test_comments_say_nothing(line: str) -> None:
    assert items(Format.ADBLOCK, line) == []


def test_important_and_badfilter_are_read() -> None:
    (important, cancels) = items(Format.ADBLOCK, "||a.example^$important\n||b.example^$badfilter")
    assert isinstance(important, Entry)
    assert important.important
    assert isinstance(cancels, Entry)
    assert cancels.cancels


def test_important_outranks_exceptions_and_important_exceptions_that() -> None:
    rules = read(
        "||a.example^$important\n@@||a.example^\n"
        "||b.example^$important\n@@||b.example^$important\n"
        "||c.example^\n@@||c.example^\n",
        Format.ADBLOCK,
    ).rules
    assert blocks(rules, "x.a.example")
    assert not blocks(rules, "x.b.example")
    assert not blocks(rules, "x.c.example")


def test_badfilter_takes_the_same_rule_out_wherever_it_stands() -> None:
    rules = read(
        "||a.example^$badfilter\n||a.example^\n||b.example^\n/^c/\n/^d/\n/^c/$badfilter\n",
        Format.ADBLOCK,
    ).rules
    assert not blocks(rules, "a.example")
    assert blocks(rules, "b.example")
    assert not blocks(rules, "c.example")
    assert blocks(rules, "d.example")


def test_everything_but_some_names_is_a_rule_like_others() -> None:
    rules = read("*$denyallow=good.example|com\n", Format.ADBLOCK).rules
    assert blocks(rules, "evil.example")
    assert not blocks(rules, "www.good.example")
    assert not blocks(rules, "a.com")


def test_denyallow_spares_names_from_such_rules_only() -> None:
    rules = read("*$denyallow=com|net\n||ads.com^\n", Format.ADBLOCK).rules
    assert blocks(rules, "ads.com")
    assert not blocks(rules, "good.com")
    assert len(rules) == 2


def test_denyallow_spares_names_from_its_list_only() -> None:
    rules = read("||*.zip^$denyallow=good.zip|fine.zip\n", Format.ADBLOCK).rules
    assert blocks(rules, "evil.zip")
    assert not blocks(rules, "good.zip")
    assert not blocks(rules, "www.fine.zip")
    hit = rules.find(b"good.zip", "good.zip")
    assert hit is None  # not an exception that would undo other lists
