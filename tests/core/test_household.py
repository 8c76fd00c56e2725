"""Who lives here: what is found stays found, and the owner's word decides."""

from datetime import UTC, datetime, timedelta

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Announced, Asked, Fact, Leased, Present, Sought
from hushgate.core.household import Household
from hushgate.core.identity import Kind
from hushgate.core.inventory import MAX_KEPT
from hushgate.core.keeping import MAX_FACTS, dump, facts_of, load
from hushgate.core.model import Instant, Mac
from hushgate.core.newcomers import SURE, Said, admit
from hushgate.core.oui import OuiTable
from hushgate.core.policy import Policy
from hushgate.core.profiles import MAX_PROFILES, ProfileTable
from tests.core.homes import CONFIG

ECHO, FLAT, LAPTOP = (
    Mac("fc:65:de:00:00:01"), Mac("fc:65:de:00:00:02"), Mac("3c:22:fb:00:00:03")
)  # fmt: skip
PRIVATE, PRIVATE_AGAIN = Mac("d2:11:22:33:44:55"), Mac("7a:11:22:33:44:56")
NOW, AT = Instant(1000.0), datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NOBODY = Policy(revision=1, devices={})
SPEAKS = Sought(ECHO, "_amzn-alexa._tcp")
CATALOGUE = shipped_catalogue()


def household() -> Household:
    return Household(Catalogue(), OuiTable([("fc:65:de", "amazon")], source="test"))


def cast(device: str, model: str, ca: str = "4101") -> Fact:
    return Announced(device, "_googlecast._tcp", "x", (("md", model), ("ca", ca)), 8009)


def test_a_speaker_nobody_told_us_about_is_found_once() -> None:
    home = household()
    assert home.learn(Present(ECHO, "192.168.1.7"), NOW) is None
    found = home.learn(SPEAKS, NOW)
    assert found is not None
    assert (found.device, found.vendor, found.id) == (ECHO, "amazon", "new-fc65de000001")
    assert home.learn(SPEAKS, NOW) is None
    assert home.found() == [found]


def test_a_speaker_of_the_configuration_is_nothing_new() -> None:
    home = household()
    home.settle(CONFIG.policy, {})
    assert home.learn(Sought(FLAT, "_amzn-alexa._tcp"), NOW) is None
    assert home.found() == []
    (resident,) = home.residents(NOW, AT)
    assert (resident.speaker, resident.found) == ("kitchen", None)
    assert resident.identity.is_speaker


def test_a_replaced_speaker_begins_as_a_stranger_and_the_old_one_stays_guarded() -> None:
    home = household()
    home.settle(CONFIG.policy, {})
    for device in (FLAT, ECHO):  # the new one has the name and the address of the old one
        home.learn(Leased(device, None, "amazon-01", None, ()), NOW)
        home.learn(Present(device, "192.168.1.7"), NOW)
        found = home.learn(Sought(device, "_amzn-alexa._tcp"), NOW)
    assert found is not None
    assert found.device == ECHO
    old, new = sorted(home.residents(NOW, AT), key=lambda each: each.speaker is None)
    assert (old.speaker, list(old.profile.addresses)) == ("kitchen", [])
    assert (new.speaker, list(new.profile.addresses)) == (None, ["192.168.1.7"])
    assert admit(CONFIG.policy, home.found(), CONFIG.stranger).device_of(FLAT) == "kitchen"


def test_an_address_that_was_made_up_anew_is_another_device() -> None:
    home = household()
    home.settle(CONFIG.policy, {Mac(PRIVATE): Said("Anna's phone", Kind.PHONE)})
    for device in (PRIVATE, PRIVATE_AGAIN):
        home.learn(Leased(device, None, "Annas-iPhone", None, ()), NOW)
    before, after = sorted(home.residents(NOW, AT), key=lambda each: each.said is None)
    assert (before.identity.evidence, after.said) == (("you said so",), None)
    assert after.identity.kind is Kind.PHONE


def test_no_later_fact_makes_a_found_speaker_unfound() -> None:
    home = household()
    home.learn(cast(LAPTOP, "Nest Audio"), NOW)
    home.learn(cast(LAPTOP, "Chromecast"), NOW)
    home.learn(Leased(LAPTOP, None, "android-0123456789abcdef", "android-dhcp-14", ()), NOW)
    assert [found.device for found in home.found()] == [LAPTOP]


def test_the_owners_word_ends_it_and_can_be_taken_back() -> None:
    home = household()
    home.learn(SPEAKS, NOW)
    home.settle(NOBODY, {ECHO: Said(kind=Kind.APPLIANCE)})
    assert home.found() == []
    assert home.residents(NOW, AT)[0].identity.evidence == ("you said so",)
    home.settle(NOBODY, {})
    assert [found.device for found in home.found()] == [ECHO]
    assert home.residents(NOW, AT)[0].identity.is_speaker


