"""The resolver of this machine, from resolv.conf."""

from pathlib import Path

import pytest

from hushgate.adapters.resolver import system_resolver
from hushgate.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "resolver"),
    [
        pytest.param("nameserver 192.168.1.1\n", "192.168.1.1", id="one"),
        pytest.param("# home\nsearch lan\nnameserver\t9.9.9.9\n", "9.9.9.9", id="after others"),
        pytest.param("nameserver 10.0.0.1\nnameserver 10.0.0.2", "10.0.0.1", id="the first"),
        pytest.param("nameserver fd00::1\n", "[fd00::1]", id="IPv6 in brackets"),
    ],
)
def test_first_nameserver_is_taken(tmp_path: Path, text: str, resolver: str) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(text)
    assert system_resolver(path) == resolver


def test_no_nameserver_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set gateway\.resolver"):
        system_resolver(tmp_path / "absent")
