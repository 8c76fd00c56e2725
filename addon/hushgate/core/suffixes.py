"""The public suffix list, asked about one name: is it a suffix that nobody owns?

In: the list's rules (``com``, ``co.uk``, ``*.ck``, ``!www.ck``), as publicsuffix.org defines them.
An entry that equals a public suffix would block a country, so lists may not hold one.
"""

from collections.abc import Iterable


class PublicSuffixes:
    """The rules by kind, ready to be asked."""

    __slots__ = ("_exceptions", "_parents", "plain", "tails")

    def __init__(self, rules: Iterable[str]) -> None:
        rules = [_to_ascii(rule) for rule in rules]
        self.plain = frozenset(rule.encode() for rule in rules if rule[0] not in "*!")
        """Suffixes that stand in the list as they are."""
        self._parents = frozenset(rule[2:].encode() for rule in rules if rule.startswith("*."))
        self._exceptions = frozenset(rule[1:].encode() for rule in rules if rule.startswith("!"))
        self.tails = tuple(b"." + parent for parent in self._parents)
        """How a name ends that may fall under a rule with an asterisk."""

    def __contains__(self, name: bytes) -> bool:
        if name in self.plain:
            return True
        _, _, parent = name.partition(b".")
        return parent in self._parents and name not in self._exceptions


def _to_ascii(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode()


NO_SUFFIXES = PublicSuffixes(())
"""For names that need no check."""
