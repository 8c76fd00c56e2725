"""Profiles of a LAN, a hostile one included."""

import tracemalloc
from collections.abc import Iterator

import pytest

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
from hushgate.core.model import Instant, Transport
from hushgate.core.profiles import (
    MAX_ADDRESSES,
    MAX_NAMES,
    MAX_PROFILES,
    MAX_SIGNALS,
    MAX_STRANGERS_KNOW,
    MAX_TEXT,
    Profile,
    ProfileTable,
)
from hushgate.core.signatures import TEXT_KEYS
from hushgate.wire.hello import Hello

DEVICE, OTHER = "fc:65:de:00:00:01", "fc:65:de:00:00:02"
NOW = Instant(10.0)
HELLO = Hello("www.google.com", ("h3",), ech=False, ja4="", size=1)


def profile_of(*facts: Fact) -> Profile:
    table = ProfileTable()
    for fact in facts:
        table.learn(fact, NOW)
    profile = table.get(DEVICE)
    assert profile is not None
    return profile


def test_facts_gather_in_a_profile() -> None:
    profile = profile_of(
        Present(DEVICE, "192.168.1.7"),
        Leased(DEVICE, None, "amazon-1", "dhcpcd", (1, 3)),
        Announced(DEVICE, "_sonos._tcp", "Kitchen", (("md", "One"),), 1443),
        Offered(DEVICE, "upnp:rootdevice", "Linux"),
        Sought(DEVICE, "_amzn-alexa._tcp"),
        Asked(DEVICE, "a.example", "8.8.8.8"),
        Greeted(DEVICE, Transport.UDP, "203.0.113.9", HELLO),
        Served(DEVICE, Transport.TCP, 55443),
        Uploaded(DEVICE, "a.example:443", 20_000),
    )
    assert list(profile.addresses) == ["192.168.1.7"]
    assert (profile.host_name, profile.vendor_class) == ("amazon-1", "dhcpcd")
    assert profile.parameters == (1, 3)
    assert profile.texts_of("_sonos._tcp", "md") == ["One"]
    assert profile.offers == {"upnp:rootdevice": "Linux"}
    assert list(profile.sought) == ["_amzn-alexa._tcp"]
    assert list(profile.names) == ["a.example", "www.google.com"]
    assert list(profile.quic_names) == ["www.google.com"]
    assert list(profile.resolvers) == ["8.8.8.8"]
    assert list(profile.served) == [(Transport.TCP, 55443)]
    assert profile.speech_uploads == 1
    assert profile.first_seen == profile.last_seen == NOW


def test_a_later_pointer_does_not_forget_a_services_text() -> None:
    profile = profile_of(
        Announced(DEVICE, "_googlecast._tcp", "x", (("md", "Nest Audio"),)),
        Announced(DEVICE, "_googlecast._tcp", "x", (), 8009),
    )
    assert profile.texts_of("_googlecast._tcp", "md") == ["Nest Audio"]


def test_a_fact_that_is_known_already_is_no_news() -> None:
    profile = profile_of(fact := Sought(DEVICE, "_amzn-alexa._tcp"))
    profile.has_news = False
    profile.learn(fact, NOW)
    assert not profile.has_news
    profile.learn(Sought(DEVICE, "_matter._tcp"), NOW)
    assert profile.has_news


def test_a_renewal_that_says_less_forgets_nothing() -> None:
    profile = profile_of(
        Leased(DEVICE, None, "amazon-1", "dhcpcd", (1,)), Leased(DEVICE, None, None, None, ())
    )
    assert (profile.host_name, profile.vendor_class, profile.parameters) == (
        "amazon-1",
        "dhcpcd",
        (1,),
    )


def test_an_address_that_moves_leaves_its_former_device() -> None:
    table = ProfileTable()
    table.learn(Present(DEVICE, "192.168.1.7"), NOW)
    table.learn(Present(OTHER, "192.168.1.7"), NOW)
    former, owner = table.get(DEVICE), table.get(OTHER)
    assert former is not None
    assert owner is not None
    assert (list(former.addresses), list(owner.addresses)) == ([], ["192.168.1.7"])


def test_two_devices_of_one_name_are_two() -> None:
    table = ProfileTable()
    for device in (DEVICE, OTHER):
        table.learn(Leased(device, None, "Living-Room", None, ()), NOW)
    assert len(table) == 2


