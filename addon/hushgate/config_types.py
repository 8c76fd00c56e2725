"""The values of the configuration: each kind's parser, and its shape for editors.

In: what stands in the file. Out: the core's own types. What is wrong comes back as a sentence that
says what was expected; the words themselves are read by the core.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator, Field, GetPydanticSchema, WithJsonSchema
from pydantic.types import StrictInt
from pydantic_core import core_schema

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


def _read_by(parse: Callable[[object], Any]) -> GetPydanticSchema:
    """Have a value read by a function and nothing else.

    PlainValidator means the same, but studies the type as well, to write it: a tenth of the time
    of a command.
    """
    schema = core_schema.no_info_plain_validator_function(parse)
    return GetPydanticSchema(lambda source, handler: schema)


def _json(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


_HOURS = r"\d{1,2}:\d{2}\s*[-\u2013]\s*\d{1,2}:\d{2}"
Slug = Annotated[str, _read_by(_slug), _json("string", pattern=f"^{_SLUG.pattern}$")]
Zone = Annotated[
    ZoneInfo,
    _read_by(_zone),
    _json("string", examples=["Europe/Berlin", "America/New_York", "UTC"]),
]
WindowText = Annotated[
    Window,
    _read_by(_window),
    _json(
        "string",
        pattern=rf"^(always|([A-Za-z,-]+ +)?{_HOURS})$",
        examples=["mon-fri 07:00-22:00", "sat,sun 09:00-01:00", "always"],
    ),
]
Dates = Annotated[
    windows.Dates,
    _read_by(_dates),
    _json("string", pattern=r"^((\d{4}-)?\d{2}-\d{2})( to (\d{4}-)?\d{2}-\d{2})?$"),
]
ExceptionHours = Annotated[
    tuple[Hours, ...],
    _read_by(_exception_hours),
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
    _read_by(_seconds),
    _json(
        "string", pattern=r"^(\d+d)? ?(\d+h)? ?(\d+m(in)?)? ?(\d+s)?$", examples=["10s", "1m30s"]
    ),
]
Size = Annotated[
    int,
    _read_by(_size),
    _json("string", pattern=r"^\d{1,6}(\.\d{1,3})? ?(kB|MB|GB)$", examples=["4MB", "500kB"]),
]
Macs = Annotated[
    tuple[Mac, ...],
    _read_by(_macs),
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
    _read_by(_mac),
    _json("string", pattern="^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"),
]
Address = Annotated[str, _read_by(_address), _json("string", examples=["192.168.1.20"])]
Listen = Annotated[str, _read_by(_listen), _json("string", examples=["127.0.0.1:9108"])]
LedgerTo = Annotated[
    str,
    _read_by(_ledger_to),
    _json("string", pattern="^(syslog|/.+)$", examples=["syslog", "/var/log/hushgate.jsonl"]),
]
OutsideWord = Annotated[Outside, BeforeValidator(_one_of(Outside))]
NewSpeakersWord = Annotated[NewSpeakers, BeforeValidator(_one_of(NewSpeakers))]
KindWord = Annotated[
    Kind,
    _read_by(_kind),
    WithJsonSchema({"enum": [kind.value for kind in Kind if kind is not Kind.SPEAKER]}),
]
OnBlockWord = Annotated[OnBlock, BeforeValidator(_one_of(OnBlock))]
CauseWord = Annotated[Cause, BeforeValidator(_one_of(Cause))]
FailWord = Annotated[Fail, BeforeValidator(_one_of(Fail))]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
