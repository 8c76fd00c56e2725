"""Regular expressions over domain names, all of a list at once and in linear time.

In: patterns as Pi-hole (POSIX extended) and Adblock lists (RE2) write them. Out: the first pattern
that is found in a name. Rules: searched anywhere unless anchored, letter case ignored; look-around
and back-references do not exist here, as they do not in RE2.

Python's ``re`` backtracks: a list that holds ``(a+)+$`` would stop every speaker's decisions for
hours. Here the patterns become one automaton (Thompson's construction) whose states are worked out
when a name first needs them, so a look-up costs one step per character, whatever the patterns are.
"""

from dataclasses import dataclass, field
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

_MAX_NODES = 2_000
"""Nodes of one pattern; ``{1,1000}`` of a long group is refused, not expanded."""
_MAX_TOTAL = 100_000
"""Nodes of all patterns of a list."""
_MAX_DEPTH = 40
"""Groups within groups."""
_MAX_STATES = 2_000
"""States kept before the automaton starts afresh: bounds memory, not correctness."""


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character out of these."""

    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Edge:
    """The start or the end of the name."""

    side: Literal["^", "$"]


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Part"
    low: int
    high: int | None


type _Part = _Chars | _Edge | _Sequence | _Choice | _Repeat


class _Parser:
    """Text of one pattern to its parts, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def parse(self) -> _Part:
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

    def _choice(self) -> _Part:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _Choice(tuple(branches))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self._skip_comment():
                continue
            part = self._atom()
            while (bounds := self._repetition()) is not None:
                part = _Repeat(part, *bounds)
            parts.append(part)
        return _Sequence(tuple(parts))

    def _skip_comment(self) -> bool:
        if not self._take("(?#"):
            return False
        end = self.text.find(")", self.at)
        if end < 0:
            raise PatternError('"(?#" is never closed')
        self.at = end + 1
        return True

    def _atom(self) -> _Part:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return _Chars(self._bracket())
            case ".":
                return _Chars(ALPHABET)
            case "^" | "$":
                return _Edge(char)
            case "\\":
                return _Chars(self._escape())
            case "*" | "+" | "?":
                raise PatternError(f'nothing before "{char}" to repeat')
            case _:
                return _Chars(frozenset(char.lower()))

    def _group(self) -> _Part:
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


@dataclass(eq=False, slots=True)
class _State:
    """A state of the deterministic automaton: the set of nodes the search may be in."""

    nodes: frozenset[int]
    found: int | None
    """The first pattern found already."""
    found_at_end: int | None
    """The first pattern found if the name ends here."""
    steps: dict[str, "_State"] = field(default_factory=dict)


class PatternSet:
    """All patterns of a list. Filled once, then asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._known: set[str] = set()
        self._tests: list[frozenset[str] | Literal["^", "$"] | int | None] = []
        """Per node: the characters it consumes, the edge it asserts, the pattern that is found
        there, or None: it only leads on."""
        self._next: list[tuple[int, ...]] = []
        self._entries: list[int] = []
        self._states: dict[frozenset[int], _State] = {}
        self._start: _State | None = None

    def add(self, text: str) -> bool:
        """Add a pattern; False if it is there already. Raises PatternError and changes nothing."""
        if text in self._known:
            return False
        before = len(self._tests)
        try:
            part = _Parser(text).parse()
            entry = self._build(part, self._node(len(self.texts)), before + _MAX_NODES)
        except PatternError:
            del self._tests[before:], self._next[before:]
            raise
        self.texts.append(text)
        self._known.add(text)
        self._entries.append(entry)
        self._states.clear()
        self._start = None
        return True

    def without(self, text: str) -> "PatternSet":
        """A set with all patterns but one."""
        rest = PatternSet()
        for kept in self.texts:
            if kept != text:
                rest.add(kept)
        return rest

    def find(self, name: str) -> str | None:
        """The first pattern that is found in the name."""
        if not self._entries:
            return None
        state = self._begin()
        for char in name:
            if state.found is not None:
                break
            state = state.steps.get(char) or self._step(state, char)
        found = state.found if state.found is not None else state.found_at_end
        return None if found is None else self.texts[found]

    def __len__(self) -> int:
        return len(self.texts)

    def _node(self, test: frozenset[str] | Literal["^", "$"] | int | None, *following: int) -> int:
        if len(self._tests) >= _MAX_TOTAL:
            raise PatternError("the list holds too many patterns")
        self._tests.append(test)
        self._next.append(following)
        return len(self._tests) - 1

    def _build(self, part: _Part, then: int, limit: int) -> int:
        """Nodes for a part in front of the node that follows it."""
        if len(self._tests) > limit:
            raise PatternError("too large")
        match part:
            case _Chars(chars):
                return self._node(chars, then)
            case _Edge(side):
                return self._node(side, then)
            case _Sequence(parts):
                for piece in reversed(parts):
                    then = self._build(piece, then, limit)
                return then
            case _Choice(branches):
                return self._node(None, *(self._build(b, then, limit) for b in branches))
            case _Repeat(piece, low, high):
                return self._build_repeat(piece, low, high, then, limit)
            case _:
                assert_never(part)

    def _build_repeat(self, part: _Part, low: int, high: int | None, then: int, limit: int) -> int:
        if high is None:
            loop = self._node(None, then)
            self._next[loop] = (self._build(part, loop, limit), then)
            then = loop
        else:
            skip = then
            for _ in range(high - low):
                then = self._node(None, self._build(part, then, limit), skip)
        for _ in range(low):
            # The node makes every turn count towards the limit, that of an empty group too.
            then = self._node(None, self._build(part, then, limit))
        return then

    def _begin(self) -> _State:
        if self._start is None:
            self._start = self._state(self._entries, at_start=True)
        return self._start

    def _step(self, state: _State, char: str) -> _State:
        tests = self._tests
        reached = [
            self._next[node][0]
            for node in state.nodes
            if isinstance(test := tests[node], frozenset) and char in test
        ]
        following = self._state(reached + self._entries, at_start=False)
        state.steps[char] = following
        return following

    def _state(self, entries: list[int], *, at_start: bool) -> _State:
        nodes = self._closure(entries, at_start=at_start, at_end=False)
        # The edge at the start has been decided, so equal sets of nodes behave alike from here on;
        # those that wait for the end are asked once more with the end in sight.
        state = None if at_start else self._states.get(nodes)
        if state is None:
            at_end = self._closure(entries, at_start=at_start, at_end=True)
            state = _State(nodes, self._first_found(nodes), self._first_found(at_end))
            if len(self._states) >= _MAX_STATES:
                self._states.clear()
                self._start = None
            if not at_start:
                self._states[nodes] = state
        return state

    def _closure(self, entries: list[int], *, at_start: bool, at_end: bool) -> frozenset[int]:
        seen = set(entries)
        todo = list(seen)
        while todo:
            node = todo.pop()
            test = self._tests[node]
            if test is None or (test == "^" and at_start) or (test == "$" and at_end):
                fresh = [after for after in self._next[node] if after not in seen]
                seen.update(fresh)
                todo.extend(fresh)
        return frozenset(seen)

    def _first_found(self, nodes: frozenset[int]) -> int | None:
        return min(
            (test for node in nodes if isinstance(test := self._tests[node], int)), default=None
        )
