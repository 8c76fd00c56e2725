"""The words for entries."""

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Format, Meaning, Precedence, precedence


def test_a_meaning_is_the_reach_of_a_bare_name() -> None:
    assert Meaning.EXACT.reach is Reach.EXACT
    assert Meaning.SUFFIX.reach is Reach.SUFFIX


def test_lists_of_name_servers_let_the_more_specific_entry_decide() -> None:
    specific = {form for form in Format if precedence(form) is Precedence.SPECIFIC}
    assert specific == {Format.DNSMASQ, Format.RPZ, Format.UNBOUND}
