"""Entries as text in every format, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Format
from hushgate.core.listformats.write import write_list, write_rule
from tests.core.listformats.reading import blocks, items, read

NAMES = st.sampled_from(["a.example", "b.example", "x.a.example", "ads.b.example"])
REACHES = st.sampled_from([Reach.EXACT, Reach.SUFFIX, Reach.BELOW])
BLOCKS = st.tuples(NAMES, REACHES).map(lambda each: Entry(*each))
RULES = st.tuples(NAMES, REACHES, st.sampled_from([Effect.BLOCK, Effect.ALLOW]), st.booleans()).map(
    lambda each: Entry(*each)
)
PROBES = ["a.example", "x.a.example", "y.x.a.example", "b.example", "ads.b.example", "xa.example"]

WHOLE = (Format.ADBLOCK, Format.RPZ, Format.REGEX)
"""Formats that can say every kind of block."""


@given(RULES)
def test_a_rule_in_adblocks_words_reads_back_the_same(entry: Entry) -> None:
    (read_back,) = items(Format.ADBLOCK, write_rule(entry))
    if entry.reach is Reach.BELOW:  # Adblock has a mask for it
        name = entry.text.replace(".", r"\.")
        entry = entry._replace(text=rf"(^|\.).*\.{name}$", reach=Reach.PATTERN)
    assert read_back == entry


@given(st.lists(BLOCKS, max_size=6))
def test_the_same_list_in_another_format_blocks_the_same(entries: list[Entry]) -> None:
    verdicts = []
    for form in WHOLE:
        rules = read("\n".join(write_list(entries, form)), form).rules
        verdicts.append([blocks(rules, name) for name in PROBES])
    assert verdicts[0] == verdicts[1] == verdicts[2]


@pytest.mark.parametrize("form", [Format.WILDCARD, Format.DNSMASQ, Format.UNBOUND, Format.ADBLOCK])
def test_suffixes_give_the_same_set_in_every_format_that_has_them(form: Format) -> None:
    entries = [Entry(name, Reach.SUFFIX) for name in ("a.example", "b.example")]
    assert set(read("\n".join(write_list(entries, form))).rules) == set(entries)


@pytest.mark.parametrize("form", [Format.HOSTS, Format.DOMAINS, Format.RPZ, Format.ADBLOCK])
def test_exact_names_give_the_same_set_in_every_format_that_has_them(form: Format) -> None:
    entries = [Entry(name, Reach.EXACT) for name in ("a.example", "b.example")]
    text = "\n".join(write_list(entries, form))
    assert set(read(text, form).rules) == set(entries)


def test_what_a_format_cannot_say_is_a_comment_never_bent() -> None:
    entries = [Entry("a.example", Reach.SUFFIX), Entry("b.example", Reach.EXACT)]
    assert list(write_list(entries, Format.HOSTS)) == [
        "# not possible as hosts: ||a.example^",
        "0.0.0.0 b.example",
    ]
    rest = [Entry(r"\.zip$", Reach.PATTERN, Effect.REST)]  # it would block what it spares
    assert list(write_list(rest, Format.REGEX)) == [r"# not possible as regex: /\.zip$/"]
