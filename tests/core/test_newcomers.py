"""Speakers nobody named: guarded at once where the owner wants that, by the rules of the house."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hushgate.config import parse_config
from hushgate.core.model import Mac, Voice
from hushgate.core.newcomers import SURE, Found, NewSpeakers, admit
from tests.core.homes import CONFIG, HOME

ECHO = Found(Mac("fc:65:de:00:00:01"), "amazon", "Echo Dot 2", SURE)
GUESS = Found(Mac("3c:22:fb:00:00:03"), "amazon", None, SURE - 0.1)
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_a_found_speaker_gets_the_policy_of_the_house() -> None:
    policy = admit(CONFIG.policy, [ECHO], CONFIG.stranger)
    assert policy.device_of(ECHO.device) == ECHO.id == "new-fc65de000001"
    assert policy.devices[ECHO.id].name == "new amazon Echo Dot 2 00:01"
    assert policy.ruling(ECHO.id, AT).voice is Voice.BLOCK
    assert policy.ruling(ECHO.id, AT + timedelta(hours=10)).voice is Voice.ALLOWED


def test_a_mere_guess_is_shown_and_not_guarded_unasked() -> None:
    assert admit(CONFIG.policy, [GUESS], CONFIG.stranger) is CONFIG.policy


def test_without_a_found_speaker_the_policy_is_the_very_same() -> None:
    assert admit(CONFIG.policy, [], CONFIG.stranger) is CONFIG.policy


def test_a_model_that_begins_with_its_maker_is_not_called_twice_by_it() -> None:
    sonos = Found(Mac("00:0e:58:00:00:0a"), "sonos", "Sonos One", SURE)
    assert sonos.name == "new Sonos One 00:0a"


def test_the_word_for_new_speakers_is_the_owners() -> None:
    assert CONFIG.new_speakers is NewSpeakers.OBSERVE
    text = HOME.replace("  windows", "  new_speakers: protect\n  windows")
    assert parse_config(text, Path("home.yaml")).new_speakers is NewSpeakers.PROTECT
