"""Regular expressions over domain names, all of a list at once and in linear time.

In: patterns, and names to search. Out: the first pattern that is found in a name.

Python's ``re`` backtracks: a list that holds ``(a+)+$`` would stop every speaker's decisions for
hours. Here the patterns become one automaton (Thompson's construction) whose states are worked out
when a name first needs them, so a look-up costs one step per character, whatever the patterns are.

A pattern may begin anywhere in a name, so behind every character the search is also where patterns
begin. That part is the same in all states; it is worked out once and kept apart, or else each new
state would cost as much as all patterns together.
"""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from hushgate.core.patternsyntax import (
    ALPHABET,
    Chars,
    Choice,
    Edge,
    Part,
    PatternError,
    Repeat,
    Sequence,
    parse_pattern,
)

_MAX_NODES = 2_000
"""Nodes of one pattern; ``{1,1000}`` of a long group is refused, not expanded."""
_MAX_TOTAL = 100_000
"""Nodes of all patterns of a list."""
_MAX_STATES = 2_000
"""States kept before the automaton starts afresh: bounds memory, not correctness."""


@dataclass(eq=False, slots=True)
class _State:
    """A state of the deterministic automaton: the set of nodes the search may be in."""

    nodes: frozenset[int]
    """Without those where patterns begin, which the search is in everywhere."""
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
        self._anywhere: _State | None = None
        """Where patterns begin, but for those that begin at the start of the name."""
        self._begun: dict[str, list[int]] = {}
        """Character → nodes reached from there."""

    def add(self, text: str) -> bool:
        """Add a pattern; False if it is there already. Raises PatternError and changes nothing."""
        if text in self._known:
            return False
        before = len(self._tests)
        try:
            part = parse_pattern(text)
            entry = self._build(part, self._node(len(self.texts)), before + _MAX_NODES)
        except PatternError:
            del self._tests[before:], self._next[before:]
            raise
        self.texts.append(text)
        self._known.add(text)
        self._entries.append(entry)
        self._states.clear()
        self._begun.clear()
        self._start = self._anywhere = None
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

    def _build(self, part: Part, then: int, limit: int) -> int:
        """Nodes for a part in front of the node that follows it."""
        if len(self._tests) > limit:
            raise PatternError("too large")
        match part:
            case Chars(chars):
                return self._node(chars, then)
            case Edge(side):
                return self._node(side, then)
            case Sequence(parts):
                for piece in reversed(parts):
                    then = self._build(piece, then, limit)
                return then
            case Choice(branches):
                return self._node(None, *(self._build(b, then, limit) for b in branches))
            case Repeat(piece, low, high):
                return self._build_repeat(piece, low, high, then, limit)
            case _:
                assert_never(part)

    def _build_repeat(self, part: Part, low: int, high: int | None, then: int, limit: int) -> int:
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

    def _begin_anywhere(self) -> _State:
        if self._anywhere is None:
            self._anywhere = self._state(self._entries, at_start=False)
        return self._anywhere

    def _step(self, state: _State, char: str) -> _State:
        if char not in ALPHABET:
            char = ""  # what no pattern names, however many such characters there are
        anywhere = self._begin_anywhere()
        begun = self._begun.get(char)
        if begun is None:
            begun = self._begun[char] = self._reached(anywhere.nodes, char)
        entries = self._reached(state.nodes, char) + begun
        nodes = self._closure(entries, at_start=False, at_end=False)
        # The edge at the start has been decided, so equal sets of nodes behave alike from here on.
        following = self._states.get(nodes)
        if following is None:
            following = self._state(entries, at_start=False)
            following.found = _earlier(following.found, anywhere.found)
            following.found_at_end = _earlier(following.found_at_end, anywhere.found_at_end)
            if len(self._states) >= _MAX_STATES:
                self._states.clear()
                self._start = None
            self._states[nodes] = following
        state.steps[char] = following
        return following

    def _reached(self, nodes: frozenset[int], char: str) -> list[int]:
        tests = self._tests
        return [
            self._next[node][0]
            for node in nodes
            if isinstance(test := tests[node], frozenset) and char in test
        ]

    def _state(self, entries: list[int], *, at_start: bool) -> _State:
        """The state at some nodes; those that wait for the end are asked with the end in sight."""
        nodes = self._closure(entries, at_start=at_start, at_end=False)
        at_end = self._closure(entries, at_start=at_start, at_end=True)
        return _State(nodes, self._first_found(nodes), self._first_found(at_end))

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


def _earlier(one: int | None, other: int | None) -> int | None:
    """The first of two patterns, as far as there are any."""
    return min((each for each in (one, other) if each is not None), default=None)
