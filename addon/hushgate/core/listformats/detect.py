"""Which format a list is in, and what a bare name in it means.

In: its first lines and its name. Out: the choice, and why, in words fit to be shown: the text
``ads.example`` alone has two meanings, and a wrong guess blocks too little or too much.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from hushgate.core.listformats.entry import Format, Meaning
from hushgate.core.listformats.names import is_address

# ruff: noqa: FURB167 - the short flag keeps the table's rows in one line
_TELLS = (
    (Format.ADBLOCK, re.compile(r"\[adblock|@@|\|\|?[\w.*-]|.+\^(\$.*|\|)?$|/.+/(\$.*)?$", re.I)),
    (Format.DNSMASQ, re.compile(r"(--)?(address|server|local|ipset|nftset)=/")),
    (Format.UNBOUND, re.compile(r"server:$|local-(zone|data):")),
    (Format.RPZ, re.compile(r".*\scname\s+(\.|\*\.|rpz-)", re.I)),
    (Format.WILDCARD, re.compile(r"\*?\.[\w-]")),
    (Format.REGEX, re.compile(r"\^|\(|.*(\\\.|\.\*|\[[^\]]+\]|[^\s$]\$(;|$))")),
)
_SIGNS = (
    (Format.RPZ, re.compile(r"\$(ttl|origin)\s|\S+\s+(\w+\s+)?(in\s+)?soa\s", re.I)),
    (Format.ADBLOCK, re.compile(r"\[adblock", re.I)),
)
"""Lines that occur in one format only: one of them says more than all others."""
_COMMENT = re.compile(r"[#!;]|//")
_REMARK = re.compile(r"\s+[#;].*")
_COVERS_BELOW = re.compile(r"without (possible )?subdomains|wild\s?card|file: wild_", re.I)
_NAMES_ALL = re.compile(r"including (possible )?subdomains", re.I)
_NAME_COVERS_BELOW = re.compile(r"\bwild_|_wild\b|domainswild|wildcard|onlydomains", re.I)
_BARE_NAMES = (Format.HOSTS, Format.DOMAINS, Format.WILDCARD)
"""Where the owner may say what a name covers; the other formats say it themselves."""
_HEADER_LINES = 60
_ADBLOCK_SHARE = 0.1


class Choice(NamedTuple):
    """What a list is taken for."""

    format: Format
    meaning: Meaning
    why: str
    sure: bool
    """False: nothing said what a bare name covers; worth a question."""


def choose(
    head: Iterable[str],
    name: str,
    *,
    form: Format | None = None,
    meaning: Meaning | None = None,
) -> Choice:
    """The format and meaning of a list; what the owner said comes first."""
    lines = [line.strip() for line in head]
    told = form is not None
    form = form or _vote(lines)
    source = "as you said" if told else "by its lines"
    if meaning is not None and form in _BARE_NAMES:
        return Choice(form, meaning, f"{form} ({source}); {meaning} names (as you said)", True)
    meaning, why, sure = _infer_meaning(form, lines, name)
    return Choice(form, meaning, f"{form} ({source}); {why}", sure)


def _vote(lines: Iterable[str]) -> Format:
    votes: Counter[Format] = Counter()
    for line in lines:
        if line and (not _COMMENT.match(line) or line.startswith("#@")):
            if sign := _match(_SIGNS, line):
                return sign
            votes[_guess(line)] += 1
    if not votes:
        return Format.DOMAINS
    winner = votes.most_common(1)[0][0]
    plain = winner in (Format.DOMAINS, Format.HOSTS, Format.WILDCARD)
    if plain and votes[Format.ADBLOCK] >= _ADBLOCK_SHARE * votes.total():
        return Format.ADBLOCK  # it holds plain names and hosts lines as well
    return winner


def _guess(line: str) -> Format:
    line = _REMARK.sub("", line)
    first, *names = line.partition("#")[0].split()[:2] or [""]
    if names and is_address(first):
        return Format.HOSTS
    return _match(_TELLS, line) or Format.DOMAINS


def _match(forms: Iterable[tuple[Format, re.Pattern[str]]], line: str) -> Format | None:
    return next((form for form, tell in forms if tell.match(line)), None)


def _infer_meaning(form: Format, lines: list[str], name: str) -> tuple[Meaning, str, bool]:
    match form:
        case Format.HOSTS:
            return Meaning.EXACT, "a hosts file names each host", True
        case Format.RPZ:
            return Meaning.EXACT, 'a bare name is exact, "*." covers what is below it', True
        case Format.REGEX:
            return Meaning.EXACT, "each expression says what it covers", True
        case Format.ADBLOCK:
            return Meaning.SUFFIX, '"||name^" covers the name and all below it', True
        case Format.DNSMASQ | Format.UNBOUND:
            return Meaning.SUFFIX, "a name covers itself and all below it", True
        case Format.WILDCARD:
            return Meaning.SUFFIX, '"*.name" covers the name and all below it', True
        case Format.DOMAINS:
            return _infer_domains(lines, name)


def _infer_domains(lines: list[str], name: str) -> tuple[Meaning, str, bool]:
    header = [line for line in lines[:_HEADER_LINES] if _COMMENT.match(line)]
    for line in header:
        if _COVERS_BELOW.search(line):
            return Meaning.SUFFIX, f'suffix names, because the header says "{line}"', True
        if _NAMES_ALL.search(line):
            return Meaning.EXACT, f'exact names, because the header says "{line}"', True
    if match := _NAME_COVERS_BELOW.search(name):
        return Meaning.SUFFIX, f'suffix names, because it is called "…{match.group()}…"', True
    return Meaning.EXACT, "exact names, because nothing says they cover more", False
