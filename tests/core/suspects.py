"""Devices to be judged: hardware addresses of each firm, and what such a device may say or do."""

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.facts import Announced, Asked, Fact, Greeted, Served
from hushgate.core.identify import identify
from hushgate.core.identity import Identity
from hushgate.core.model import Instant, Transport
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import ProfileTable
from hushgate.wire.hello import Hello

CATALOGUE = shipped_catalogue()
AMAZON, GOOGLE, APPLE, SONOS, NEST, RING, STRANGER, MADE_UP = (
    *("fc:65:de:00:00:01", "f8:0f:f9:00:00:01", "d4:a3:3d:00:00:01", "00:0e:58:00:00:01"),
    *("18:b4:30:00:00:01", "90:48:6c:00:00:01", "b0:f1:ec:00:00:01", "1e:f2:0c:00:00:01"),
)
OUI = OuiTable(
    [
        *(("fc:65:de", "amazon"), ("f8:0f:f9", "google"), ("d4:a3:3d", "apple")),
        *(("00:0e:58", "sonos"), ("18:b4:30", "nest"), ("90:48:6c", "ring")),
    ],
    source="table of 2026-09",
)
ALEXA_VOICE = "alexa.na.gateway.devices.a2z.com"


def identity_of(device: str, *facts: Fact) -> Identity:
    table = ProfileTable()
    for fact in (Served(device, Transport.TCP, 1), *facts):
        table.learn(fact, Instant(0.0))
    profile = table.get(device)
    assert profile is not None
    return identify(profile, CATALOGUE, OUI)


def asked(device: str, *names: str, server: str = "192.168.1.1") -> list[Fact]:
    return [Asked(device, name, server) for name in names]


def cast(device: str, model: str, *, port: int = 8009, ca: str = "4101") -> Announced:
    return Announced(device, "_googlecast._tcp", "x", (("md", model), ("ca", ca)), port)


def airplay(device: str, model: str) -> Announced:
    return Announced(device, "_airplay._tcp", "Living Room", (("model", model),))


def quic(device: str, name: str) -> Greeted:
    hello = Hello(name, ("h3",), ech=False, ja4="", size=1)
    return Greeted(device, Transport.UDP, "203.0.113.9", hello)
