"""Every format has a reader, and no line of text can upset one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.listformats.entry import Entry, Format, Meaning, Problem
from hushgate.core.listformats.readers import reader_for

WORDS = """
0.0.0.0 :: ads.example *.ads. || | ^ @@ $ , = / # ! ; ( ) [ ] \\ " ' important denyallow badfilter
dnsrewrite address= local-zone: local-data: CNAME . *. SOA $ORIGIN $TTL IN A 300 rpz-passthru.
always_nxdomain (^|\\.) [a-z] {2,3} ü
"""
TOKENS = st.sampled_from([*WORDS.split(), " ", "\t", "\0", "\x7f", "\ufeff"])
LINES = st.one_of(st.text(max_size=80), st.lists(TOKENS, max_size=10).map("".join))


@pytest.mark.parametrize("form", list(Format))
@given(lines=st.lists(LINES, max_size=4))
def test_any_text_gives_entries_and_problems(form: Format, lines: list[str]) -> None:
    reader = reader_for(form, Meaning.EXACT)
    for line in lines:
        for item in reader(line):
            assert isinstance(item, Entry | Problem)
            assert item.text


def test_readers_with_a_memory_do_not_share_it() -> None:
    first, second = (reader_for(Format.RPZ, Meaning.EXACT) for _ in range(2))
    list(first("$ORIGIN rpz.example."))
    (entry,) = second("a.rpz.example. CNAME .")
    assert entry.text == "a.rpz.example"
