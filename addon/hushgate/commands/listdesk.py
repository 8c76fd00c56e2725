"""What the commands about lists share: the store, the house, and how results are shown."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.listrows import Source, State
from hushgate.adapters.liststore import OWN, SHIPPED, ListStore
from hushgate.adapters.listupdate import House
from hushgate.adapters.shipped import shipped_lists
from hushgate.commands.policyview import known_device
from hushgate.config import Config, load_config
from hushgate.core.collisions import Collision
from hushgate.core.domains import Reach
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.listformats.write import write_rule
from hushgate.core.listreading import Reading
from hushgate.core.model import DeviceId
from hushgate.core.words import counted, suggest


@dataclass(frozen=True)
class Desk:
    """The lists and the house they are for."""

    store: ListStore
    config: Config | None
    """None: there is no configuration yet; then any device may be named."""

    @cached_property
    def house(self) -> House:
        """What lists may not take away unasked: what the speakers of the house need."""
        vendors: frozenset[str] | None = None
        if self.config is not None:
            named = [device.vendor for device in self.config.policy.devices.values()]
            if named and all(named):
                vendors = frozenset(str(vendor) for vendor in named)
        return House(shipped_catalogue(), vendors)

    @property
    def configured(self) -> Mapping[str, str]:
        """The lists of the configuration file."""
        return self.config.lists if self.config else {}

    def state(self) -> State:
        """All lists: those of the store and those of the configuration."""
        if self.config is None:
            return self.store.state()
        return self.store.state().with_configured(self.config.lists, list_devices(self.config))

    def source(self, name: str) -> Source:
        """A list by its id; a shipped one need not be switched on. Raises ConfigError."""
        state = self.state()
        if name in state.sources:
            return state.sources[name]
        if name in shipped_lists():
            return Source(name, SHIPPED + name)
        known = list(dict.fromkeys((OWN, *state.sources, *shipped_lists())))
        raise ConfigError(Complaint(f'there is no list "{name}"{suggest(name, known)}'))

    def device(self, name: str) -> DeviceId:
        """A device of the configuration; raises ConfigError."""
        return DeviceId(name) if self.config is None else known_device(self.config.policy, name)

    def devices(self) -> list[DeviceId]:
        """The devices a look-up is answered for if none is named."""
        if self.config is not None and self.config.policy.devices:
            return list(self.config.policy.devices)
        named = {each for source in self.state().sources.values() for each in source.scope.unlike}
        return [*sorted(named), DeviceId("any other device" if named else "any device")]


def list_devices(config: Config) -> dict[str, frozenset[DeviceId]]:
    """For which devices the configuration uses each list."""
    return {
        name: frozenset(key for key, each in config.policy.devices.items() if name in each.lists)
        for name in config.lists
    }


def open_desk(args: argparse.Namespace) -> Desk:
    """The desk for the places the owner named."""
    config = load_config(args.config) if args.config.exists() else None
    return Desk(ListStore(args.state_dir), config)


def ask(question: str) -> str:
    """What the owner answers, in lower case; nothing if nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower()


def counts(reading: Reading) -> dict[str, Any]:
    """A reading in figures, as ``lists check --json`` prints it."""
    rules = reading.rules
    return {
        "format": reading.choice.format,
        "meaning": reading.choice.meaning,
        "entries": len(rules),
        "exact": rules.count(Reach.EXACT),
        "suffix": rules.count(Reach.SUFFIX, Reach.BELOW),
        "regex": rules.count(Reach.PATTERN),
        "exceptions": rules.exceptions,
        "duplicates": reading.duplicates,
        "invalid": reading.invalid,
        "ignored": reading.ignored,
        "examples": [example._asdict() for example in reading.examples],
        "refused": reading.refused,
    }


def describe(reading: Reading) -> Iterator[str]:
    """A reading in words."""
    figures = counts(reading)
    yield f"read as {reading.choice.why}"
    if not reading.choice.sure:
        yield "  (--meaning suffix if its names are meant to cover what is below them)"
    parts = [
        f"{figures[key]:,} {word}"
        for key, word in (
            ("exact", "exact"),
            ("suffix", "suffix"),
            ("regex", "regex"),
            ("exceptions", "that let pass"),
        )
        if figures[key]
    ]
    yield counted(figures["entries"], "entry", "entries") + (
        f": {', '.join(parts)}" if parts else ""
    )
    for key, one, many in (
        ("duplicates", "line repeats another", "lines repeat another"),
        (
            "ignored",
            "ignored: it says nothing about names here",
            "ignored: they say nothing about names here",
        ),
        ("invalid", "invalid: it cannot be read", "invalid: they cannot be read"),
    ):
        if figures[key]:
            yield counted(figures[key], one, many)
    for example in reading.examples:
        yield f"  line {example.line}: {example.text}"
        yield f"      {example.problem}"


def describe_collisions(collisions: Sequence[Collision]) -> Iterator[str]:
    """What a list would take away, in words."""
    for each in collisions:
        yield f"  {write_rule(each.entry)}  covers {each.name}"
        yield f"      {each.endpoint.role} of {each.endpoint.vendor}: {each.effect}"
