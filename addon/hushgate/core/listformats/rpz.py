"""Response policy zones: ``ads.example CNAME .``, ``*.ads.example CNAME .``.

A zone file has state (``$ORIGIN``, the owner of the line before, parentheses), so its reader is an
object. Only triggers on the asked name are used; those on addresses, clients and name servers say
nothing about a name.
"""

from collections.abc import Iterable

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Item, Problem
from hushgate.core.listformats.names import BadNameError, clean_name, is_sink, shorten

_CLASSES = frozenset({"in", "ch", "hs"})
_HOUSEKEEPING = frozenset({"soa", "ns", "txt", "rrsig", "dnskey", "nsec", "nsec3", "nsec3param"})
_OTHER_TRIGGERS = (".rpz-ip", ".rpz-client-ip", ".rpz-nsdname", ".rpz-nsip")
_ACTIONS = {
    ".": Effect.BLOCK,
    "*.": Effect.BLOCK,
    "rpz-drop.": Effect.BLOCK,
    "rpz-passthru.": Effect.ALLOW,
}


class RpzReader:
    """Reads the lines of one zone, in order."""

    def __init__(self) -> None:
        self._origin = ""
        self._owner = ""
        self._depth = 0

    def __call__(self, line: str) -> Iterable[Item]:
        """The entry of one line."""
        text = line.partition(";")[0].rstrip()
        if not text.strip():
            return ()
        inside = self._depth > 0
        self._depth = max(0, self._depth + text.count("(") - text.count(")"))
        if inside:  # the rest of a SOA record
            return ()
        words = text.split()
        if words[0].startswith("$"):
            if words[0].upper() == "$ORIGIN" and len(words) > 1:
                self._origin = words[1].lower().strip(".")
            return ()
        if not text[0].isspace():
            self._owner = words.pop(0).lower()
        return self._read_record(words)

    def _read_record(self, words: list[str]) -> Iterable[Item]:
        while words and (words[0].isdecimal() or words[0].lower() in _CLASSES):
            words.pop(0)
        if len(words) < 2:
            return (Problem('expected "NAME CNAME TARGET"'),)
        kind, data = words[0].lower(), words[1].lower()
        if kind == "soa" and self._owner not in ("", "@"):
            self._origin = self._owner.strip(".")
        if kind in _HOUSEKEEPING or self._owner == "@":
            return ()
        if self._relative(self._owner).endswith(_OTHER_TRIGGERS):
            return (Problem("a trigger on an address or a name server, not on a name", True),)
        return (self._read_action(kind, data),)

    def _read_action(self, kind: str, data: str) -> Item:
        if kind == "cname" and data in _ACTIONS:
            effect = _ACTIONS[data]
        elif kind in ("a", "aaaa") and is_sink(data):
            effect = Effect.BLOCK
        elif kind in ("a", "aaaa", "cname"):
            return Problem(f'answers with "{shorten(data)}", blocks nothing', True)
        else:
            return Problem(f'unknown record type "{shorten(kind)}"')
        owner = self._relative(self._owner)
        try:
            if owner.startswith("*."):
                return Entry(clean_name(owner[2:]), Reach.BELOW, effect)
            return Entry(clean_name(owner), Reach.EXACT, effect)
        except BadNameError as error:
            return Problem(str(error))

    def _relative(self, owner: str) -> str:
        if not owner.endswith("."):
            return owner
        return owner[:-1].removesuffix(f".{self._origin}") if self._origin else owner[:-1]
