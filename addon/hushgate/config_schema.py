"""The configuration's shape: what may be written where, checked by pydantic.

In: plain data. Out: models whose values are the core's own types. Each type reads the owner's words
with the core's parser; what is wrong comes back as a sentence that says what was expected.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from ipaddress import ip_address
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.types import StrictBool, StrictInt, StrictStr

from hushgate.core import windows
from hushgate.core.budget import parse_size
from hushgate.core.identity import Kind
from hushgate.core.model import Mac, Outside
from hushgate.core.newcomers import NewSpeakers
from hushgate.core.overrides import parse_duration
from hushgate.core.policy import OnBlock
from hushgate.core.settings import Cause, Fail
from hushgate.core.windows import WHOLE_DAY, DateException, Hours, Window
from hushgate.core.words import suggest

# Else pydantic reads what every installed package says of itself, to find plugins for this shape.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

SCHEMA_VERSION = 1
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_RESERVED = ("all", "unknown", "house")


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected {expected}")
    return value


def _slug(value: object) -> str:
    text = _text(value, "a name")
    if not _SLUG.fullmatch(text):
        raise ValueError(
            f'"{text}" cannot be a name; expected up to 32 of a-z, 0-9 and -, e.g. living-room'
        )
    if text in _RESERVED:
        raise ValueError(f'"{text}" is a word of hushgate\'s own; choose another name')
    return text


def _zone(value: object) -> ZoneInfo:
    text = _text(value, "a time zone, e.g. Europe/Berlin")
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        names = sorted(available_timezones())
        raise ValueError(f'"{text}" is not a known time zone{suggest(text, names)}') from error


def _window(value: object) -> Window:
    return Window.parse(_text(value, "a window, e.g. mon-fri 07:00-22:00"))


def _dates(value: object) -> windows.Dates:
    return DateException.parse_dates(_text(value, "a date, e.g. 2026-12-24"))


def _exception_hours(value: object) -> tuple[Hours, ...]:
    expected = "closed, open, or hours, e.g. [08:00-12:00, 14:00-23:00]"
    if value == "closed":
        return ()
    if value == "open":
        return (WHOLE_DAY,)
    hours = value if isinstance(value, list) else [value]
    if isinstance(value, str) and not value[:1].isdigit():
        raise ValueError(f'"{value}" is not understood; expected {expected}')
    return tuple(Hours.parse(_text(each, expected)) for each in hours)


def _seconds(value: object) -> float:
    if not isinstance(value, str) or value.isdecimal():
        raise ValueError(f'expected a length of time with its unit, e.g. "10s", not {value}')
    return 0.0 if value == "0s" else parse_duration(value).total_seconds()


def _size(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError(f'expected a size with its unit, e.g. "4MB", not {value}')
    return parse_size(value)


def _mac(value: object) -> Mac:
    text = _text(value, "a hardware address, e.g. fc:65:de:10:00:01")
    digits = text.lower().replace("-", ":")
    if not re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", digits):
        raise ValueError(
            f'"{text}" is not a hardware address; expected six pairs of 0-9 and a-f,'
            " e.g. fc:65:de:10:00:01"
        )
    if int(digits[:2], 16) & 1:
        raise ValueError(f'"{text}" is a group address, not a device\'s')
    return Mac(digits)


def _macs(value: object) -> tuple[Mac, ...]:
    return tuple(map(_mac, value if isinstance(value, list) else [value]))


def _kind(value: object) -> Kind:
    if value == Kind.SPEAKER:
        raise ValueError('a speaker stands under "speakers", so that it is guarded')
    return _one_of(Kind)(value)


def _address(value: object) -> str:
    text = _text(value, "an address, e.g. 192.168.1.20")
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValueError(f'"{text}" is not an IP address') from error


def _listen(value: object) -> str:
    text = _text(value, "ADDRESS:PORT, e.g. 127.0.0.1:9108")
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" has no port; expected ADDRESS:PORT, e.g. 127.0.0.1:9108')
    _address(host.removeprefix("[").removesuffix("]"))
    return text


def _ledger_to(value: object) -> str:
    text = _text(value, "syslog, or the path of a file")
    if text != "syslog" and not text.startswith("/"):
        raise ValueError(f'"{text}" is neither syslog nor a path that begins with /')
    return text


def _one_of[T: StrEnum](words: type[T]) -> Callable[[object], T]:
    names = [word.value for word in words]

    def parse(value: object) -> T:
        # "open" and "closed" survive, but YAML's habit of writing "off" for false would not.
        text = _text(value, " or ".join(names))
        if text not in names:
            raise ValueError(f'"{text}" is not valid here{suggest(text, names)}')
        return words(text)

    return parse


def _json(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


_HOURS = r"\d{1,2}:\d{2}\s*[-\u2013]\s*\d{1,2}:\d{2}"
Slug = Annotated[str, PlainValidator(_slug), _json("string", pattern=f"^{_SLUG.pattern}$")]
Zone = Annotated[
    ZoneInfo,
    PlainValidator(_zone),
    _json("string", examples=["Europe/Berlin", "America/New_York", "UTC"]),
]
WindowText = Annotated[
    Window,
    PlainValidator(_window),
    _json(
        "string",
        pattern=rf"^(always|([A-Za-z,-]+ +)?{_HOURS})$",
        examples=["mon-fri 07:00-22:00", "sat,sun 09:00-01:00", "always"],
    ),
]
Dates = Annotated[
    windows.Dates,
    PlainValidator(_dates),
    _json("string", pattern=r"^((\d{4}-)?\d{2}-\d{2})( to (\d{4}-)?\d{2}-\d{2})?$"),
]
ExceptionHours = Annotated[
    tuple[Hours, ...],
    PlainValidator(_exception_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["closed", "open"]},
                {"type": "string", "pattern": f"^{_HOURS}$"},
                {"type": "array", "items": {"type": "string", "pattern": f"^{_HOURS}$"}},
            ]
        }
    ),
]
Seconds = Annotated[
    float,
    PlainValidator(_seconds),
    _json(
        "string", pattern=r"^(\d+d)? ?(\d+h)? ?(\d+m(in)?)? ?(\d+s)?$", examples=["10s", "1m30s"]
    ),
]
Size = Annotated[
    int,
    PlainValidator(_size),
    _json("string", pattern=r"^\d{1,6}(\.\d{1,3})? ?(kB|MB|GB)$", examples=["4MB", "500kB"]),
]
Macs = Annotated[
    tuple[Mac, ...],
    PlainValidator(_macs),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
MacKey = Annotated[
    Mac,
    PlainValidator(_mac),
    _json("string", pattern="^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"),
]
Address = Annotated[str, PlainValidator(_address), _json("string", examples=["192.168.1.20"])]
Listen = Annotated[str, PlainValidator(_listen), _json("string", examples=["127.0.0.1:9108"])]
LedgerTo = Annotated[
    str,
    PlainValidator(_ledger_to),
    _json("string", pattern="^(syslog|/.+)$", examples=["syslog", "/var/log/hushgate.jsonl"]),
]
OutsideWord = Annotated[Outside, BeforeValidator(_one_of(Outside))]
NewSpeakersWord = Annotated[NewSpeakers, BeforeValidator(_one_of(NewSpeakers))]
KindWord = Annotated[
    Kind,
    PlainValidator(_kind),
    WithJsonSchema({"enum": [kind.value for kind in Kind if kind is not Kind.SPEAKER]}),
]
OnBlockWord = Annotated[OnBlock, BeforeValidator(_one_of(OnBlock))]
CauseWord = Annotated[Cause, BeforeValidator(_one_of(Cause))]
FailWord = Annotated[Fail, BeforeValidator(_one_of(Fail))]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, use_attribute_docstrings=True
    )


class Rules(_Model):
    """What may be set for the house, a group or one speaker; the most specific wins."""

    windows: tuple[WindowText, ...] | None = None
    """When voice may leave; [] is never."""
    exceptions: dict[Dates, ExceptionHours] = {}
    """Dates that differ: closed, open, or hours."""
    calendars: dict[StrictStr, ExceptionHours] = {}
    """iCalendar files whose events are such dates: path, and closed, open, or hours."""
    outside: OutsideWord | None = None
    """What happens to voice outside the windows."""
    hard_edge: StrictBool | None = None
    """Cut an utterance when its window closes, instead of letting it finish."""
    grace: Seconds | None = None
    """How long an utterance may go on after its window closed."""
    delay_limit: Seconds | None = None
    """How long an utterance is held at most where outside is delay."""
    on_block: OnBlockWord | None = None
    """Whether the speaker says that it was blocked, or keeps quiet."""
    upload_budget: Size | None = None
    """How much that is no speech may leave outside the windows before you are warned."""
    strict: StrictBool | None = None
    """Take every upload of 30 kB or more for speech, metrics too; true unless you say false."""
    lists: tuple[StrictStr, ...] | None = None
    """Blocklists that apply; names of the section lists."""
    fail: dict[CauseWord, FailWord] = {}
    """What happens while hushgate cannot decide, by cause."""


class House(Rules):
    """What holds for every speaker unless its group or itself says otherwise."""

    zone: Zone
    """Time zone of the house, as in Europe/Berlin."""
    new_speakers: NewSpeakersWord = NewSpeakers.OBSERVE
    """What happens to a speaker that is found and not named here: observe it, or protect."""


class Group(Rules):
    """What holds for the speakers of a group."""

    zone: Zone | None = None
    """Time zone of the group, if it is not the house's."""


