"""Catalogue files → Catalogue.

In: a folder of YAML files, one per vendor. Out: the catalogue and complaints. Rules: a bad entry is
left out and said with its line, the rest is used; the same name in two endpoints is a complaint,
the one read first counts; a public suffix (`.co.uk`) is nobody's endpoint.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hushgate.adapters.packaged import packaged_path
from hushgate.adapters.publicsuffix import public_suffixes
from hushgate.config_tree import Data, Tree, read_tree
from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role, pattern_error
from hushgate.core.errors import Complaint, why

_log = logging.getLogger(__name__)

CATALOGUE = "blocklists/catalogue"
_FILE_KEYS = frozenset(("title", "version", "license", "vendor", "sources", "endpoints"))
_ENDPOINT_KEYS = frozenset(("what", "role", "confidence", "sources", "names"))


def shipped_catalogue() -> Catalogue:
    """Load the catalogue that comes with hushgate; what somebody spoiled in it is in the log."""
    catalogue, complaints = read_catalogue()
    for complaint in complaints:
        _log.warning("catalogue is spoiled why=%s", complaint)
    return catalogue


def read_catalogue() -> tuple[Catalogue, list[Complaint]]:
    """Load the same, with what is wrong in it."""
    return load_catalogue(packaged_path(CATALOGUE))


def load_catalogue(folder: Path) -> tuple[Catalogue, list[Complaint]]:
    """Load every YAML file of a folder, in the order of their names."""
    endpoints: list[Endpoint] = []
    complaints: list[Complaint] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            complaints.append(Complaint(f"cannot be read: {why(error)}", str(path)))
            continue
        except UnicodeDecodeError as error:
            message = f"this is not UTF-8 text (byte {error.start + 1})"
            complaints.append(Complaint(message, str(path)))
            continue
        tree = read_tree(text, str(path))
        endpoints += _read_file(tree, seen)
        complaints += tree.complaints
    return Catalogue(endpoints), complaints


def _read_file(tree: Tree, seen: dict[str, str]) -> list[Endpoint]:
    data = tree.data
    entries = data.get("endpoints") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(entries, dict):
        tree.complain((), 'not a catalogue; expected "vendor" and "endpoints"')
        return []
    for key in data.keys() - _FILE_KEYS:
        tree.complain((key,), f'unknown key "{key}"; expected {_listing(_FILE_KEYS)}', key=True)
    vendor = data.get("vendor")
    if not isinstance(vendor, str):
        tree.complain((), 'expected "vendor", a word')
        return []
    found = []
    for key, entry in entries.items():
        endpoint = _read_endpoint(tree, vendor, key, entry)
        if endpoint is not None:
            found.append(_without_repeats(tree, endpoint, seen))
    return found


def _read_endpoint(tree: Tree, vendor: str, key: str, entry: Data) -> Endpoint | None:
    path = ("endpoints", key)
    if not isinstance(entry, dict):
        tree.complain(path, f"expected {_listing(_ENDPOINT_KEYS)}")
        return None
    for name in entry.keys() - _ENDPOINT_KEYS:
        message = f'unknown key "{name}"; expected {_listing(_ENDPOINT_KEYS)}'
        tree.complain((*path, name), message, key=True)
    role, confidence = entry.get("role"), entry.get("confidence")
    if role not in list(Role):
        tree.complain((*path, "role"), f'unknown role "{role}"; expected {_listing(Role)}')
        return None
    if confidence not in list(Confidence):
        tree.complain((*path, "confidence"), f"expected one of {_listing(Confidence)}")
        return None
    return Endpoint(
        vendor=vendor,
        key=key,
        what=str(entry.get("what", key)),
        role=Role(role),
        confidence=Confidence(confidence),
        sources=_read_sources(tree, path, entry.get("sources")),
        patterns=_read_patterns(tree, path, entry.get("names")),
    )


def _read_sources(tree: Tree, path: tuple[str, str], cited: Data) -> tuple[str, ...]:
    known = tree.data.get("sources") if isinstance(tree.data, dict) else None
    sources = []
    for index, source in enumerate(cited if isinstance(cited, list) else []):
        if not isinstance(known, dict) or source not in known:
            tree.complain((*path, "sources", index), f'"{source}" is not among the "sources"')
        sources.append(str(source))
    return tuple(sources)


def _read_patterns(tree: Tree, path: tuple[str, str], names: Data) -> tuple[str, ...]:
    if not isinstance(names, list) or not names:
        tree.complain((*path, "names"), "expected a list of names")
        return ()
    patterns = []
    for index, name in enumerate(names):
        pattern = str(name).rstrip(".")
        if not pattern.startswith("/"):
            pattern = pattern.lower()
        if error := pattern_error(pattern):
            tree.complain((*path, "names", index), error)
        elif pattern.lstrip(".").encode() in public_suffixes():
            message = f'"{pattern}" is a public suffix: whole countries are below it'
            tree.complain((*path, "names", index), message)
        else:
            patterns.append(pattern)
    return tuple(patterns)


def _without_repeats(tree: Tree, endpoint: Endpoint, seen: dict[str, str]) -> Endpoint:
    """Leave out the names that another endpoint has already."""
    owner = f"{endpoint.vendor}/{endpoint.key}"
    kept = []
    for pattern in endpoint.patterns:
        first = seen.setdefault(pattern, owner)
        if first == owner:
            kept.append(pattern)
        else:
            tree.complain(("endpoints", endpoint.key, "names"), f'"{pattern}" belongs to {first}')
    return replace(endpoint, patterns=tuple(kept))


def _listing(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
