"""The algorithm of publicsuffix.org, on its own kinds of rules."""

import pytest

from hushgate.core.suffixes import PublicSuffixes

RULES = PublicSuffixes(["com", "co.uk", "*.ck", "!www.ck", "公司.cn"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("com", True, id="a suffix"),
        pytest.param("co.uk", True, id="a suffix of two labels"),
        pytest.param("example.com", False, id="a name below one"),
        pytest.param("anything.ck", True, id="a rule with an asterisk"),
        pytest.param("www.ck", False, id="its exception"),
        pytest.param("a.anything.ck", False, id="a name below that"),
        pytest.param("xn--55qx5d.cn", True, id="an international one"),
        pytest.param("lan", False, id="a label nobody listed"),
    ],
)
def test_a_public_suffix_is_recognized(name: str, expected: bool) -> None:
    assert (name.encode() in RULES) is expected


def test_tails_tell_which_names_need_a_closer_look() -> None:
    assert RULES.tails == (b".ck",)
