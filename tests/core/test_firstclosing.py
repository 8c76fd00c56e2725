"""Who is closed first, and what its owner should think of."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hushgate.config import parse_config
from hushgate.core.firstclosing import next_closing, warn_of
from hushgate.core.overrides import Override, Wish
from hushgate.core.policy import Policy
from tests.core.clockwork import local

NOON = local("2026-11-03 12:00")
HEAD = """\
schema_version: 1
house: {zone: Europe/Berlin, windows: [07:00-22:00]}
speakers:
"""
KITCHEN = "  kitchen: {mac: fc:65:de:10:00:01}\n"
BEDROOM = "  bedroom: {mac: fc:65:de:10:00:03}\n"
OFFICE = "  office: {mac: fc:65:de:10:00:02, windows: [07:00-20:00]}\n"
ALWAYS = "  office: {mac: fc:65:de:10:00:02, windows: [always]}\n"
OBSERVED = "  office: {mac: fc:65:de:10:00:02, outside: observe}\n"


def policy(*speakers: str) -> Policy:
    return parse_config(HEAD + "".join(speakers), Path("home.yaml")).policy


def test_the_speaker_that_closes_first_is_named() -> None:
    assert next_closing(policy(KITCHEN, OFFICE), NOON) == (local("2026-11-03 20:00"), ("office",))
    assert next_closing(policy(KITCHEN, ALWAYS), NOON) == (local("2026-11-03 22:00"), ("kitchen",))


def test_speakers_that_close_together_are_named_together() -> None:
    closing = next_closing(policy(KITCHEN, OFFICE.replace("20:00", "22:00"), BEDROOM), NOON)
    assert closing is not None
    assert closing.at == local("2026-11-03 22:00")
    assert closing.devices == ("kitchen", "office", "bedroom")
    assert warn_of(closing, ZoneInfo("Europe/Berlin")) == (
        "from tue 2026-11-03 22:00 on kitchen, office and bedroom can neither call for help nor be"
        " called (drop-in) outside their hours; never close kitchen: hushgate set kitchen.windows"
        " always; open it once: hushgate allow kitchen 20m"
    )


def test_one_that_is_closed_already_closes_now() -> None:
    night = NOON + timedelta(hours=11)
    assert next_closing(policy(KITCHEN), night) == (night, ("kitchen",))


def test_speakers_that_are_never_closed_need_no_warning() -> None:
    assert next_closing(policy(ALWAYS), NOON) is None
    assert next_closing(policy(OBSERVED), NOON) is None


def test_the_end_of_a_pause_is_a_closing_only_outside_the_hours() -> None:
    for now, closes in (("21:30", "22:00"), ("21:50", "22:10")):
        at = local(f"2026-11-03 {now}")
        pause = Override(None, Wish.PAUSE, at, at + timedelta(minutes=20), by="cli", id="1")
        paused = policy(KITCHEN).with_overrides([pause])
        assert next_closing(paused, at) == (local(f"2026-11-03 {closes}"), ("kitchen",))
        assert next_closing(policy(OBSERVED).with_overrides([pause]), at) is None


def test_a_closing_in_more_than_a_week_is_no_matter_yet() -> None:
    away = "  office: {mac: fc:65:de:10:00:02, windows: [always], exceptions: {%s: closed}}\n"
    assert next_closing(policy(away % "2026-11-10"), NOON) == (
        local("2026-11-10 00:00"),
        ("office",),
    )
    assert next_closing(policy(away % "2026-11-20"), NOON) is None


def test_many_windows_are_walked_and_the_walk_ends() -> None:
    windows = ", ".join(f"{hour:02}:00-{hour:02}:50" for hour in range(24))
    speakers = [
        f"  s{number}: {{mac: fc:65:de:10:01:{number:02x}, windows: [{windows}]}}\n"
        for number in range(50)
    ]
    closing = next_closing(policy(*speakers), NOON)
    assert closing is not None
    assert (closing.at, len(closing.devices)) == (local("2026-11-03 12:50"), 50)
    observed = [speaker.replace("}", ", outside: observe}") for speaker in speakers]
    assert next_closing(policy(*observed), NOON) is None


def test_the_warning_names_the_moment_and_both_ways_out() -> None:
    house = policy(KITCHEN)
    closing = next_closing(house, NOON)
    assert closing is not None
    said = warn_of(closing, house.devices[closing.devices[0]].schedule.zone)
    assert said.startswith("from tue 2026-11-03 22:00 on kitchen can neither call for help")
    assert "hushgate set kitchen.windows always" in said
    assert "hushgate allow kitchen 20m" in said
