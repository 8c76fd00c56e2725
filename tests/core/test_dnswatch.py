"""How much can be said by asking DNS: bounded, and never felt by a speaker that means no harm."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.adapters.captures import read_sightings
from hushgate.core.dnswatch import (
    CALM,
    KINDS,
    KNOWN,
    NAME_RATE,
    NAMES,
    QUESTION_RATE,
    QUESTIONS,
    Asker,
)
from hushgate.core.model import Instant
from hushgate.wire import dns

ROOT = Path(__file__).parents[2]
CAPTURES = sorted(
    (
        *(ROOT / "tests" / "data").rglob("*.pcap*"),
        *(ROOT.parent / "shared/data/pcaps").glob("*.pcap*"),
    )
)
A, TXT, NULL, ANY = 1, 16, 10, 255
NOW = Instant(100.0)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_nothing_that_a_recorded_device_asked_is_refused(capture: Path) -> None:
    """Nor if it asked ten times as fast."""
    askers: dict[bytes, Asker] = defaultdict(Asker)
    for sighting in read_sightings(capture, []):
        if sighting.packet.target_port == 53:
            for question in dns.decode_message(sighting.payload).questions:
                asker = askers[sighting.packet.source]
                at = Instant(sighting.at / 1e10)
                assert asker.ask(question.name, question.kind, at) is None


@pytest.mark.parametrize("kind", [TXT, NULL, ANY], ids=["TXT", "NULL", "ANY"])
def test_kinds_that_tell_no_address_are_refused(kind: int) -> None:
    assert Asker().ask("speaker.example", kind, NOW)


def test_a_name_that_is_known_may_be_asked_again_and_again() -> None:
    asker = Asker()
    for second in range(3600):
        assert asker.ask("unagi-na.amazon.com", A, Instant(NOW + second)) is None


def test_a_home_without_internet_asks_fast_and_is_answered() -> None:
    """Ten names, asked again every five seconds, for IPv4 and IPv6, for two minutes."""
    asker = Asker()
    for second in range(0, 60, 5):
        for number in range(10):
            for kind in (1, 28):
                assert (
                    asker.ask(f"server-{number}.example.com", kind, Instant(NOW + second)) is None
                )


@pytest.mark.parametrize(
    "name_of",
    [
        pytest.param(lambda n: f"{n:x}".rjust(60, "q") + ".tunnel.example", id="long labels"),
        pytest.param(lambda n: f"{n:04x}.tunnel.example", id="short labels"),
        pytest.param(lambda n: f"host.{n:x}.example", id="ever other domains"),
    ],
)
def test_an_hour_of_tunneling_carries_no_more_than_the_allowance(name_of: object) -> None:
    assert callable(name_of)
    asker, carried = Asker(), 0
    for number in range(36_000):
        name = name_of(number)
        if asker.ask(name, A, Instant(NOW + number / 10)) is None:
            carried += len(name)
    assert carried <= NAMES + 3600 * NAME_RATE


def test_the_case_of_letters_says_nothing() -> None:
    """It goes no further: the name that is asked for is in small letters."""
    asker = Asker()
    assert asker.ask("Speaker.Example", A, NOW) is None
    spent = asker._names.spent
    assert asker.ask("sPEAKER.eXAMPLE", A, NOW) is None
    assert asker._names.spent == spent


questions = st.lists(
    st.tuples(
        st.text("ab.", min_size=1, max_size=40),
        st.sampled_from(sorted(KINDS)),
        st.floats(0, 5),
    ),
    max_size=400,
)


@given(questions)
def test_whatever_is_asked_the_allowances_hold(asked: list[tuple[str, int, float]]) -> None:
    asker, at, passed, known, new = Asker(), 0.0, 0, set(), 0
    for name, kind, wait in asked:
        at += wait
        if asker.ask(name, kind, Instant(at)) is None:
            passed += 1
            new += 0 if name in known else len(name)
            known.add(name)
    assert passed <= QUESTIONS + QUESTION_RATE * at
    assert new <= NAMES + NAME_RATE * at


def test_names_are_forgotten_that_were_not_asked_for_long() -> None:
    asker = Asker()
    for number in range(KNOWN + 1):
        assert asker.ask(f"{number}.example", A, Instant(NOW + 60 * number)) is None
    spent = asker._names.spent
    assert asker.ask("0.example", A, Instant(NOW + 60 * KNOWN)) is None
    assert asker._names.spent > spent


def test_a_stretch_of_refusals_is_told_at_once_and_then_every_ten_minutes() -> None:
    asker = Asker()
    told = [asker.refuse(Instant(NOW + second)) for second in range(1300)]
    assert {second: count for second, count in enumerate(told) if count} == {
        0: 1,
        600: 600,
        1200: 600,
    }


def test_after_ten_quiet_minutes_all_is_well() -> None:
    asker = Asker()
    asker.refuse(NOW)
    asker.ask("speaker.example", A, Instant(NOW + CALM - 1))
    assert asker.exceeded
    asker.ask("speaker.example", A, Instant(NOW + CALM))
    assert not asker.exceeded
