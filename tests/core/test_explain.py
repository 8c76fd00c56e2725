"""What holds, in words."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hushgate.config import parse_config
from hushgate.core.explain import Towards, explain, parse_moment, sentence
from hushgate.core.model import DeviceId
from hushgate.core.policy import Policy
from tests.core.clockwork import local

BERLIN = ZoneInfo("Europe/Berlin")
KITCHEN = DeviceId("kitchen")


def policy(rules: str, house: str = "") -> Policy:
    text = (
        f"schema_version: 1\nhouse: {{zone: Europe/Berlin{house}}}\n"
        f"speakers: {{kitchen: {{name: Kitchen Echo, mac: fc:65:de:10:00:01{rules}}}}}\n"
    )
    return parse_config(text, Path("test.yaml")).policy


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        pytest.param(
            ", windows: [mon-fri 07:00-22:00]",
            "voice allowed mon-fri 07:00-22:00, otherwise blocked",
            id="one window",
        ),
        pytest.param(
            ", windows: [mon-fri 07:00-22:00, sat 9:00-1:00, sun 10:00-20:00]",
            "voice allowed mon-fri 07:00-22:00, sat 09:00-01:00 and sun 10:00-20:00,"
            " otherwise blocked",
            id="three windows",
        ),
        pytest.param(
            ", windows: [07:00-22:00], outside: delay, delay_limit: 90s",
            "voice allowed daily 07:00-22:00, otherwise held up to 90s for your answer,"
            " then discarded",
            id="delay",
        ),
        pytest.param(
            ", windows: [07:00-22:00], outside: observe",
            "voice allowed daily 07:00-22:00, otherwise NOT protected: only recorded",
            id="observe never sounds like protection",
        ),
        pytest.param(
            ", windows: [07:00-22:00], outside: offline",
            "voice allowed daily 07:00-22:00, otherwise its voice service is refused",
            id="offline",
        ),
        pytest.param("", "voice never allowed: always blocked", id="no windows"),
        pytest.param(", windows: [always]", "voice always allowed", id="always"),
        pytest.param(
            ", windows: [always], exceptions: {2026-12-24: closed, 2026-12-25: [8:00-9:00]}",
            "voice always allowed; differs on 2026-12-24: closed and 2026-12-25: 08:00-09:00",
            id="with exceptions",
        ),
        pytest.param(
            ", windows: [always], exceptions: {"
            + ", ".join(f"2026-12-{day}: closed" for day in (10, 12, 14, 16))
            + "}",
            "voice always allowed; differs on 4 dates or ranges of dates",
            id="with many exceptions",
        ),
    ],
)
def test_one_sentence_says_both_outcomes(rules: str, said: str) -> None:
    assert sentence(policy(rules).devices[KITCHEN]) == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        pytest.param("closed", "2026-11-01: closed", id="closed, said once"),
        pytest.param("09:00-10:00", "2026-11-01: 09:00-10:00: closed", id="other hours"),
    ],
)
def test_an_exception_that_closes_is_said_once(hours: str, said: str) -> None:
    house = f', exceptions: {{"2026-11-01": "{hours}"}}'
    answer = explain(policy("", house), KITCHEN, local("2026-11-01 22:30"))
    assert answer.steps[1] == f"exception of the house: {said}"


def test_what_waits_for_an_answer_reads_as_a_sentence() -> None:
    house = ", windows: [mon-fri 07:00-22:00], outside: delay"
    first, *_ = explain(policy("", house), KITCHEN, local("2026-11-01 22:30")).lines()
    assert first == (
        "Kitchen Echo, sun 2026-11-01 22:30: voice is held for your answer"
        " until mon 2026-11-02 07:00 (8h30m left); without one it is discarded"
    )


def test_an_explanation_names_the_moment_the_outcome_the_rule_and_every_level() -> None:
    house = ", windows: [mon-fri 07:00-22:00]"
    answer = explain(policy("", house), KITCHEN, local("2026-11-01 22:30"))
    assert answer.lines() == (
        "Kitchen Echo, sun 2026-11-01 22:30: voice is blocked until mon 2026-11-02 07:00"
        " (8h30m left)",
        "because of: outside mon-fri 07:00-22:00 (windows of the house) [window-closed]",
        "asked in this order:",
        "  1. override: none in force",
        "  2. exception: none for 2026-11-01",
        "  3. windows of the house (Europe/Berlin): mon-fri 07:00-22:00: closed",
        "  4. outside its windows: block",
    )


def test_an_explanation_for_programs_has_the_agreed_keys() -> None:
    answer = explain(policy(", windows: [always]"), KITCHEN, local("2026-11-01 22:30"))
    assert answer.as_json() == {
        "device": "kitchen",
        "at": "2026-11-01T22:30:00+01:00",
        "voice": "allowed",
        "reason": "window-open",
        "rule": "daily 00:00-24:00 (windows of Kitchen Echo)",
        "until": None,
        "steps": list(answer.steps),
    }


VOICE = Towards("a.example", "Alexa (voice)", is_voice=True)
BY_SHAPE = "so it is reached, but a name opens nothing: speech is known by its shape and stopped"


@pytest.mark.parametrize(
    ("rules", "towards", "said"),
    [
        pytest.param("", Towards("a.example"), BY_SHAPE, id="a name nobody knows"),
        pytest.param("", VOICE, BY_SHAPE, id="a voice service, blocked"),
        pytest.param(
            ", windows: [always]", VOICE, "so everything passes, speech too", id="in a window"
        ),
        pytest.param(", outside: offline", VOICE, "so it is refused", id="offline"),
        pytest.param(
            ", outside: offline", Towards("a.example"), BY_SHAPE, id="offline is the voice service"
        ),
        pytest.param(
            ", windows: [always]",
            VOICE._replace(listed="ads:7 refuses it: ||a.example^", is_refused=True),
            "so it is refused at all hours",
            id="a list comes before an open window",
        ),
    ],
)
def test_towards_an_endpoint(rules: str, towards: Towards, said: str) -> None:
    at = local("2026-11-01 22:30")
    plain = explain(policy(rules), KITCHEN, at)
    answer = explain(policy(rules), KITCHEN, at, towards=towards)
    assert list(answer.steps) == [
        *plain.steps,
        f"endpoint a.example: {towards.what}",
        f"lists: {towards.listed}",
        said,
    ]


def test_an_unknown_speaker_is_explained_too() -> None:
    answer = explain(policy(""), DeviceId("stranger"), local("2026-11-01 22:30"))
    assert answer.lines()[0].startswith("stranger, sun 2026-11-01 21:30: voice is blocked")


NOW = local("2026-11-03 12:00")  # a tuesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("now", NOW, id="now"),
        pytest.param("22:30", local("2026-11-03 22:30"), id="later today"),
        pytest.param("7:00", local("2026-11-04 07:00"), id="past for today: tomorrow"),
        pytest.param("12:00", NOW, id="this minute"),
        pytest.param("sun 22:30", local("2026-11-08 22:30"), id="a day"),
        pytest.param("tue 11:00", local("2026-11-10 11:00"), id="past for this week: the next"),
        pytest.param("weekend 8:00", local("2026-11-07 08:00"), id="the first of several days"),
        pytest.param("2026-12-24 18:00", local("2026-12-24 18:00"), id="a date"),
        pytest.param("2025-12-24 18:00", local("2025-12-24 18:00"), id="a date that is past"),
        pytest.param(
            "2026-12-24T18:00:00+00:00", datetime(2026, 12, 24, 18, tzinfo=UTC), id="with an offset"
        ),
        pytest.param("mon 24:00", local("2026-11-10 00:00"), id="the end of a day"),
    ],
)
def test_a_moment_is_read_from_now_on(text: str, expected: datetime) -> None:
    assert parse_moment(text, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "sun", "sn 22:30", "sun 22:30 please", "2026-13-01 10:00", "22h30", "sun 25:00"),
        *("0001-01-01 00:00", "9998-12-31 00:00"),
    ],
)
def test_a_moment_that_is_not_understood_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|nearest"):
        parse_moment(text, NOW, BERLIN)
