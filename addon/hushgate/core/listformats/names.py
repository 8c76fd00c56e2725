"""Names as people write them to names as devices ask for them.

In: a token of a list. Out: lower-case ASCII without a trailing dot (international names in their
``xn--`` form). Raises BadNameError with what is wrong, in words.
"""

import ipaddress
import re
from functools import lru_cache

import idna

_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*(?!-)(?![0-9]+\Z)[a-z0-9_-]{1,63}(?<!-)", re.ASCII
)
# RFC 1035 section 2.3.4 gives the lengths. Underscores and hyphens at the edge of a label occur in
# real lists and real queries; at the edges of the last label they are always a slip.


_SHORT_SINK = "0"
"""How hosts files that were made small write ``0.0.0.0``; resolvers read it so."""


class BadNameError(ValueError):
    """A token that is no domain name."""


def clean_name(text: str) -> str:
    """A name as a device would ask for it; raises BadNameError."""
    name = text.lower().removesuffix(".")
    if not name.isascii():
        name = _to_ascii(name)
    if not _NAME.fullmatch(name):
        raise BadNameError(_what_is_wrong(name))
    return name


def clean_host(text: str) -> str:
    """A name of at least two labels: what lists of hosts may hold; raises BadNameError."""
    name = clean_name(text)
    if "." not in name:
        raise BadNameError(f'"{shorten(name)}" is a single label, not a domain name')
    return name


def is_address(text: str) -> bool:
    """Whether a token is an IPv4 or IPv6 address."""
    if ":" not in text and not text[-1:].isdigit():
        return False
    return text == _SHORT_SINK or _parses(text)


@lru_cache(maxsize=256)  # a list repeats one or two addresses on every line
def _parses(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def is_sink(address: str) -> bool:
    """Whether an address means "nowhere": unspecified or loopback, as block lists use them."""
    if address == _SHORT_SINK:
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_unspecified or parsed.is_loopback


def shorten(text: str, length: int = 60) -> str:
    """A token fit for a message."""
    printable = "".join(char if char.isprintable() else "?" for char in text[: length + 1])
    return printable if len(printable) <= length else printable[: length - 1] + "…"


def _to_ascii(name: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise BadNameError(f'"{shorten(name)}" is no international domain name') from None


def _what_is_wrong(name: str) -> str:
    shown = shorten(name)
    labels = name.split(".")
    if is_address(name):
        return f'"{shown}" is an address, not a name'
    if len(name) > 253:
        return f'"{shown}" is longer than 253 characters'
    if "" in labels:
        return f'"{shown}" has an empty label'
    if any(len(label) > 63 for label in labels):
        return f'"{shown}" has a label longer than 63 characters'
    if odd := re.search(r"[^a-z0-9._-]", name):
        return f'"{shown}" contains "{shorten(odd.group())}"'
    return f'"{shown}" ends in a label no domain can have'
