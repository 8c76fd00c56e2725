"""dnsmasq's lines; what they cover is held against dnsmasq itself in test_semantics."""

import pytest

from hushgate.core.listformats.entry import Format
from tests.core.listformats.reading import entries, items, problems


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("address=/a.example/", ["block suffix a.example"], id="no address: NXDOMAIN"),
        pytest.param("address=/a.example/#", ["block suffix a.example"], id="null addresses"),
        pytest.param("address=/a.example/0.0.0.0", ["block suffix a.example"], id="one of them"),
        pytest.param("address=/a.example/::", ["block suffix a.example"], id="the other"),
        pytest.param("--local=/a.example/", ["block suffix a.example"], id="as an option"),
        pytest.param("server=/a.example/", ["block suffix a.example"], id="a server of nowhere"),
        pytest.param("server=/a.example/#", ["allow suffix a.example"], id="the usual servers"),
        pytest.param("address=/.a.example/", ["block suffix a.example"], id="a leading dot"),
        pytest.param("address=/*.a.example/", ["block below a.example"], id="asterisk and dot"),
        pytest.param("address=/*a.example/", [r"block pattern a\.example$"], id="asterisk"),
        pytest.param("ipset=/a.example/set", ["block suffix a.example"], id="a set"),
        pytest.param(
            "address=/a.example/b.example/",
            ["block suffix a.example", "block suffix b.example"],
            id="several names",
        ),
        pytest.param("address=/a.example/ # c", ["block suffix a.example"], id="a comment"),
    ],
)
def test_a_line_is_read(line: str, expected: list[str]) -> None:
    assert entries(Format.DNSMASQ, line) == expected
    assert problems(Format.DNSMASQ, line) == []


@pytest.mark.parametrize(
    ("line", "ignored"),
    [
        pytest.param("address=/a.example/192.168.1.9", True, id="a real answer"),
        pytest.param("server=/a.example/192.168.1.1", True, id="a real server"),
        pytest.param("server=9.9.9.9", True, id="a server for everything"),
        pytest.param("cache-size=1000", True, id="another option"),
        pytest.param("address=/#/", False, id="every name"),
        pytest.param("address=/exa mple.com/", False, id="a blank, which dnsmasq --test lets by"),
        pytest.param("address=/a.example", False, id="no closing slash"),
        pytest.param("nftset=/a.example/", False, id="no set"),
    ],
)
def test_a_line_that_blocks_nothing_says_why(line: str, ignored: bool) -> None:
    assert entries(Format.DNSMASQ, line) == []
    assert [each.ignored for each in problems(Format.DNSMASQ, line)] == [ignored]


def test_comments_say_nothing() -> None:
    assert items(Format.DNSMASQ, "# comment\n\n") == []
