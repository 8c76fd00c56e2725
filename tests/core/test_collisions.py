"""What lists would take away from speakers."""

from pathlib import Path

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role
from hushgate.core.collisions import EFFECTS, Collision, find_collisions
from hushgate.core.listformats.entry import Format
from hushgate.core.listformats.write import write_rule
from hushgate.core.listreading import read_list
from hushgate.core.suffixes import NO_SUFFIXES
from tests.core.listformats.reading import split_blocks

LISTS = Path(__file__).parents[3] / "shared" / "data" / "lists"


def endpoint(vendor: str, key: str, role: Role, *patterns: str) -> Endpoint:
    return Endpoint(vendor, key, key, role, Confidence.A, (), patterns)


HOUSE = Catalogue(
    [
        endpoint("acme", "voice", Role.VOICE, r"/voice-\d{1,2}-(na|eu)\.acme\.example/"),
        endpoint("acme", "push", Role.PUSH, ".push.acme.example"),
        endpoint("acme", "time", Role.TIME, "ntp.acme.example"),
        endpoint("acme", "tracking", Role.TELEMETRY, "track.acme.example"),
        endpoint("other", "voice", Role.VOICE, "voice.other.example"),
        endpoint("pool", "ntp", Role.TIME, ".pool.example"),
    ]
)


def collisions(
    text: str | bytes, *, catalogue: Catalogue = HOUSE, vendors: frozenset[str] | None = None
) -> list[Collision]:
    data = text if isinstance(text, bytes) else text.encode()
    reading = read_list(split_blocks(data), "list", suffixes=NO_SUFFIXES)
    return find_collisions(reading.rules, catalogue, vendors)


def shown(found: list[Collision]) -> list[str]:
    return [f"{write_rule(each.entry)} {each.key}" for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ntp.acme.example", ["ntp.acme.example acme/time"], id="the endpoint itself"),
        pytest.param(
            "voice-14-eu.acme.example",
            ["voice-14-eu.acme.example acme/voice"],
            id="one of an expression's names",
        ),
        pytest.param(
            "7-courier.push.acme.example",
            ["7-courier.push.acme.example acme/push"],
            id="a name below it",
        ),
        pytest.param(
            "||acme.example^",
            [
                "||acme.example^ acme/voice",
                "||acme.example^ acme/time",
                "||acme.example^ acme/push",
            ],
            id="a suffix above several, the worst first",
        ),
        pytest.param("||voice-*^", ["/(^|\\.)voice-.*$/ acme/voice"], id="a mask"),
        pytest.param("track.acme.example", [], id="telemetry may go"),
        pytest.param("acme.example", [], id="the name above, alone"),
        pytest.param("unrelated.example", [], id="something else"),
        pytest.param(
            "||acme.example^\n@@||push.acme.example^\n@@||voice-*.acme.example^",
            ["||acme.example^ acme/time"],
            id="what the list's own exceptions leave",
        ),
    ],
)
def test_entries_that_take_something_away_are_found(text: str, expected: list[str]) -> None:
    assert shown(collisions(text)) == expected


def test_only_the_vendors_of_the_house_count_and_those_that_serve_everybody() -> None:
    text = "voice.other.example\nntp.acme.example\n1.pool.example\n"
    assert shown(collisions(text, vendors=frozenset({"acme"}))) == [
        "1.pool.example pool/ntp",
        "ntp.acme.example acme/time",
    ]


def test_every_collision_says_what_is_lost() -> None:
    for found in collisions("||acme.example^"):
        assert found.effect == EFFECTS[found.endpoint.role]


def test_blocking_a_whole_suffix_of_amazon_is_found_to_kill_alexa() -> None:
    found = collisions("||a2z.com^", catalogue=shipped_catalogue())
    assert any(each.endpoint.role is Role.VOICE for each in found)


@pytest.mark.skipif(not LISTS.is_dir(), reason=f"the real lists are not at {LISTS}")
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shadowwhisperer/Apple", "guzzoni.apple.com"),
        ("shadowwhisperer/Apple", "captive.apple.com"),
        ("shadowwhisperer/Apple", "humb.apple.com"),
        ("shadowwhisperer/Wild_Ads", "push.apple.com"),
        ("perflyst/AmazonFireTV.txt", "d3p8zr0ffa9t17.cloudfront.net"),
        ("perflyst/AmazonFireTV.txt", "device-messaging-na.amazon.com"),
    ],
)
def test_the_collisions_known_from_the_field_are_found(path: str, name: str) -> None:
    data = (LISTS / path).read_bytes()
    reading = read_list(
        split_blocks(data), Path(path).name, suffixes=NO_SUFFIXES, form=Format.DOMAINS
    )
    found = find_collisions(reading.rules, shipped_catalogue())
    assert name in {each.entry.text for each in found}