class Speaker(Rules):
    """One speaker; its key is the name used everywhere."""

    name: StrictStr | None = Field(default=None, min_length=1, max_length=60)
    """What people call it; the key if absent."""
    mac: Macs = ()
    """Hardware address, or several."""
    addresses: tuple[Address, ...] = ()
    """Fixed IP addresses, where the hardware address cannot be seen."""
    vendor: StrictStr | None = None
    """Who made it, as in the catalogue; found out if absent."""
    group: StrictStr | None = None
    """Name of the group it belongs to."""


class Device(_Model):
    """A device that is no speaker to guard; its key is the hardware address."""

    name: StrictStr | None = Field(default=None, min_length=1, max_length=60)
    """What people call it."""
    kind: KindWord | None = None
    """What it is, whatever it looks like."""


class Identify(_Model):
    """How devices are told apart."""

    probe: StrictBool = False
    """Ask Cast and UPnP devices of the LAN what they are; else they are only listened to."""
    leases: tuple[StrictStr, ...] = ()
    """Lease files of DHCP servers, besides those in their usual places."""


class Gateway(_Model):
    """How the gateway is wired into the network and the machine."""

    proxy_port: Port | None = None
    """Where the speakers' TCP connections are redirected to."""
    dns_port: Port | None = None
    """Where the speakers' DNS questions are redirected to."""
    resolver: Address | None = None
    """Address of the resolver that answers them; the system's if absent."""
    listen: Listen | None = None
    """Address and port of /metrics."""
    queue_number: Annotated[StrictInt, Field(ge=0, le=65535)] | None = None
    """Number of the kernel queue."""
    mark_bits: Annotated[StrictInt, Field(ge=1, le=0xFFFFFFFF)] | None = None
    """Bits of the connection mark that belong to hushgate."""
    encrypted_dns: StrictBool | None = None
    """Let speakers ask DNS over TLS and HTTPS, where nobody here sees it; not over QUIC."""
    routers: Macs | None = None
    """Other routers that are meant to be in the LAN, by hardware address: none is warned of."""
    ledger_days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None
    """How many days rows of the ledger are kept."""
    ledger_megabytes: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    """How large the ledger's file may become; the oldest rows go first."""
    ledger_to: LedgerTo | None = None
    """Where each row goes besides, as a line of JSON: the path of a file, or syslog."""


