"""Changes of the configuration file by commands: which key a word means, and who changes it."""

import argparse
from collections.abc import Callable
from pathlib import Path

from hushgate.adapters.confighistory import ConfigFile
from hushgate.commands.override import owner
from hushgate.commands.policyview import utc_now
from hushgate.config import load_config, parse_config
from hushgate.config_schema import Document, keys_at
from hushgate.config_tree import Data, read_tree
from hushgate.config_tree import Path as KeyPath
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.words import suggest

_LISTS = frozenset(("windows", "lists", "addresses"))


def config_file(args: argparse.Namespace) -> ConfigFile:
    """The file of --config, with its history in --state-dir."""
    path: Path = args.config
    return ConfigFile(path, args.state_dir, lambda text: parse_config(text, path))


def change_config(args: argparse.Namespace, change: Callable[[str], str], what: str) -> None:
    """Change the file and say what was done."""
    changed = config_file(args).edit(change, by=owner(), what=what, at=utc_now())
    print(f"{what}: done; hushgate undo takes it back" if changed else f"{what}: it was so already")


def path_of(args: argparse.Namespace) -> KeyPath:
    """The path KEY means: ``kitchen.windows``, ``house.zone``, ``groups.upstairs.outside``.

    Raises:
        ConfigError: with the nearest key.
    """
    first, *rest = args.key.split(".")
    if not rest:
        raise ConfigError(Complaint(f'"{args.key}" names no key; expected e.g. kitchen.windows'))
    path: KeyPath = (first, *rest)
    if first not in Document.model_fields:
        speakers = tuple(load_config(args.config).policy.devices)
        if first not in speakers and rest != ["mac"]:
            hint = suggest(first, (*speakers, *Document.model_fields))
            raise ConfigError(Complaint(f'there is no speaker "{first}"{hint}'))
        path = ("speakers", *path)
    parent = path[: 2 if path[0] in ("speakers", "groups", "devices") else 1]
    known = tuple(keys_at(parent))
    if len(path) > len(parent) and known and path[len(parent)] not in known:
        word = str(path[len(parent)])
        raise ConfigError(Complaint(f'unknown key "{word}"{suggest(word, known)}'))
    return path


def value_of(path: KeyPath, words: list[str]) -> Data:
    """The value some words of the command line stand for; a list where the key wants one.

    Raises:
        ConfigError: several words for a key that takes one value.
    """
    values = [_scalar(word) for word in words]
    if path[-1] in _LISTS and not (len(values) == 1 and isinstance(values[0], list)):
        return values
    if len(values) != 1:
        raise ConfigError(Complaint(f"{path[-1]} takes one value; quote it if it has spaces"))
    return values[0]


def _scalar(word: str) -> Data:
    tree = read_tree(word, "")
    return word if tree.complaints or isinstance(tree.data, dict) else tree.data