def test_a_television_that_turns_out_to_carry_voice_is_found() -> None:
    home = Household(CATALOGUE, OuiTable([("fc:65:de", "amazon")], source="test"))
    assert home.learn(Announced(ECHO, "_amzn-wplay._tcp", "tv"), NOW) is None
    found = home.learn(Asked(ECHO, "alexa.na.gateway.devices.a2z.com", "192.168.1.1"), NOW)
    assert found is not None
    assert found.model == "Fire TV"
    assert admit(CONFIG.policy, home.found(), CONFIG.stranger).device_of(ECHO) == found.id


def test_a_guess_that_becomes_surer_is_told_once_more_and_then_guarded() -> None:
    home = Household(CATALOGUE, OuiTable([("f8:0f:f9", "google")], source="test"))
    google = "f8:0f:f9:00:00:07"
    names = ("connectivitycheck.gstatic.com", "clients3.google.com", "mtalk.google.com")
    told = [home.learn(Asked(google, name, "192.168.1.1"), NOW) for name in names]
    guess = told[-1]
    assert guess is not None
    assert guess.confidence < SURE
    surer = [
        home.learn(fact, NOW)
        for fact in (
            Asked(google, "tools.google.com", "8.8.8.8"),
            cast(google, "Nest Mini"),
            Asked(google, "clients4.google.com", "8.8.8.8"),
        )
    ]
    assert [new is not None for new in surer] == [False, True, False]
    assert home.found()[0].confidence >= SURE


def test_who_was_never_found_because_of_the_owners_word_is_found_without_it() -> None:
    home = household()
    home.settle(NOBODY, {ECHO: Said(kind=Kind.APPLIANCE)})
    assert home.learn(SPEAKS, NOW) is None
    home.settle(NOBODY, {})
    assert [found.device for found in home.found()] == [ECHO]


def test_a_name_alone_decides_nothing() -> None:
    home = household()
    home.learn(SPEAKS, NOW)
    home.settle(NOBODY, {ECHO: Said(name="in the shed")})
    assert [found.device for found in home.found()] == [ECHO]


def test_who_is_no_host_of_the_lan_is_passed_over() -> None:
    home = household()
    assert home.learn(Sought("198.51.100.7", "_amzn-alexa._tcp"), NOW) is None
    assert home.residents(NOW, AT) == []


def test_a_restart_loses_nothing() -> None:
    home = household()
    facts: list[Fact] = [
        *(Present(ECHO, "192.168.1.7"), SPEAKS, Leased(ECHO, None, "kitchen", "x", (1, 3))),
        *(Asked(ECHO, "a.example", "192.168.1.1"), cast(LAPTOP, "Chromecast")),
    ]
    for fact in facts:
        home.learn(fact, NOW)
    saved = dump(home, Instant(NOW + 60.0), AT)
    again = household()
    load(again, saved, Instant(5.0), AT + timedelta(hours=1))
    assert again.found() == home.found()
    before, after = home.residents(NOW, AT), again.residents(Instant(5.0), AT)
    assert [each.identity for each in before] == [each.identity for each in after]
    echo = again.residents(Instant(5.0), AT + timedelta(hours=1))[0]
    assert echo.since == AT - timedelta(seconds=60)
    assert list(echo.profile.addresses) == ["192.168.1.7"]


@pytest.mark.parametrize("device", [ECHO])
def test_a_profile_is_what_its_facts_teach(device: Mac) -> None:
    table = ProfileTable()
    for fact in (Present(device, "10.0.0.7"), SPEAKS, cast(device, "x"), Asked(device, "a.b", "")):
        table.learn(fact, NOW)
    profile = table.get(device)
    assert profile is not None
    copy = ProfileTable()
    for fact in facts_of(profile):
        copy.learn(fact, NOW)
    assert copy.get(device) == profile


def liar(number: int) -> str:
    return f"00:00:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def test_a_hostile_lan_fills_its_share_and_makes_no_speaker_forgotten() -> None:
    home = household()
    home.settle(CONFIG.policy, {})
    home.learn(Present(FLAT, "192.168.1.6"), NOW)
    home.learn(SPEAKS, NOW)
    for number in range(10_000):
        home.learn(cast(liar(number), "Nest Audio" if number < 5000 else "x" * 2000), NOW)
    assert len(home.found()) == MAX_KEPT
    assert home.is_full
    residents = home.residents(NOW, AT)
    assert len(residents) <= MAX_PROFILES
    assert {FLAT, ECHO} <= {each.device for each in residents}
    written = sum(len(row["facts"]) for row in dump(home, NOW, AT)["devices"])
    assert written <= MAX_FACTS


def test_a_guest_that_left_a_day_ago_is_no_longer_here() -> None:
    home = household()
    home.learn(SPEAKS, NOW)
    assert home.found_here(Instant(NOW + 3600.0)) == home.found()
    assert home.found_here(Instant(NOW + 90_000.0)) == []
    assert len(home.found()) == 1
