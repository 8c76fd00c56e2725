r"""The catalogue: which endpoint of which vendor a name is, and what it is for.

In: endpoints with the patterns of their names. Out: the endpoint of a name. Rules:
- A pattern is a name (``guzzoni.apple.com``), a suffix with a leading dot that covers the name and
  everything below it (``.push.apple.com``), or a regular expression between slashes that must
  match the whole name (``/alexa\\.(na|eu|fe)\\.gateway\\.devices\\.a2z\\.com/``).
- The exact name wins over an expression, that over a suffix, a longer suffix over a shorter one.
- A name that is unknown itself is looked up by the aliases DNS gave for it.
- A role never loosens anything: names are shared (a browser asks www.google.com too), so a role is
  what to show and what to refuse, for flows of speakers only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MAX_PATTERN = 200
"""Longest regular expression that is read."""
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+")


class Role(StrEnum):
    """What an endpoint is for."""

    VOICE = "voice"
    """Microphone audio goes there: commands, calls."""
    TELEMETRY = "telemetry"
    MEDIA = "media"
    """Music, spoken answers, pictures."""
    UPDATE = "update"
    TIME = "time"
    AUTH = "auth"
    PUSH = "push"
    """Keeps a line open on which the vendor can reach the device."""
    CONNECTIVITY = "connectivity"
    """Asked to find out whether the Internet is there."""
    SETUP = "setup"
    API = "api"
    """Text and state of the assistant and of the smart home; no audio known."""
    ADS = "ads"
    DNS = "dns"
    OTHER = "other"


class Confidence(StrEnum):
    """How an endpoint is known."""

    A = "A"
    """Seen in a labeled laboratory capture, or measured."""
    B = "B"
    """Said by the vendor, or a constant in its software."""
    C = "C"
    """Reported by users of real devices."""
    D = "D"
    """One weak source."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One remote party of a vendor."""

    vendor: str
    key: str
    """Short name, unique within the vendor: ``siri``."""
    what: str
    """The same for people."""
    role: Role
    confidence: Confidence
    sources: tuple[str, ...]
    patterns: tuple[str, ...]


def pattern_error(pattern: str) -> str | None:
    """Say what is wrong with a pattern; None: nothing."""
    if pattern.startswith("/"):
        if len(pattern) < 3 or not pattern.endswith("/") or len(pattern) > MAX_PATTERN:
            return f'"{pattern}" is not a regular expression between slashes'
        try:
            re.compile(pattern[1:-1])
        except re.error as error:
            return f'"{pattern}" is not a regular expression: {error}'
        return None
    if not _HOST.fullmatch(pattern.removeprefix(".")):
        return f'"{pattern}" is not a host name; expected host.example, .suffix.example or /regex/'
    return None


class Catalogue:
    """Finds endpoints by name. Built once, then only read."""

    def __init__(self, endpoints: Iterable[Endpoint] = ()) -> None:
        self.endpoints = tuple(endpoints)
        self._exact: dict[str, Endpoint] = {}
        self._suffixes: dict[str, Endpoint] = {}
        self._expressions: list[tuple[re.Pattern[str], Endpoint]] = []
        for endpoint in self.endpoints:
            for pattern in endpoint.patterns:
                if pattern.startswith("/"):
                    self._expressions.append((re.compile(pattern[1:-1]), endpoint))
                elif pattern.startswith("."):
                    self._suffixes[pattern[1:]] = endpoint
                else:
                    self._exact[pattern] = endpoint
        self._find = lru_cache(maxsize=4096)(self._find_uncached)

    def endpoint_of(self, name: str, aliases: Iterable[str] = ()) -> Endpoint | None:
        """Give the endpoint of a name; None: nobody the catalogue knows."""
        for candidate in (name, *aliases):
            if endpoint := self._find(candidate.lower().rstrip(".")):
                return endpoint
        return None

    def _find_uncached(self, name: str) -> Endpoint | None:
        if endpoint := self._exact.get(name):
            return endpoint
        for expression, endpoint in self._expressions:
            if expression.fullmatch(name):
                return endpoint
        rest = name
        while rest:
            if endpoint := self._suffixes.get(rest):
                return endpoint
            rest = rest.partition(".")[2]
        return None
