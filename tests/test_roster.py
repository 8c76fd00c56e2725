"""What the owner is told of the devices of the home."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.commands.devices import endpoint_line, print_device, standing
from hushgate.commands.endpoints import by_domain
from hushgate.config import load_config, parse_config
from hushgate.core.contacts import Contact, Contacts
from hushgate.core.errors import RequestError
from hushgate.core.facts import Asked, Leased, Present, Sought
from hushgate.core.household import Household, Resident
from hushgate.core.identity import Kind
from hushgate.core.model import Instant, Mac
from hushgate.core.newcomers import Said
from hushgate.core.oui import OuiTable
from hushgate.core.overrides import Override, Wish
from hushgate.roster import describe_device, describe_endpoints, describe_found, find_resident

CONFIG = load_config(Path(__file__).parents[1] / "config" / "hushgate.example.yaml")
POLICY, ZONE = CONFIG.policy, ZoneInfo("Europe/Berlin")
KITCHEN, ECHO, PHONE = Mac("fc:65:de:10:00:01"), Mac("fc:65:de:00:00:07"), Mac("3c:22:fb:00:00:03")
NOW, AT = Instant(1000.0), datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ALEXA = "alexa.na.gateway.devices.a2z.com"


@pytest.fixture
def home() -> Household:
    home = Household(shipped_catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))
    home.settle(POLICY, {})
    for fact in (
        *(Present(KITCHEN, "192.168.1.7"), Asked(KITCHEN, ALEXA, "192.168.1.1")),
        *(Present(ECHO, "192.168.1.8"), Sought(ECHO, "_amzn-alexa._tcp")),
        *(Present(PHONE, "192.168.1.9"), Leased(PHONE, None, "Anns-iPhone", None, ())),
    ):
        home.learn(fact, NOW)
    return home


def one(home: Household, wanted: str) -> Resident:
    return find_resident(wanted, home.residents(NOW, AT), POLICY)


@pytest.mark.parametrize(
    ("wanted", "device"),
    [
        pytest.param("kitchen", KITCHEN, id="by id"),
        pytest.param("Kitchen Echo", KITCHEN, id="by name"),
        pytest.param("192.168.1.8", ECHO, id="by address"),
        pytest.param("FC:65:DE:00:00:07", ECHO, id="by hardware address"),
        pytest.param("new-fc65de000007", ECHO, id="by the id of a found speaker"),
        pytest.param("anns-iphone", PHONE, id="by what it calls itself"),
    ],
)
def test_a_device_is_found_by_any_of_its_names(home: Household, wanted: str, device: Mac) -> None:
    assert one(home, wanted).device == device


def test_a_device_nobody_saw_names_the_nearest(home: Household) -> None:
    with pytest.raises(RequestError, match='"kitchen"'):
        one(home, "kichen")


def test_two_devices_of_one_name_are_told_apart(home: Household) -> None:
    home.learn(Leased("3c:22:fb:00:00:04", None, "Anns-iPhone", None, ()), NOW)
    with pytest.raises(RequestError, match="may be any of"):
        one(home, "Anns-iPhone")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param(
            "kitchen", "named in your configuration; what holds: hushgate status", id="named"
        ),
        pytest.param("192.168.1.8", "NOT protecting; decide", id="found"),
        pytest.param("192.168.1.9", "no speaker", id="a phone"),
    ],
)
def test_it_is_said_whether_a_device_is_guarded(home: Household, wanted: str, words: str) -> None:
    row = describe_device(one(home, wanted), POLICY, Contacts(), ZONE, AT)
    assert standing(row).startswith(words)


def test_a_found_speaker_that_is_guarded_is_said_to_be(home: Household) -> None:
    assert describe_found(home.found(), POLICY)[0]["protected"] is False
    text = CONFIG.path.read_text().replace("house:\n", "house:\n  new_speakers: protect\n", 1)
    guarding = parse_config(text, CONFIG.path).guarding(home.found())
    assert describe_found(home.found(), guarding)[0]["protected"] is True
    resident = find_resident("192.168.1.8", home.residents(NOW, AT), guarding)
    words = standing(describe_device(resident, guarding, Contacts(), ZONE, AT))
    assert words.startswith("guarded by the rules of the house until you decide")


def test_the_owners_word_is_shown(home: Household) -> None:
    home.settle(POLICY, {ECHO: Said("Toy", Kind.APPLIANCE)})
    row = describe_device(one(home, "toy"), POLICY, Contacts(), ZONE, AT)
    assert (row["kind"], row["evidence"], row["undecided"]) == ("appliance", ["you said so"], False)


def test_what_was_said_for_a_while_is_shown_with_the_time_left(
    home: Household, capsys: pytest.CaptureFixture[str]
) -> None:
    until = AT + timedelta(minutes=20)
    allow = Override(None, Wish.ALLOW, AT, until, by="anna", id="1")
    policy = POLICY.with_overrides([allow])
    row = describe_device(one(home, "kitchen"), policy, Contacts(), ZONE, AT)
    print_device(row)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("  for a while: all speakers allowed by anna until ")
    assert said.endswith("(20m left)")
    phone = describe_device(one(home, "192.168.1.9"), policy, Contacts(), ZONE, AT)
    assert phone["for_a_while"] == []


def test_endpoints_with_bytes_come_before_those_only_asked_for(home: Household) -> None:
    sums = {"b.example:443": Contact("other", 1, 5, 5), "a.example:443": Contact("voice", 2, 9, 4)}
    rows = describe_endpoints(one(home, "kitchen"), sums, shipped_catalogue())
    assert [row["name"] for row in rows] == ["a.example", "b.example", ALEXA]
    assert (rows[2]["vendor"], rows[2]["role"], rows[2]["bytes"]) == ("amazon", "voice", None)
    assert endpoint_line(rows[0]).endswith("9 bytes uploaded, 4 of them left the house")


def test_endpoints_are_shown_under_who_registered_their_names() -> None:
    names = (ALEXA, "www.bbc.co.uk", "prod.a2z.com", "192.0.2.7", "sounds.bbc.co.uk")
    groups = by_domain([{"name": name} for name in names])
    assert {domain: [row["name"] for row in rows] for domain, rows in groups.items()} == {
        "a2z.com": [ALEXA, "prod.a2z.com"],
        "bbc.co.uk": ["www.bbc.co.uk", "sounds.bbc.co.uk"],
        "192.0.2.7": ["192.0.2.7"],
    }


def test_a_vendor_is_not_said_twice_nor_an_address_for_want_of_a_name(
    home: Household, capsys: pytest.CaptureFixture[str]
) -> None:
    row = describe_device(one(home, "192.168.1.8"), POLICY, Contacts(), ZONE, AT)
    print_device({**row, "name": row["device"], "vendor": "google", "model": "Google Home Mini"})
    assert capsys.readouterr().out.startswith(f"{ECHO}  speaker: Google Home Mini, ")
