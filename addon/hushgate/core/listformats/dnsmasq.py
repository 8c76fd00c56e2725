"""dnsmasq's lines about names: ``address=/a/b/``, ``server=``, ``local=``, ``ipset=``, ``nftset=``.

The most specific line wins, so ``server=/sub.ads.example/#`` re-opens a child. A line that answers
with a real address or forwards to a server blocks nothing.
"""

from collections.abc import Iterable, Iterator

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Item, Problem
from hushgate.core.listformats.names import BadNameError, clean_name, is_sink, shorten

_KEYS = frozenset({"address", "server", "local", "ipset", "nftset"})


def read_dnsmasq(line: str) -> Iterable[Item]:
    """The entries of one line."""
    text = line.strip()
    if not text or text.startswith("#"):
        return ()
    key, _, value = text.partition(" #")[0].removeprefix("--").partition("=")
    key, value = key.strip(), value.strip()
    if key not in _KEYS or (key == "server" and not value.startswith("/")):
        return (Problem(f'"{shorten(key)}" is no line about blocked names', True),)
    if not value.startswith("/") or value.count("/") < 2:
        return (Problem(f'expected "{key}=/name/..."'),)
    *names, target = value[1:].split("/")
    if key in ("ipset", "nftset"):
        return _entries(names, Effect.BLOCK) if target else (Problem("names no set"),)
    return _read_target(key, names, target)


def _read_target(key: str, names: list[str], target: str) -> Iterable[Item]:
    if not target:
        return _entries(names, Effect.BLOCK)
    if target == "#":  # address: 0.0.0.0 and ::; server: the usual servers
        return _entries(names, Effect.BLOCK if key == "address" else Effect.ALLOW)
    if key == "address" and is_sink(target):
        return _entries(names, Effect.BLOCK)
    does = "answers with" if key == "address" else "forwards to"
    return (Problem(f'{does} "{shorten(target)}", blocks nothing', True),)


def _entries(names: list[str], effect: Effect) -> Iterator[Item]:
    for name in names:
        yield _entry(name, effect)


def _entry(name: str, effect: Effect) -> Item:
    if name in ("#", "*", ""):
        return Problem("covers every name; too wide")
    try:
        if name.startswith("*."):
            return Entry(clean_name(name[2:]), Reach.BELOW, effect)
        if name.startswith("*"):
            # From 2.86 on a leading asterisk without a dot matches inside a label.
            tail = clean_name(name[1:]).replace(".", r"\.")
            return Entry(f"{tail}$", Reach.PATTERN, effect)
        return Entry(clean_name(name.removeprefix(".")), Reach.SUFFIX, effect)
    except BadNameError as error:
        return Problem(str(error))
