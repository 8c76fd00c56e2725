"""Contacts that come like a clock, and those that do not."""

import pytest

from hushgate.core.catalogue import Catalogue
from hushgate.core.facts import Asked, Fact, Repeated, Sought
from hushgate.core.identify import identify
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable
from hushgate.core.periods import MAX_CONTACTS, PeriodWatch
from hushgate.core.profiles import ProfileTable

ECHO, NAME = "fc:65:de:00:00:01", "prod.amcs-tachyon.com"


def contact(name: str = NAME) -> Fact:
    return Asked(ECHO, name, "192.168.1.1")


def periods(*moments: float) -> list[int]:
    watch = PeriodWatch()
    seen = [watch.see(contact(), Instant(moment)) for moment in moments]
    return [repeated.seconds for repeated in seen if repeated is not None]


@pytest.mark.parametrize(
    ("moments", "found"),
    [
        pytest.param([0, 91, 182, 273, 364, 455], [91], id="a clock, told once"),
        pytest.param([0, 1, 90, 91, 183, 272, 365], [91], id="questions in pairs"),
        pytest.param([0, 91, 182, 273], [], id="too few"),
        pytest.param([0, 30, 200, 210, 500, 900], [], id="people"),
        pytest.param([*range(0, 500, 100), *range(700, 1700, 200)], [100, 200], id="another beat"),
    ],
)
def test_a_period_shows(moments: list[float], found: list[int]) -> None:
    assert periods(*moments) == found


def test_only_contacts_have_periods_and_few_are_remembered() -> None:
    watch = PeriodWatch()
    assert watch.see(Sought(ECHO, "x"), Instant(0.0)) is None
    for beat in range(10):
        for number in range(MAX_CONTACTS + 1):
            assert watch.see(contact(str(number)), Instant(beat * 60.0)) is None


def test_the_beat_of_an_echo_is_evidence() -> None:
    table = ProfileTable()
    table.learn(Repeated(ECHO, NAME, 91), Instant(0.0))
    profile = table.get(ECHO)
    assert profile is not None
    identity = identify(profile, Catalogue(), OuiTable([("fc:65:de", "amazon")]))
    assert identity.is_speaker
    assert f"contacts {NAME} every 91 s, as Echos do" in identity.evidence
