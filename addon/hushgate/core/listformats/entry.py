"""What a line of a list says: entries and problems, and the words for formats."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from hushgate.core.domains import Reach


class Format(StrEnum):
    """How a list is written."""

    HOSTS = "hosts"
    """``0.0.0.0 ads.example``"""
    DOMAINS = "domains"
    """``ads.example``"""
    WILDCARD = "wildcard"
    """``*.ads.example``"""
    ADBLOCK = "adblock"
    """``||ads.example^``"""
    DNSMASQ = "dnsmasq"
    """``address=/ads.example/``"""
    RPZ = "rpz"
    """``ads.example CNAME .``"""
    UNBOUND = "unbound"
    """``local-zone: "ads.example." always_nxdomain``"""
    REGEX = "regex"
    """``(^|\\.)ads\\.example$``, as Pi-hole reads it"""


class Meaning(StrEnum):
    """What a bare name in the list covers."""

    EXACT = "exact"
    SUFFIX = "suffix"

    @property
    def reach(self) -> Reach:
        """The same as an entry's reach."""
        return Reach.EXACT if self is Meaning.EXACT else Reach.SUFFIX


class Effect(StrEnum):
    """What an entry does to the names it covers."""

    BLOCK = "block"
    ALLOW = "allow"
    """Passes, whatever other lists say (docs/blocklists.md has the order)."""
    REST = "rest"
    """Blocks, but for the names that the list spares (Adblock's ``denyallow``)."""
    SPARE = "spare"
    """Is left out of what such an entry blocks; no entry of its own."""


class Entry(NamedTuple):
    """One statement of a list."""

    text: str
    """A name in lower-case ASCII; a regular expression where reach is PATTERN."""
    reach: Reach
    effect: Effect = Effect.BLOCK
    important: bool = False
    """Adblock's ``$important``: outranks the opposite effect."""
    cancels: bool = False
    """Adblock's ``$badfilter``: takes the same entry out of the list."""


class Problem(NamedTuple):
    """Why a line, or a part of it, is not used."""

    text: str
    ignored: bool = False
    """True: understood, but has no meaning here; False: cannot be read."""


type Item = Entry | Problem
type Reader = Callable[[str], Iterable[Item]]


class Precedence(StrEnum):
    """Which of two entries of one list that cover a name decides."""

    ALLOW = "allow"
    """The one that allows."""
    SPECIFIC = "specific"
    """The longer one, as in a name server's configuration."""


def precedence(form: Format) -> Precedence:
    """How a list of this format settles a block and an exception that both apply."""
    if form in (Format.DNSMASQ, Format.RPZ, Format.UNBOUND):
        return Precedence.SPECIFIC
    return Precedence.ALLOW
