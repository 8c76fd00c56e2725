"""Regular expressions over domain names: text to parts.

In: patterns as Pi-hole (POSIX extended) and Adblock lists (RE2) write them. Out: their parts, or
PatternError with what is wrong. Rules: letter case is ignored; look-around and back-references do
not exist, as they do not in RE2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, assert_never

ALPHABET: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
"""What a name is made of; a pattern's other characters can never match."""

_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_NAMED = {
    "alpha": _LETTERS,
    "lower": _LETTERS,
    "upper": _LETTERS,
    "digit": _DIGITS,
    "xdigit": _DIGITS | frozenset("abcdef"),
    "alnum": _LETTERS | _DIGITS,
    "punct": frozenset("-_."),
    "graph": ALPHABET,
    "print": ALPHABET,
    "space": frozenset[str](),
    "blank": frozenset[str](),
    "cntrl": frozenset[str](),
}
_ESCAPES = {
    "d": _DIGITS,
    "D": ALPHABET - _DIGITS,
    "w": _LETTERS | _DIGITS | {"_"},
    "W": frozenset("-."),
    "s": frozenset[str](),
    "S": ALPHABET,
}

_MAX_DEPTH = 40
"""Groups within groups."""


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of these."""

    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class Edge:
    """The start or the end of the name."""

    side: Literal["^", "$"]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these."""

    branches: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same several times; ``high`` None: without end."""

    part: "Part"
    low: int
    high: int | None


type Part = Chars | Edge | Sequence | Choice | Repeat


def parse_pattern(text: str) -> Part:
    """The parts of a pattern; raises PatternError."""
    return _Parser(text).parse()


def example_names(text: str, limit: int = 500) -> list[str]:
    """Some strings that a pattern describes as a whole; of wide classes one character stands in."""
    return list(islice(_examples(parse_pattern(text)), limit))


def _examples(part: Part) -> Iterator[str]:
    match part:
        case Chars(chars):
            yield from (
                sorted(chars)
                if len(chars) <= len(_DIGITS)
                else ["a" if "a" in chars else min(chars)]
            )
        case Edge():
            yield ""
        case Sequence(parts):
            yield from _examples_of_all(parts)
        case Choice(branches):
            for branch in branches:
                yield from _examples(branch)
        case Repeat(piece, low, high):
            for times in range(low, (low + 1 if high is None else min(high, low + 3)) + 1):
                yield from _examples_of_all((piece,) * times)
        case _:
            assert_never(part)


def _examples_of_all(parts: tuple[Part, ...]) -> Iterator[str]:
    if not parts:
        yield ""
        return
    for head in _examples(parts[0]):
        for tail in _examples_of_all(parts[1:]):
            yield head + tail


class _Parser:
    """Text of one pattern to its parts, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def parse(self) -> Part:
        self._take("(?i)")
        part = self._choice()
        if self.at < len(self.text):
            raise PatternError('")" without "("')
        return part

    def _take(self, expected: str) -> bool:
        if not self.text.startswith(expected, self.at):
            return False
        self.at += len(expected)
        return True

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def _choice(self) -> Part:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self._skip_comment():
                continue
            part = self._atom()
            while (bounds := self._repetition()) is not None:
                part = Repeat(part, *bounds)
            parts.append(part)
        return Sequence(tuple(parts))

    def _skip_comment(self) -> bool:
        if not self._take("(?#"):
            return False
        end = self.text.find(")", self.at)
        if end < 0:
            raise PatternError('"(?#" is never closed')
        self.at = end + 1
        return True

    def _atom(self) -> Part:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return Chars(self._bracket())
            case ".":
                return Chars(ALPHABET)
            case "^" | "$":
                return Edge(char)
            case "\\":
                return Chars(self._escape())
            case "*" | "+" | "?":
                raise PatternError(f'nothing before "{char}" to repeat')
            case _:
                return Chars(frozenset(char.lower()))

    def _group(self) -> Part:
        if self._take("?") and not self._take(":"):
            raise PatternError(
                f'"(?{self.text[self.at : self.at + 1]}" (look-around) is not possible'
            )
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise PatternError("too many groups within groups")
        part = self._choice()
        if not self._take(")"):
            raise PatternError('"(" is never closed')
        self.depth -= 1
        return part

    def _escape(self) -> frozenset[str]:
        char = self._next()
        if char in _ESCAPES:
            return _ESCAPES[char]
        if char.isalnum():
            raise PatternError(f'"\\{char}" is not possible')
        return frozenset(char)

    def _bracket(self) -> frozenset[str]:
        negated = self._take("^")
        chars: set[str] = set()
        first = True
        while first or not self._take("]"):
            first = False
            low = self._bracket_item()
            if len(low) == 1 and self._range_follows():
                self.at += 1
                high = self._bracket_item()
                chars |= _between(next(iter(low)), next(iter(high), ""))
            else:
                chars |= low
        folded = frozenset(char.lower() for char in chars)
        return ALPHABET - folded if negated else folded

    def _range_follows(self) -> bool:
        return self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at)

    def _bracket_item(self) -> frozenset[str]:
        if self._take("[:"):
            name, closed, _ = self.text[self.at :].partition(":]")
            if not closed or name not in _NAMED:
                raise PatternError(f'"[:{name[:10]}" is no class of characters')
            self.at += len(name) + 2
            return _NAMED[name]
        char = self._next()
        return self._escape() if char == "\\" else frozenset(char)

    def _repetition(self) -> tuple[int, int | None] | None:
        """The bounds of a repetition that follows, None if none does."""
        bounds: tuple[int, int | None] | None = None
        for sign, meaning in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                bounds = meaning
                break
        else:
            if self._take("{"):
                bounds = self._braces()
        if bounds is not None:
            self._take("?")  # lazy: the same names match
        return bounds

    def _braces(self) -> tuple[int, int | None]:
        inside, closed, _ = self.text[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        if not (closed and low.isdecimal() and (not high or high.isdecimal()) and len(inside) < 10):
            raise PatternError(f'"{{{inside[:12]}" is no number of repetitions')
        self.at += len(inside) + 1
        bounds = int(low), (int(high) if high else None) if comma else int(low)
        if bounds[1] is not None and bounds[1] < bounds[0]:
            raise PatternError(f'"{{{inside}}}" counts backwards')
        return bounds


def _between(low: str, high: str) -> frozenset[str]:
    if not high or high < low:
        raise PatternError(f'"{low}-{high}" is no range')
    return frozenset(chr(code) for code in range(ord(low), min(ord(high), 127) + 1))
