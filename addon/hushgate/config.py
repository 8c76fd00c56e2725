"""The configuration file: YAML text to policy and settings, or every complaint at once.

In: a path. Out: Config, with each speaker's rules resolved (speaker over group over house). The
calendars a file names are read with it; their paths are relative to its folder.
Rules: an unknown key is an error; nothing is applied by halves; every complaint carries file, line,
column, what was expected and the nearest valid word.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hushgate.config_calendars import Calendars, is_address, read_calendars
from hushgate.config_checks import contradictions
from hushgate.config_migrate import migrate
from hushgate.config_schema import SCHEMA_VERSION, Document, Rules, Speaker, keys_at
from hushgate.config_tree import Tree, read_tree
from hushgate.core.budget import SIZE
from hushgate.core.errors import Complaint, ConfigError, why
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, Mac, Outside
from hushgate.core.newcomers import Found, NewSpeakers, Said, admit
from hushgate.core.policy import DevicePolicy, OnBlock, Policy
from hushgate.core.schedule import Schedule
from hushgate.core.settings import FAIL_DEFAULTS, GatewaySettings
from hushgate.core.windows import DateException
from hushgate.core.words import suggest

GRACE = 10.0
DELAY_LIMIT = 20.0
_ABSENT = (
    "there is no such file; --config says where it is, and config/hushgate.example.yaml is one to"
    " begin with"
)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without fault."""

    path: Path
    policy: Policy
    gateway: GatewaySettings
    zone: ZoneInfo
    """The house's time zone."""
    lists: Mapping[str, str]
    """Blocklists: name, and where the file is."""
    calendars: tuple[Path, ...]
    """Calendars that were read with it; a change of one is a change of the configuration."""
    addresses: tuple[str, ...]
    """Calendars on the web."""
    new_speakers: NewSpeakers
    """What happens to speakers that are found and not named."""
    stranger: DevicePolicy
    """What holds for a speaker that has no rules of its own."""
    probe: bool
    """Whether devices are asked what they are."""
    leases: tuple[Path, ...]
    """Lease files, besides those in their usual places."""
    said: Mapping[Mac, Said]
    """What the owner says of devices that are no speakers."""

    def guarding(self, found: Iterable[Found]) -> Policy:
        """The policy, with the speakers that were found if they are to be guarded at once."""
        if self.new_speakers is NewSpeakers.OBSERVE:
            return self.policy
        said = {mac for mac, word in self.said.items() if word.kind is not None}
        return admit(
            self.policy, (each for each in found if each.device not in said), self.stranger
        )


def load_config(path: Path, *, revision: int = 1, kept: Path | None = None) -> Config:
    """Read and check a configuration file; `kept`: the folder of calendars from the web.

    Raises:
        ConfigError: with every complaint, in the order of the lines.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(Complaint(_ABSENT, str(path))) from error
    except OSError as error:
        raise ConfigError(Complaint(f"cannot be read: {why(error)}", str(path))) from error
    except UnicodeDecodeError as error:
        message = f"this is not UTF-8 text (byte {error.start + 1})"
        raise ConfigError(Complaint(message, str(path))) from error
    return parse_config(text, path, revision=revision, kept=kept)


def parse_config(text: str, path: Path, *, revision: int = 1, kept: Path | None = None) -> Config:
    """Check a configuration's text; the path is for complaints and for finding calendars.

    Raises:
        ConfigError: with every complaint, in the order of the lines.
    """
    tree = read_tree(text, str(path))
    document = _document(tree)
    calendars = read_calendars(tree, document, path.parent, kept) if document is not None else {}
    if tree.complaints or document is None:
        raise ConfigError(*sorted(tree.complaints, key=lambda each: (each.line, each.column)))
    devices = {
        DeviceId(key): _device(DeviceId(key), speaker, document, calendars)
        for key, speaker in document.speakers.items()
    }
    settings = document.gateway.model_dump(exclude_none=True)
    return Config(
        path=path,
        policy=Policy(revision=revision, devices=devices),
        gateway=GatewaySettings(**settings),
        zone=document.house.zone,
        lists=document.lists,
        calendars=tuple(path.parent / name for name in calendars if not is_address(name)),
        addresses=tuple(name for name in calendars if is_address(name)),
        new_speakers=document.house.new_speakers,
        stranger=_device(UNKNOWN_DEVICE, Speaker.model_construct(), document, calendars),
        probe=document.identify.probe,
        leases=tuple(path.parent / name for name in document.identify.leases),
        said={mac: Said(each.name, each.kind) for mac, each in document.devices.items()},
    )


def _device(
    device: DeviceId, speaker: Speaker, document: Document, calendars: Calendars
) -> DevicePolicy:
    """A speaker's rules, each taken from the most specific level that has it."""
    group = document.groups.get(speaker.group or "")
    levels: list[tuple[str, Rules]] = [(speaker.name or device, speaker)]
    if group is not None:
        levels.append((f"the group {speaker.group}", group))
    levels.append(("the house", document.house))

    def first(key: str, default: Any) -> Any:
        values = (getattr(rules, key) for _, rules in levels)
        return next((value for value in values if value is not None), default)

    fail = dict(FAIL_DEFAULTS)
    for _, rules in reversed(levels):
        fail.update(rules.fail)
    zone = group.zone if group is not None and group.zone is not None else document.house.zone
    return DevicePolicy(
        id=device,
        name=speaker.name or device,
        macs=frozenset(speaker.mac),
        addresses=frozenset(speaker.addresses),
        vendor=speaker.vendor,
        group=speaker.group,
        schedule=_schedule(zone, levels, calendars),
        outside=first("outside", Outside.BLOCK),
        hard_edge=first("hard_edge", False),
        grace=first("grace", GRACE),
        delay_limit=first("delay_limit", DELAY_LIMIT),
        on_block=first("on_block", OnBlock.ANNOUNCE),
        lists=first("lists", ()),
        fail=MappingProxyType(fail),
        upload_budget=first("upload_budget", SIZE),
        strict=first("strict", True),
    )


