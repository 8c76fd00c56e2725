"""Response policy zones."""

from hushgate.core.listformats.entry import Format
from tests.core.listformats.reading import blocks, entries, problems, read

ZONE = """\
$TTL 300
$ORIGIN rpz.example.
@ IN SOA localhost. root.localhost. (
    2026112401 ; serial
    3600 600 86400 300 )
  IN NS localhost.
a.example CNAME .            ; NXDOMAIN
b.example 60 IN CNAME *.     ; NODATA
c.example CNAME rpz-drop.
ok.a.example CNAME rpz-passthru.
d.example.rpz.example. CNAME .
e.example A 0.0.0.0
  AAAA ::
*.f.example CNAME .
"""


def test_a_zone_is_read() -> None:
    assert entries(Format.RPZ, ZONE) == [
        "block exact a.example",
        "block exact b.example",
        "block exact c.example",
        "allow exact ok.a.example",
        "block exact d.example",
        "block exact e.example",
        "block exact e.example",
        "block below f.example",
    ]
    assert problems(Format.RPZ, ZONE) == []


def test_what_says_nothing_about_a_name_is_ignored() -> None:
    lines = (
        "32.1.2.0.192.rpz-ip CNAME .\n"
        "32.10.1.168.192.rpz-client-ip CNAME .\n"
        "ns.a.example.rpz-nsdname CNAME .\n"
        "a.example CNAME walled.example.\n"
        "a.example A 192.168.1.9\n"
        "a.example CNAME rpz-tcp-only.\n"
    )
    assert entries(Format.RPZ, lines) == []
    assert [each.ignored for each in problems(Format.RPZ, lines)] == [True] * 6


def test_what_cannot_be_read_is_invalid() -> None:
    found = problems(Format.RPZ, "a.example\na..b CNAME .\nc MX 1 d.")
    assert [each.ignored for each in found] == [False, False, False]


def test_an_unclosed_parenthesis_swallows_lines_but_never_the_reader() -> None:
    assert entries(Format.RPZ, "@ SOA a b ( 1\na.example CNAME .\n) ) )\nb.example CNAME .") == [
        "block exact b.example"
    ]


def test_the_more_specific_owner_decides() -> None:
    rules = read(
        "*.a.example CNAME .\nok.a.example CNAME rpz-passthru.\n"
        "*.b.example CNAME rpz-passthru.\nbad.b.example CNAME .\n",
        Format.RPZ,
    ).rules
    assert blocks(rules, "x.a.example")
    assert not blocks(rules, "ok.a.example")
    assert not blocks(rules, "x.b.example")
    assert blocks(rules, "bad.b.example")