class Document(_Model):
    """The whole file."""

    schema_version: Annotated[StrictInt, Field(ge=1, le=SCHEMA_VERSION)]
    """Version of this file's format."""
    house: House
    """What holds for every speaker."""
    groups: dict[Slug, Group] = {}
    """Speakers that share rules."""
    speakers: dict[Slug, Speaker]
    """The speakers to guard."""
    devices: dict[MacKey, Device] = {}
    """Other devices, if there is something to say of them."""
    identify: Identify = Field(default_factory=Identify)
    """How devices are told apart."""
    lists: dict[Slug, StrictStr] = {}
    """Blocklists: name, and where the file is (path or URL)."""
    gateway: Gateway = Field(default_factory=Gateway)
    """How the gateway is wired."""


def keys_at(path: tuple[str | int, ...]) -> Mapping[str, str]:
    """The keys that may stand at a path, each with its one-sentence meaning."""
    models: Mapping[str, type[_Model]] = {"house": House, "gateway": Gateway, "identify": Identify}
    tables: Mapping[str, type[_Model]] = {
        "groups": Group,
        "speakers": Speaker,
        "devices": Device,
    }
    match path:
        case ():
            return _fields(Document)
        case (str(section),) if section in models:
            return _fields(models[section])
        case (str(section), _) if section in tables:
            return _fields(tables[section])
    return {}


@cache
def _fields(model: type[_Model]) -> Mapping[str, str]:
    return {name: info.description or "" for name, info in model.model_fields.items()}


def json_schema() -> str:
    """The file's shape for editors, as JSON Schema text."""
    schema = Document.model_json_schema()
    schema["title"] = "hushgate configuration"
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(_without_null(schema), indent=1) + "\n"


def _without_null(part: Any) -> Any:
    """An absent key is null to pydantic; in the file it is absent, and null is refused."""
    if isinstance(part, list):
        return [_without_null(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {key: _without_null(item) for key, item in part.items()}
    if part.get("default", 0) is None:
        del part["default"]
    choices = [each for each in part.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        del part["anyOf"]
        return choices[0] | part
    return part | {"anyOf": choices} if choices else part
