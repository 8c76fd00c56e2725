"""The configuration's shape: what may be written where, checked by pydantic.

In: plain data. Out: models whose values are the core's own types (config_types).
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.types import StrictBool, StrictInt, StrictStr

from hushgate.config_types import (
    Address,
    CauseWord,
    Dates,
    ExceptionHours,
    FailWord,
    KindWord,
    LedgerTo,
    Listen,
    MacKey,
    Macs,
    NewSpeakersWord,
    OnBlockWord,
    OutsideWord,
    Port,
    Seconds,
    Size,
    Slug,
    WindowText,
    Zone,
)
from hushgate.core.newcomers import NewSpeakers

# Else pydantic reads what every installed package says of itself, to find plugins for this shape.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

SCHEMA_VERSION = 1


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
    identify: Identify = Field(default_factory=Identify.model_construct)
    """How devices are told apart."""
    lists: dict[Slug, StrictStr] = {}
    """Blocklists: name, and where the file is (path or URL)."""
    gateway: Gateway = Field(default_factory=Gateway.model_construct)
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
