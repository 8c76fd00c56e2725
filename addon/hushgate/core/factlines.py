"""Facts as plain data, for the link between gate and addon and for keeping over a restart."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from hushgate.core.facts import (
    Announced,
    Asked,
    Described,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Repeated,
    Served,
    Sought,
    Uploaded,
)
from hushgate.core.model import Transport
from hushgate.wire.hello import Hello

KIND: Final = "fact"
"""The key that says which fact it is."""


def encode_fact(fact: Fact) -> dict[str, Any]:
    """Return a fact as JSON can hold it."""
    # Not asdict(): it copies each value, which takes five times as long.
    value = {name: getattr(fact, name) for name in fact.__slots__}
    if isinstance(fact, Greeted):
        value["hello"] = asdict(fact.hello)
    return {KIND: type(fact).__name__.lower(), **value}


def decode_fact(value: Mapping[str, Any]) -> Fact:
    """Read what `encode_fact` wrote.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It is not that.
    """
    device = str(value["device"])
    match value[KIND]:
        case "present":
            return Present(device, str(value["address"]))
        case "leased":
            return Leased(
                device,
                _text(value["address"]),
                _text(value["host_name"]),
                _text(value["vendor_class"]),
                tuple(int(number) for number in value["parameters"]),
            )
        case "announced":
            texts = tuple((str(key), str(text)) for key, text in value["texts"])
            service, instance = str(value["service"]), str(value["instance"])
            return Announced(device, service, instance, texts, int(value["port"]))
        case "offered":
            location = str(value.get("location", ""))
            return Offered(device, str(value["target"]), str(value["server"]), location)
        case "described":
            return Described(device, str(value["maker"]), str(value["model"]))
        case "sought":
            return Sought(device, str(value["target"]))
        case "asked":
            return Asked(device, str(value["name"]), str(value["server"]))
        case "greeted":
            transport = Transport(value["transport"])
            return Greeted(device, transport, str(value["server"]), _hello(value["hello"]))
        case "served":
            return Served(device, Transport(value["transport"]), int(value["port"]))
        case "uploaded":
            return Uploaded(device, str(value["server"]), int(value["size"]))
        case "repeated":
            return Repeated(device, str(value["name"]), int(value["seconds"]))
        case other:
            raise ValueError(f"unknown fact {other!r}")


def _hello(value: Mapping[str, Any]) -> Hello:
    return Hello(
        sni=_text(value["sni"]),
        alpn=tuple(str(name) for name in value["alpn"]),
        ech=value["ech"] is True,
        ja4=str(value["ja4"]),
        size=int(value["size"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
