"""What a schema cannot see: words that must agree with words elsewhere in the file.

In: plain data, which may be wrong in any other way too. Out: paths and complaints. So one reading
of the file names the unknown group and the misspelt key together.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hushgate.config_tree import Data, Path
from hushgate.core.settings import FAIL_CHOICES, Fail
from hushgate.core.windows import DateException
from hushgate.core.words import listing, suggest


class Finding(NamedTuple):
    """One contradiction and its place."""

    path: Path
    message: str
    at_key: bool = False
    """Whether it is the key that is wrong, not the value."""


def contradictions(data: dict[str, Data]) -> Iterator[Finding]:
    """Every contradiction between parts of a file."""
    yield from _unknown_groups(data)
    yield from _unknown_lists(data)
    yield from _same_names(data)
    yield from _same_hardware(data)
    yield from _unreachable(data)
    yield from _too_few_marks(data)
    for path, rules in _levels(data):
        yield from _overlapping_dates(path, rules)
        yield from _impossible_fail(path, rules)


def _levels(data: dict[str, Data]) -> Iterator[tuple[Path, dict[str, Data]]]:
    """House, groups and speakers: everything that carries rules."""
    yield ("house",), _table(data, "house")
    for section in ("groups", "speakers"):
        for key, rules in _table(data, section).items():
            if isinstance(rules, dict):
                yield (section, key), rules


def _speakers(data: dict[str, Data]) -> Iterator[tuple[str, dict[str, Data]]]:
    for key, speaker in _table(data, "speakers").items():
        if isinstance(speaker, dict):
            yield key, speaker


def _unknown_groups(data: dict[str, Data]) -> Iterator[Finding]:
    groups = tuple(_table(data, "groups"))
    for key, speaker in _speakers(data):
        group = speaker.get("group")
        if isinstance(group, str) and group not in groups:
            hint = suggest(group, groups) or "; this file has no groups"
            yield Finding(("speakers", key, "group"), f'there is no group "{group}"{hint}')


def _unknown_lists(data: dict[str, Data]) -> Iterator[Finding]:
    lists = tuple(_table(data, "lists"))
    for path, rules in _levels(data):
        for index, name in enumerate(_items(rules, "lists")):
            if isinstance(name, str) and name not in lists:
                hint = suggest(name, lists) or "; this file has no lists"
                yield Finding((*path, "lists", index), f'there is no list "{name}"{hint}')


def _same_names(data: dict[str, Data]) -> Iterator[Finding]:
    """Two speakers that people, or the command line, could not tell apart."""
    owners: dict[str, str] = {}
    for key, speaker in _speakers(data):
        name = speaker.get("name")
        words: dict[str, Path] = {key: ("speakers", key)}
        if isinstance(name, str):
            words[name] = ("speakers", key, "name")
        for word, path in words.items():
            owner = owners.setdefault(word.lower(), key)
            if owner != key:
                yield Finding(path, _also(word, owner), at_key=len(path) == 2)
    for group in _table(data, "groups"):
        if group in owners:
            yield Finding(("groups", group), _also(group, owners[group]), at_key=True)


def _also(word: str, speaker: str) -> str:
    return f'"{word}" is also the name of speaker "{speaker}"'


def _same_hardware(data: dict[str, Data]) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for key, speaker in _speakers(data):
        for field in ("mac", "addresses"):
            value = speaker.get(field)
            for item in value if isinstance(value, list) else [value]:
                word = str(item).lower().replace("-", ":")
                if item is None:
                    continue
                if word in owners:
                    message = f'{word} already belongs to "{owners[word]}"'
                    yield Finding(("speakers", key, field), message)
                owners.setdefault(word, key)
    for key in _table(data, "devices"):
        word = key.lower().replace("-", ":")
        if word in owners:
            message = f'{word} is the speaker "{owners[word]}" already'
            yield Finding(("devices", key), message, at_key=True)


def _unreachable(data: dict[str, Data]) -> Iterator[Finding]:
    for key, speaker in _speakers(data):
        if not speaker.get("mac") and not speaker.get("addresses"):
            message = f'speaker "{key}" has neither mac nor addresses, so it cannot be recognized'
            yield Finding(("speakers", key), message, at_key=True)


def _overlapping_dates(path: Path, rules: dict[str, Data]) -> Iterator[Finding]:
    seen: list[DateException] = []
    for text in _table(rules, "exceptions"):
        try:
            first, last, yearly = DateException.parse_dates(text)
            dates = DateException(first, last, hours=(), yearly=yearly)
        except ValueError:
            continue  # the schema says so
        for other in seen:
            if dates.yearly is other.yearly and (
                dates.covers(other.first) or other.covers(dates.first)
            ):
                message = f"{text} overlaps {other.dates}; split the longer one, so that one counts"
                yield Finding((*path, "exceptions", text), message, at_key=True)
        seen.append(dates)


def _impossible_fail(path: Path, rules: dict[str, Data]) -> Iterator[Finding]:
    """Words that are right elsewhere and would do nothing here."""
    fail = _table(rules, "fail")
    for cause, choices in FAIL_CHOICES.items():
        word = fail.get(cause.value)
        if word in list(Fail) and word not in choices:
            expected = listing([choice.value for choice in choices], last="or")
            message = f"{word} is not possible for {cause}; expected {expected}"
            yield Finding((*path, "fail", cause.value), message)


def _too_few_marks(data: dict[str, Data]) -> Iterator[Finding]:
    marks = _table(data, "gateway").get("mark_bits")
    if isinstance(marks, int) and 0 < marks.bit_count() < 2:
        message = f"{marks:#x} has one bit; expected two bits or more, as in 0x30000000"
        yield Finding(("gateway", "mark_bits"), message)


def _table(data: dict[str, Data], key: str) -> dict[str, Data]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _items(data: dict[str, Data], key: str) -> Sequence[Data]:
    value = data.get(key)
    return value if isinstance(value, list) else ()
