"""What we need of mitmproxy to run a proxy, without what comes with it.

``mitmproxy.addons`` loads Flask, LDAP, Jinja and more when it is imported, and
``mitmproxy.proxy.layers`` the layers of HTTP and QUIC: half of the time in which speakers wait for
a proxy that was killed. So these packages' own code is put off until a name is asked for that only
it gives; nothing of ours does that. Where mitmproxy itself was started by somebody else
(``mitmdump -s``) they are there already and nothing is changed.
"""

import importlib
import importlib.util
import sys
import types


def _put_off(package: str, **unused: object) -> None:
    """Let modules of a package be imported without the package's own code.

    That runs once a name is asked for that is neither there nor a module of it; `unused`: names
    that mitmproxy imports from it and nobody looks at.
    """
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        return  # another mitmproxy: the import below says what is missing
    loader, module = spec.loader, types.ModuleType(package)

    def load(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if importlib.util.find_spec(f"{package}.{name}") is not None:
            return importlib.import_module(f"{package}.{name}")
        del vars(module)["__getattr__"]
        loader.exec_module(module)
        return getattr(module, name)

    vars(module).update(
        unused,
        __path__=list(spec.submodule_search_locations),
        __spec__=spec,
        __getattr__=load,
    )
    sys.modules[package] = module
    parent, _, own = package.rpartition(".")
    setattr(sys.modules[parent], own, module)


_put_off("mitmproxy.addons")
_put_off("mitmproxy.proxy.layers")
_put_off("mitmproxy.proxy.layers.http", HTTPMode=None)

from mitmproxy.addons.errorcheck import ErrorCheck  # noqa: E402 # after the packages are prepared
from mitmproxy.addons.proxyserver import Proxyserver  # noqa: E402 # likewise
from mitmproxy.master import Master  # noqa: E402 # it imports one of the addons
from mitmproxy.proxy.server import ConnectionHandler  # noqa: E402 # it imports the layers

__all__ = ["ConnectionHandler", "ErrorCheck", "Master", "Proxyserver"]