@pytest.mark.parametrize("count", [10_000])
def test_of_strangers_the_one_that_was_quiet_longest_is_forgotten_first(count: int) -> None:
    table = ProfileTable(limit=100)
    table.learn(Present(DEVICE, "192.168.1.7"), NOW)
    table.keep(DEVICE)
    for number in range(count):
        table.learn(Present(f"stranger {number}", f"10.0.{number // 256}.{number % 256}"), NOW)
    assert len(table) == 100
    assert table.get(DEVICE) is not None
    assert table.get("stranger 0") is None
    assert [profile.device for profile in table][-1] == f"stranger {count - 1}"


def test_a_newcomer_is_not_taken_in_where_only_kept_devices_are_left() -> None:
    table = ProfileTable(limit=1)
    table.learn(Present(DEVICE, "192.168.1.7"), NOW)
    table.keep(DEVICE)
    assert table.learn(Present(OTHER, "192.168.1.8"), NOW) is None
    assert table.learn(Present(DEVICE, "192.168.1.9"), NOW) is not None


def test_a_device_that_shouts_fills_nothing_but_its_own_profile() -> None:
    shout = "x" * 1_000_000
    profile = profile_of(
        *(Present(DEVICE, f"fe80::{number:x}") for number in range(100)),
        *(Asked(DEVICE, f"{number}.example", "192.168.1.1") for number in range(10_000)),
        *(
            Announced(DEVICE, f"_{number}._tcp", shout, (("k", shout), (shout, "v")))
            for number in range(300)
        ),
        *(Sought(DEVICE, f"{number}{shout}") for number in range(300)),
        Leased(DEVICE, None, shout, shout, ()),
    )
    assert len(profile.addresses) == MAX_ADDRESSES
    assert len(profile.names) == MAX_NAMES
    assert len(profile.services) == len(profile.sought) == MAX_SIGNALS
    assert list(profile.names)[-1] == "9999.example"
    texts = [
        text
        for service, fact in profile.services.items()
        for pair in fact.texts
        for text in (service.instance, fact.instance, *pair)
    ]
    assert max(map(len, [*texts, *profile.sought, profile.host_name or ""])) == MAX_TEXT


def liar(number: int) -> str:
    return f"00:00:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def shouts(device: str) -> Iterator[Fact]:
    """The most that fits into a profile, each text as long as it may be."""
    long = "x" * MAX_TEXT
    for number in range(MAX_NAMES):
        yield Asked(device, f"{number} {long}", f"10.0.0.{number}")
    for number in range(MAX_SIGNALS):
        texts = tuple((key, f"{number} {long}") for key in TEXT_KEYS)
        yield Announced(device, f"{number} {long}", f"{number} {long}", texts, number)
        yield Sought(device, f"{number} {long}")
        yield Offered(device, f"{number} {long}", f"{number} {long}")


def test_strangers_together_know_no_more_than_their_share_and_speakers_are_kept() -> None:
    table = ProfileTable()
    tracemalloc.start()
    for number in range(120):
        if number < 50:
            table.keep(liar(number))
        for fact in shouts(liar(number)):
            table.learn(fact, NOW)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(table.get(liar(number)) is not None for number in range(50))
    strangers = [profile for profile in table if profile.device > liar(49)]
    assert sum(profile.size for profile in strangers) <= MAX_STRANGERS_KNOW
    assert strangers[-1].device == liar(119)
    assert taken / len(list(table)) < 200_000  # so that 256 of them and the strangers take 64 MB


def test_ten_thousand_quiet_strangers_are_forgotten_oldest_first() -> None:
    table = ProfileTable()
    for number in range(10_000):
        table.learn(Present(liar(number), "10.0.0.7"), NOW)
    assert [profile.device for profile in table] == [
        liar(number) for number in range(10_000 - MAX_PROFILES, 10_000)
    ]


def test_what_would_act_on_a_terminal_is_escaped() -> None:
    profile = profile_of(Leased(DEVICE, None, "\x1b[2Jkitchen\n", None, ()))
    assert profile.host_name == r"\x1b[2Jkitchen\n"


def test_names_of_a_megabyte_are_cut() -> None:
    huge = "x" * 1_000_000
    profile = profile_of(
        Asked(DEVICE, huge, "192.168.1.1"),
        Announced(DEVICE, huge, huge, (("md", huge),)),
        Sought(DEVICE, huge),
        Offered(DEVICE, huge, huge, huge),
        Described(DEVICE, huge, huge),
        Repeated(DEVICE, huge, 91),
        Leased(DEVICE, None, huge, huge, tuple(range(256)) * 100),
    )
    assert len(repr(profile)) < 40 * MAX_TEXT
