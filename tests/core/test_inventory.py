"""Devices as they turn out to be, on a friendly LAN and on a hostile one."""

from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Announced, Present, Sought
from hushgate.core.identity import Identity, Kind
from hushgate.core.inventory import MAX_KEPT, Inventory
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import MAX_PROFILES

ECHO = "fc:65:de:00:00:01"
NOW = Instant(0.0)
LOOKS_FOR_ECHOS = "_amzn-alexa._tcp"


def inventory() -> Inventory:
    return Inventory(Catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))


def liar(number: int) -> str:
    return f"00:00:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def cast(device: str) -> Announced:
    return Announced(device, "_googlecast._tcp", "x", (("md", "Nest Audio"),), 8009)


def test_an_identity_is_given_when_it_changes_and_only_then() -> None:
    devices = inventory()
    first = devices.learn(Present(ECHO, "192.168.1.7"), NOW)
    assert first is not None
    assert devices.learn(Present(ECHO, "192.168.1.8"), NOW) is None
    assert (first.vendor, first.kind) == ("amazon", Kind.UNKNOWN)
    assert devices.learn(Sought(ECHO, "_ipp._tcp"), NOW) is None
    speaker = devices.learn(Sought(ECHO, LOOKS_FOR_ECHOS), NOW)
    assert speaker is not None
    assert speaker.is_speaker
    assert devices.identity_of(ECHO) == speaker
    assert devices.devices() == {ECHO: speaker}
    profile = devices.profile_of(ECHO)
    assert profile is not None
    assert list(profile.addresses) == ["192.168.1.7", "192.168.1.8"]


def test_ten_thousand_strangers_do_not_make_a_speaker_forgotten() -> None:
    devices = inventory()
    devices.learn(Sought(ECHO, LOOKS_FOR_ECHOS), NOW)
    for number in range(10_000):
        devices.learn(Sought(liar(number), "x"), NOW)
    identity = devices.identity_of(ECHO)
    assert identity is not None
    assert identity.is_speaker
    assert len(devices.devices()) <= 2 * MAX_PROFILES + 1


def test_a_lan_of_liars_fills_no_more_than_its_share() -> None:
    devices = inventory()
    devices.learn(Sought(ECHO, LOOKS_FOR_ECHOS), NOW)
    for number in range(5000):
        devices.learn(cast(liar(number)), NOW)
    assert devices.profile_of(ECHO) is not None
    kept = [number for number in range(5000) if devices.profile_of(liar(number))]
    assert len(kept) < MAX_PROFILES
    assert kept[: MAX_KEPT - 1] == list(range(MAX_KEPT - 1))


def test_what_the_owner_said_stands() -> None:
    devices = inventory()
    said = Identity(None, None, Kind.COMPUTER, 1.0, ("you said so",))
    devices.say(ECHO, said)
    assert devices.learn(Sought(ECHO, LOOKS_FOR_ECHOS), NOW) is None
    assert devices.identity_of(ECHO) == said
