"""Adblock rules, as filters of names read them: ``||name^``, ``@@``, masks, ``/regex/``, ``$mods``.

A rule with a modifier that has no meaning for a name is ignored as a whole, as AdGuard Home does:
``||x^$third-party`` from a browser list must not block x everywhere. Hosts lines and plain names
occur in such lists and keep their own meaning.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Item, Meaning, Problem
from hushgate.core.listformats.hosts import hosts_reader
from hushgate.core.listformats.names import (
    BadNameError,
    clean_host,
    clean_name,
    is_address,
    is_sink,
    shorten,
)

_COSMETIC = re.compile(r"(?<![\s#])#@?[?$%]*#[^\s#]|^#@?[?$%]*#[^\s#]")
_COMMENT = re.compile(r"\s+#.*")
_SIMPLE = re.compile(r"\|\|([^|^*/$,:?=&\s]+)\^\|?")
_BLOCKING_REWRITES = re.compile(
    r"(NXDOMAIN|REFUSED|NOERROR)?(;;)?|NOERROR;(A|AAAA);(?P<data>.+)", re.IGNORECASE
)

_SHORTEST = 3
"""Characters of a mask, without which it would cover half of all names."""

_read_hosts = hosts_reader(Meaning.EXACT)


@dataclass(frozen=True, slots=True)
class _Modifiers:
    important: bool = False
    cancels: bool = False
    spared: tuple[str, ...] = ()


class _IgnoredError(ValueError):
    """A rule that says nothing about a name."""


def read_adblock(line: str) -> Iterable[Item]:
    """The entries of one rule."""
    text = line.strip()
    if not text or text[0] == "!" or (text[0] == "[" and text[-1] == "]"):
        return ()
    if _COSMETIC.search(text):
        return (Problem("changes a page, not a name", True),)
    if text[0] == "#":
        return ()
    if is_address(text.split(maxsplit=1)[0]):
        return _read_hosts(text)
    if not text.startswith("/"):
        text = _COMMENT.sub("", text)
    try:
        return _read_rule(text)
    except _IgnoredError as reason:
        return (Problem(str(reason), True),)
    except BadNameError as error:
        return (Problem(str(error)),)


def _read_rule(text: str) -> Iterable[Item]:
    effect = Effect.ALLOW if text.startswith("@@") else Effect.BLOCK
    pattern, modifiers = _split(text.removeprefix("@@"))
    mods = _read_modifiers(modifiers)
    if mods.spared and effect is Effect.BLOCK:
        effect = Effect.REST
    reach, name = _read_pattern(pattern, restricted=bool(mods.spared))
    entry = Entry(name, reach, effect, mods.important, mods.cancels)
    return (entry, *(Entry(spared, Reach.SUFFIX, Effect.SPARE) for spared in mods.spared))


def _split(text: str) -> tuple[str, str]:
    """Pattern and modifiers; a dollar inside ``/regex/`` belongs to the pattern."""
    if text.startswith("/") and (end := text.rfind("/")) > 0:
        tail = text[end + 1 :]
        if not tail or tail.startswith("$"):
            return text[: end + 1], tail[1:]
    pattern, _, modifiers = text.partition("$")
    return pattern, modifiers


def _read_modifiers(text: str) -> _Modifiers:
    mods = _Modifiers()
    for modifier in text.split(",") if text else ():
        name, _, value = modifier.strip().partition("=")
        match name:
            case "important":
                mods = _Modifiers(True, mods.cancels, mods.spared)
            case "badfilter":
                mods = _Modifiers(mods.important, True, mods.spared)
            case "denyallow" if value:
                names = tuple(clean_name(part) for part in value.split("|"))
                mods = _Modifiers(mods.important, mods.cancels, names)
            case "dnsrewrite" if _blocks(value):
                pass
            case "dnsrewrite":
                raise _IgnoredError("answers with something else, blocks nothing")
            case "client" | "ctag":
                raise _IgnoredError(f'"{name}": enable the list for some devices instead')
            case "dnstype" | "respgeo":
                raise _IgnoredError(f'"{name}" has no meaning where a connection is judged')
            case _:
                raise _IgnoredError(f'modifier "{shorten(name, 30)}" is not for names')
    return mods


def _blocks(rewrite: str) -> bool:
    match = _BLOCKING_REWRITES.fullmatch(rewrite)
    if match is None:
        return is_sink(rewrite)
    return not match["data"] or is_sink(match["data"])


def _read_pattern(pattern: str, *, restricted: bool) -> tuple[Reach, str]:
    if simple := _SIMPLE.fullmatch(pattern):
        return Reach.SUFFIX, clean_name(simple[1])
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return Reach.PATTERN, pattern[1:-1]
    if not restricted and len(pattern.strip("*|^")) < _SHORTEST:
        raise BadNameError(f'"{shorten(pattern)}" is too wide')
    if re.search(r"\s", pattern):
        raise BadNameError(f'"{shorten(pattern)}" is no rule')
    pattern = re.sub(r"^:?//", "|", pattern)  # where the host begins in an address
    if re.search(r"[/:?=&]", pattern):
        raise _IgnoredError("about an address on the web, not about a name")
    if pattern.startswith("-") or "*" in pattern or "|" in pattern or "^" in pattern:
        return _read_mask(pattern)
    try:
        return Reach.EXACT, clean_host(pattern)
    except BadNameError:
        return _read_mask(pattern)


def _read_mask(mask: str) -> tuple[Reach, str]:
    """A mask as a regular expression: a name is a string that starts and ends somewhere."""
    body, head, tail = mask, "", ""
    if body.startswith("||"):
        body, head = body[2:], r"(^|\.)"
    elif body.startswith("|"):
        body, head = body[1:], "^"
    if body.endswith(("^", "|")):
        body, tail = body.rstrip("^|"), "$"
    if "^" in body or "|" in body:
        raise _IgnoredError("goes on behind the end of the name")
    if "*" not in body and head == "^" and tail:
        return Reach.EXACT, clean_name(body)
    if not re.fullmatch(r"[\w.*-]+", body):
        raise BadNameError(f'"{shorten(mask)}" is no rule about a name')
    return Reach.PATTERN, head + body.lower().replace(".", r"\.").replace("*", ".*") + tail