def _schedule(
    zone: ZoneInfo, levels: Sequence[tuple[str, Rules]], calendars: Calendars
) -> Schedule:
    """Windows of the most specific level that has any; exceptions of all, in that order."""
    source, windows = next(
        ((source, rules.windows) for source, rules in levels if rules.windows is not None),
        ("the house", ()),
    )
    exceptions: list[DateException] = []
    for source_of, rules in levels:
        # A date of one year is more specific than a date of every year.
        written = sorted(rules.exceptions.items(), key=lambda item: item[0].yearly)
        exceptions.extend(
            DateException(first, last, hours, source_of, yearly)
            for (first, last, yearly), hours in written
        )
        # What is written out beside a calendar is the more specific.
        exceptions.extend(
            DateException(*dates, hours=hours, source=f"{source_of}, {name}")
            for name, hours in rules.calendars.items()
            for dates in calendars[name]
        )
    return Schedule(zone=zone, windows=windows, exceptions=tuple(exceptions), source=source)


def _document(tree: Tree) -> Document | None:
    if tree.data is None and not tree.complaints:
        tree.complain((), "the file is empty; expected schema_version, house and speakers")
    if tree.data is None:
        return None
    if not isinstance(tree.data, dict):
        tree.complain((), "expected KEY: VALUE lines, beginning with schema_version: 1")
        return None
    data = migrate(tree.data)
    document = None
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _complain(tree, detail)
    for finding in contradictions(data):
        tree.complain(finding.path, finding.message, key=finding.at_key)
    return document


def _complain(tree: Tree, detail: ErrorDetails) -> None:
    """Turn one finding of pydantic into a sentence at its place in the file."""
    *parents, last = path = detail["loc"]
    value, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            known = tuple(keys_at(tuple(parents)))
            tree.complain(path, f'unknown key "{last}"{suggest(str(last), known)}', key=True)
        case "missing":
            meaning = keys_at(tuple(parents)).get(str(last), "")
            tree.complain(tuple(parents), f'"{last}" is missing ({meaning.rstrip(".")})', key=True)
        case "value_error" if last == "[key]":
            tree.complain(tuple(parents), str(context["error"]), key=True)
        case "value_error":
            tree.complain(path, str(context["error"]))
        case "less_than_equal" if path == ("schema_version",):
            message = f"this file is for a newer hushgate (version {value} of the format)"
            tree.complain(tuple(path), f"{message}; this one reads up to {SCHEMA_VERSION}")
        case kind:
            tree.complain(path, f"{_EXPECTED.get(kind, _plain)(context)}, not {_show(value)}")


def _plain(context: Mapping[str, Any]) -> str:
    return f"expected another value ({', '.join(f'{k} {v}' for k, v in context.items())})"


_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_type": lambda _: "expected true or false",
    "int_type": lambda _: "expected a whole number",
    "string_type": lambda _: "expected text",
    "tuple_type": lambda _: "expected a list, each line of it beginning with a dash",
    "dict_type": lambda _: "expected KEY: VALUE lines",
    "model_type": lambda _: "expected KEY: VALUE lines",
    "greater_than_equal": lambda context: f"expected at least {context['ge']}",
    "less_than_equal": lambda context: f"expected at most {context['le']}",
    "string_too_long": lambda context: f"expected at most {context['max_length']} characters",
    "string_too_short": lambda _: "expected a name",
}


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "KEY: VALUE lines"
    if isinstance(value, list):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
