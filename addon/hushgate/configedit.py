"""Edits of a configuration by program: the owner's comments, order and style stay as they are.

In: text, a path and a value. Out: text in which only that value differs. Rules:

1. An edit is a splice at the positions the parser gives; nothing is dumped anew.
2. A comment inside what is removed stays, on a line of its own.
3. Before the new text is handed out it is read again: its data must be the old data with the edit
   applied, and each comment must still be there. Else the edit is refused.
"""

import json
from collections import Counter

import yaml

from hushgate.config_splice import comments_of, remove_one, set_one
from hushgate.config_tree import Data, Path, read_tree
from hushgate.core.errors import Complaint, ConfigError

type Step = tuple[Path, Data]


def set_value(text: str, path: Path, value: Data) -> str:
    """Give a key a value; missing keys are added, an index one past the end appends.

    Raises:
        ConfigError: the text is not readable, or the edit would lose something.
    """
    before = _data(text)
    edited = _spliced(text, _steps(_get(before, path), path, value))
    return _guard(text, edited, applied(before, path, value))


def remove_key(text: str, path: Path) -> str:
    """Take a key, or an item of a list, out of the text; its comments stay.

    Raises:
        ConfigError: there is no such key, or the edit would lose something.
    """
    before = _data(text)
    if _get(before, path) is None:
        raise ConfigError(Complaint(f"there is no {show_path(path)} to remove"))
    return _guard(text, _spliced(text, [(path, None)]), applied(before, path, None))


def applied(data: Data, path: Path, value: Data) -> Data:
    """What an edit means: the data with a value set, or removed if it is None."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(first, int):
        items = [*data[:first], applied(_get(data, (first,)), rest, value), *data[first + 1 :]]
        return [item for item in items if item is not None]
    table = dict(data) if isinstance(data, dict) else {}
    table[str(first)] = applied(table.get(str(first)), rest, value)
    return {key: item for key, item in table.items() if item is not None}


def show_path(path: Path) -> str:
    """A path as people write it: ``speakers.kitchen.windows.0``."""
    return ".".join(map(str, path))


def _steps(old: Data, path: Path, value: Data) -> list[Step]:
    """The smallest edits that turn what stands at a path into a value; None removes."""
    if _same(old, value):
        return []
    if isinstance(old, dict) and isinstance(value, dict) and old and value:
        changed = [step for key in value for step in _steps(old.get(key), (*path, key), value[key])]
        return changed + [((*path, key), None) for key in old if key not in value]
    if isinstance(old, list) and isinstance(value, list) and old and value:
        changed = [
            step
            for at, item in enumerate(value)
            for step in _steps(_get(old, (at,)), (*path, at), item)
        ]
        # From the end, so that no removal moves an item that is still to be removed.
        return changed + [((*path, at), None) for at in reversed(range(len(value), len(old)))]
    return [(path, value)]


def _spliced(text: str, steps: list[Step]) -> str:
    try:
        for path, value in steps:
            text = remove_one(text, path) if value is None else set_one(text, path, value)
    except (yaml.YAMLError, UnicodeError) as error:
        raise ConfigError(Complaint(f"edit refused: {error}")) from error
    return text


def _guard(before: str, after: str, intended: Data) -> str:
    """The new text, if it means what was intended and no comment is missing."""
    tree = read_tree(after, "the edited configuration")
    lost = Counter(each.text for each in comments_of(before))
    if not tree.complaints:
        lost -= Counter(each.text for each in comments_of(after))
        if _same(tree.data, intended) and not lost:
            return after
    reason = f"it would lose {next(iter(lost))!r}" if lost and not tree.complaints else None
    message = reason or "the lines cannot be changed without changing others"
    raise ConfigError(Complaint(f"edit refused: {message}; change the file by hand"))


def _data(text: str) -> Data:
    tree = read_tree(text, "the configuration")
    if tree.complaints:
        raise ConfigError(*tree.complaints)
    return tree.data


def _get(data: Data, path: Path) -> Data:
    for part in path:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
            data = data[part]
        else:
            return None
    return data


def _same(one: Data, other: Data) -> bool:
    """Equal, and of equal kind: 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
