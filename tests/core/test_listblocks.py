"""Blocks taken whole say what their lines say one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core import listreading
from hushgate.core.domains import Reach
from hushgate.core.listblocks import AlikeBlocks, NameBlock
from hushgate.core.listformats.entry import Effect, Format, Meaning
from hushgate.core.listformats.readers import reader_for
from hushgate.core.listreading import Reading, read_list
from hushgate.core.suffixes import PublicSuffixes
from tests.core.listformats.reading import split_blocks

SUFFIXES = PublicSuffixes(["com", "co.uk", "*.ck"])

SHAPES = {
    Format.HOSTS: ["0.0.0.0 {}", "127.0.0.1\t{}", "0.0.0.0 {} # why"],
    Format.DOMAINS: ["{}", "{} # why"],
    Format.WILDCARD: ["*.{}"],
    Format.ADBLOCK: ["||{}^", "@@||{}^", "||{}^$important", "||{}^$badfilter", "{}"],
    Format.DNSMASQ: ["address=/{}/", "address=/{}/#", "server=/{}/#", "local=/*.{}/"],
    Format.RPZ: ["{} CNAME .", "*.{} CNAME .", "{}.rpz.example. CNAME rpz-passthru."],
    Format.UNBOUND: ['local-zone: "{}." always_nxdomain', 'local-data: "{} A 0.0.0.0"'],
    Format.REGEX: ["^{}$"],
}
NAMES = st.sampled_from(
    [
        "ads.example",
        "x.ads.example",
        "b.co.uk",
        "Big.Example",
        "a_b.example",
        "xn--bcher-kva.example",
    ]
)
ODD = st.sampled_from(
    [
        "com",
        "co.uk",
        "any.ck",
        "lan",
        "localhost.localdomain",
        "1.rpz-ip",
        "a..b",
        "1.2.3.4",
        "bücher.example",
        "a." * 130 + "example",
    ]
)


def read(text: str, form: Format) -> Reading:
    return read_list(split_blocks(text.encode()), "list", suffixes=SUFFIXES, form=form)


@st.composite
def lists(draw: st.DrawFn) -> tuple[Format, str]:
    form = draw(st.sampled_from(list(Format)))
    names = st.one_of(NAMES, NAMES, NAMES, ODD) if draw(st.booleans()) else NAMES
    shapes = st.sampled_from(SHAPES[form][: draw(st.integers(1, 3))])
    lines = draw(st.lists(st.tuples(shapes, names).map(lambda each: each[0].format(each[1]))))
    head = "$ORIGIN rpz.example.\n" if form is Format.RPZ and draw(st.booleans()) else ""
    return form, head + "".join(f"{line}\n" for line in lines)


@given(lists())
def test_both_ways_of_reading_give_the_same(listed: tuple[Format, str]) -> None:
    form, text = listed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listreading, "BLOCK_BYTES", 100)
        whole = read(text, form)
        patch.setattr(listreading.AlikeBlocks, "read", lambda self, block: None)
        line_by_line = read(text, form)
    assert set(whole.rules) == set(line_by_line.rules)
    assert whole.examples == line_by_line.examples
    for field in ("duplicates", "invalid", "ignored", "refused"):
        assert getattr(whole, field) == getattr(line_by_line, field)


def alike(block: bytes, form: Format = Format.HOSTS) -> NameBlock | None:
    return AlikeBlocks(reader_for(form, Meaning.EXACT), form, SUFFIXES).read(block)


def test_lines_that_differ_only_in_the_name_are_taken_whole() -> None:
    block = b"0.0.0.0 a.example\r\n0.0.0.0 B.example\n"
    assert alike(block) == NameBlock(
        Effect.BLOCK, False, {Reach.EXACT: [b"a.example", b"b.example"]}, 2
    )


def test_a_policy_zone_may_alternate_between_a_name_and_what_is_below_it() -> None:
    block = b"a.example CNAME .\n*.a.example CNAME .\n"
    taken = alike(block, Format.RPZ)
    assert taken is not None
    assert taken.names == {Reach.EXACT: [b"a.example"], Reach.BELOW: [b"a.example"]}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"0.0.0.0 a.example", id="no line end"),
        pytest.param(b"# comment\n0.0.0.0 a.example\n", id="a comment"),
        pytest.param(b"0.0.0.0 a.example\n127.0.0.1 b.example\n", id="two kinds of lines"),
        pytest.param(b"0.0.0.0 a.example b.example\n", id="two names on a line"),
        pytest.param(b"0.0.0.0 a.example\n0.0.0.0 co.uk\n", id="a public suffix"),
        pytest.param(b"0.0.0.0 a.example\n0.0.0.0 any.ck\n", id="one by an asterisk rule"),
        pytest.param(b"0.0.0.0 a.example\n0.0.0.0 b\n", id="a single label"),
        pytest.param(b"0.0.0.0 a.example\n0.0.0.0 b.localdomain\n", id="the machine's own name"),
        pytest.param(b"0.0.0.0 a.example\n0.0.0.0 " + b"a." * 130 + b"com\n", id="a long name"),
        pytest.param("0.0.0.0 ü.example\n".encode(), id="an international name"),
    ],
)
def test_any_other_block_goes_the_long_way(block: bytes) -> None:
    assert alike(block) is None
