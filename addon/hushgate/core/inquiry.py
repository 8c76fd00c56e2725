"""What to ask devices themselves, where the owner wants that: a Cast device, a UPnP device.

In: profiles. Out: whom to ask next, and facts from what is answered. Rules:

- Only a device of the LAN is asked, at an address it was seen to use, on a port no operating system
  reserves: a description that a device says to be elsewhere is not fetched.
- Each is asked once a day.
- An answer is what the device says of itself, worth as much as what it announces.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from hushgate.core.facts import Announced, Described, Fact, Offered
from hushgate.core.lan import is_group, is_lan
from hushgate.core.model import Instant, Transport
from hushgate.core.oui import is_mac
from hushgate.core.profiles import Profile

AGAIN: Final = 86_400.0
MAX_ASKED: Final = 1024
"""Most questions that are remembered, the oldest are forgotten first."""
MAX_VALUE: Final = 64
_CAST: Final = "_googlecast._tcp"
_CAST_PORTS: Final = frozenset((8008, 8009, 8443))
_CAST_PATH: Final = "/setup/eureka_info?params=name,device_info"
_FIRST_PORT: Final = 1024
_LOCATION: Final = re.compile(r"http://(\[[0-9A-Fa-f:]+\]|[0-9.]+):([0-9]{1,5})(/[!-~]{0,200})?")


class Way(StrEnum):
    """How a device is asked."""

    CAST = "cast"
    CAST_TLS = "cast-tls"
    """The same behind a certificate that nobody vouches for."""
    UPNP = "upnp"


class Question(NamedTuple):
    """What to fetch, and from whom."""

    device: str
    way: Way
    address: str
    port: int
    path: str


class Inquiry:
    """Remembers who was asked."""

    def __init__(self) -> None:
        self._asked: OrderedDict[Question, Instant] = OrderedDict()

    def next(self, profiles: Iterable[Profile], now: Instant) -> Question | None:
        """Choose whom to ask now; None: nobody."""
        for question in (each for profile in profiles for each in questions_for(profile)):
            asked = self._asked.get(question)
            if asked is None or now - asked >= AGAIN:
                self._asked[question] = now
                self._asked.move_to_end(question)
                if len(self._asked) > MAX_ASKED:
                    self._asked.popitem(last=False)
                return question
        return None


def questions_for(profile: Profile) -> Iterator[Question]:
    """Give what can be asked of a device."""
    if not is_mac(profile.device):
        return
    device, address = profile.device, _own_address(profile)
    is_cast = any(service.kind == _CAST for service in profile.services) or any(
        (Transport.TCP, port) in profile.served for port in _CAST_PORTS
    )
    if is_cast and address is not None:
        yield Question(device, Way.CAST, address, 8008, _CAST_PATH)
        yield Question(device, Way.CAST_TLS, address, 8443, _CAST_PATH)
    if place := _LOCATION.fullmatch(profile.location):
        host, port = place[1].strip("[]"), int(place[2])
        if host in profile.addresses and _may_be_asked(host) and _FIRST_PORT <= port < 2**16:
            yield Question(device, Way.UPNP, host, port, place[3] or "/")


def read_answer(question: Question, body: bytes) -> list[Fact]:
    """Read what a device answered; nonsense says nothing."""
    if question.way is Way.UPNP:
        return _read_description(question.device, body)
    return _read_cast(question.device, body)


def _own_address(profile: Profile) -> str | None:
    """Give the address it used last that belongs to the LAN, IPv4 before IPv6."""
    usable = [each for each in reversed(profile.addresses) if _may_be_asked(each)]
    return next((each for each in usable if "." in each), next(iter(usable), None))


def _may_be_asked(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    # fe80::/10 needs to be told the interface, and who is on the LAN has another address too.
    is_scoped = address.version == 6 and address.is_link_local
    is_nobody = is_group(address.packed) or address.is_loopback or is_scoped
    return is_lan(address.packed) and not is_nobody


def _read_cast(device: str, body: bytes) -> list[Fact]:
    try:
        answer: Any = json.loads(body)
        about = answer["device_info"]
        name, model, maker = answer["name"], about["model_name"], about.get("manufacturer", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    if not all(isinstance(each, str) for each in (name, model, maker)):
        return []
    texts = (("md", model[:MAX_VALUE]),)
    return [
        Announced(device, _CAST, name[:MAX_VALUE], texts, 8009),
        Described(device, maker[:MAX_VALUE], model[:MAX_VALUE]),
    ]


def _read_description(device: str, body: bytes) -> list[Fact]:
    """Read the first device of a UPnP description, without an XML parser: four texts are enough."""
    text = body.decode("utf-8", "backslashreplace")
    keys = "deviceType", "manufacturer", "modelName"
    kind, maker, model = (_element(text, key) for key in keys)
    facts: list[Fact] = [Offered(device, kind, "")] if kind else []
    return [*facts, Described(device, maker, model)] if model else facts


def _element(text: str, key: str) -> str:
    start = text.find(f"<{key}>")
    end = text.find("<", start + 1)
    return text[start + len(key) + 2 : end].strip()[:MAX_VALUE] if 0 <= start < end else ""
