"""Only the addons that are needed are imported, and mitmproxy works with them."""

import subprocess
import sys

import pytest


def run(code: str) -> str:
    """Run code in a fresh interpreter, where nothing of mitmproxy is loaded yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_none_of_the_heavy_ones_is_imported() -> None:
    names = {"flask", "ldap3", "jinja2", "mitmproxy.addons.onboarding", "aioquic", "h2"}
    code = f"import sys, hushgate.service; print(*{names} & sys.modules.keys())"
    assert run(code) == ""


@pytest.mark.parametrize("before", ["", "import mitmproxy.addons;"], ids=["alone", "in mitmdump"])
def test_a_master_has_its_proxy_however_mitmproxy_was_imported(before: str) -> None:
    code = f"""
{before}
import asyncio
from hushgate.adapters.mitm import make_master
async def main():
    print(make_master([]).addons.get("proxyserver") is not None)
asyncio.run(main())
"""
    assert run(code) == "True"


def test_inside_mitmdump_its_other_addons_stay() -> None:
    code = (
        "import mitmproxy.addons, hushgate.adapters.mitm;"
        "print(len(mitmproxy.addons.default_addons()) > 10)"
    )
    assert run(code) == "True"


def test_what_was_put_off_is_there_when_it_is_asked_for() -> None:
    code = """
import hushgate.adapters.mitm, mitmproxy.addons
from mitmproxy.proxy import layers
print(layers.modes.TransparentProxy.__name__, layers.HttpLayer.__name__, layers.DNSLayer.__name__)
print(layers.http.HTTPMode.transparent.name, len(mitmproxy.addons.default_addons()) > 10)
"""
    assert run(code).split() == ["TransparentProxy", "HttpLayer", "DNSLayer", "transparent", "True"]


def test_a_name_that_is_nowhere_is_an_error_as_ever() -> None:
    code = """
import hushgate.adapters.mitm
try:
    from mitmproxy.proxy.layers import NoSuchLayer
except ImportError as error:
    print("cannot import name 'NoSuchLayer'" in str(error))
"""
    assert run(code) == "True"
