"""What we need of mitmproxy to run a proxy, without the forty addons that come with it.

``mitmproxy.addons`` loads Flask, LDAP, Jinja and more when it is imported: a third of the time in
which speakers wait for a proxy that was killed. Where mitmproxy itself was started by somebody else
(``mitmdump -s``) the package is there already and nothing is changed.
"""

import importlib.util
import sys
import types


def _skip_init(package: str) -> None:
    """Let modules of a package be imported without the package's own code."""
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return  # another mitmproxy: the import below says what is missing
    module = types.ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    module.__spec__ = spec
    sys.modules[package] = module


_skip_init("mitmproxy.addons")

from mitmproxy.addons.errorcheck import ErrorCheck  # noqa: E402 # after the package is prepared
from mitmproxy.addons.proxyserver import Proxyserver  # noqa: E402 # likewise
from mitmproxy.master import Master  # noqa: E402 # it imports one of the addons

__all__ = ["ErrorCheck", "Master", "Proxyserver"]
