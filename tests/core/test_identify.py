"""What devices are taken for, and why."""

import pytest

from hushgate.core.facts import (
    Announced,
    Fact,
    Leased,
    Offered,
    Served,
    Sought,
    Uploaded,
)
from hushgate.core.model import Transport
from tests.core.suspects import (
    ALEXA_VOICE,
    AMAZON,
    APPLE,
    GOOGLE,
    SONOS,
    STRANGER,
    airplay,
    asked,
    cast,
    identity_of,
    quic,
)

SPEAKERS = [
    pytest.param(
        AMAZON, asked(AMAZON, ALEXA_VOICE), "amazon", "Echo", id="Amazon and an Alexa voice name"
    ),
    pytest.param(
        AMAZON,
        asked(AMAZON, "ntp-g7g.amazon.com", "d3p8zr0ffa9t17.cloudfront.net"),
        "amazon",
        "Echo",
        id="Amazon and two habits",
    ),
    pytest.param(
        AMAZON,
        asked(AMAZON, "acsechocaptiveportal.com"),
        "amazon",
        "Echo",
        id="a name of Echos only",
    ),
    pytest.param(
        AMAZON, [Served(AMAZON, Transport.UDP, 55444)], "amazon", "Echo", id="multi-room time"
    ),
    pytest.param(AMAZON, [Served(AMAZON, Transport.TCP, 55443)], "amazon", "Echo", id="TCP 55443"),
    pytest.param(AMAZON, [Sought(AMAZON, "tcp/55443")], "amazon", "Echo", id="peer of an Echo"),
    pytest.param(
        AMAZON, [Sought(AMAZON, "_amzn-alexa._tcp")], "amazon", "Echo", id="looks as Echos do"
    ),
    pytest.param(
        AMAZON, [Uploaded(AMAZON, "203.0.113.9", 40_000)], "amazon", "Echo", id="Amazon and speech"
    ),
    pytest.param(
        STRANGER,
        [*asked(STRANGER, ALEXA_VOICE, "prod.amcs-tachyon.com", "ntp-g7g.amazon.com")],
        "amazon",
        "Echo",
        id="an Echo that the table of firms does not know yet",
    ),
    pytest.param(
        STRANGER, asked(STRANGER, ALEXA_VOICE), None, "amazon voice built in", id="Alexa built in"
    ),
    pytest.param(GOOGLE, [cast(GOOGLE, "Google Nest Mini")], "google", "Nest Mini", id="Nest Mini"),
    pytest.param(GOOGLE, [cast(GOOGLE, "Google Nest Hub")], "google", "Nest Hub", id="Nest Hub"),
    pytest.param(STRANGER, [cast(STRANGER, "JBL Link 10")], "harman", "JBL Link 10", id="JBL Link"),
    pytest.param(
        STRANGER, [cast(STRANGER, "Brand X", ca="2052")], None, "Brand X", id="Cast, audio only"
    ),
    pytest.param(
        GOOGLE,
        [Leased(GOOGLE, None, "Google-Home-Mini", None, ())],
        "google",
        "Google-Home-Mini",
        id="Google by its DHCP name",
    ),
    pytest.param(
        GOOGLE,
        [
            *asked(
                GOOGLE, "connectivitycheck.gstatic.com", "clients3.google.com", server="8.8.8.8"
            ),
            quic(GOOGLE, "www.google.com"),
        ],
        "google",
        "Google Home or Nest",
        id="Google by its habits",
    ),
    pytest.param(APPLE, [airplay(APPLE, "AudioAccessory1,1")], "apple", "HomePod", id="HomePod"),
    pytest.param(
        APPLE,
        [Announced(APPLE, "_companion-link._tcp", "Living Room", (("rpmd", "AudioAccessory5,1"),))],
        "apple",
        "HomePod mini",
        id="HomePod mini",
    ),
    pytest.param(
        SONOS,
        [Offered(SONOS, "urn:schemas-upnp-org:device:ZonePlayer:1", "")],
        "sonos",
        "Sonos",
        id="Sonos by SSDP",
    ),
    pytest.param(
        SONOS, [Announced(SONOS, "_sonos._tcp", "x")], "sonos", "Sonos", id="Sonos by mDNS"
    ),
    pytest.param(
        SONOS,
        [Announced(SONOS, "_sonos._tcp", "x"), airplay(SONOS, "Era 100")],
        "sonos",
        "Sonos Era 100",
        id="Sonos with its model, by AirPlay",
    ),
    pytest.param(
        STRANGER, [Announced(STRANGER, "_soundtouch._tcp", "x")], "bose", "SoundTouch", id="Bose"
    ),
    pytest.param(
        STRANGER, asked(STRANGER, "dueros-h2.baidu.com"), None, "baidu voice", id="Baidu voice"
    ),
]


@pytest.mark.parametrize(("device", "facts", "vendor", "model"), SPEAKERS)
def test_speakers_are_named(device: str, facts: list[Fact], vendor: str | None, model: str) -> None:
    identity = identity_of(device, *facts)
    assert identity.is_speaker
    assert identity.carries_voice
    assert identity.vendor == vendor
    assert model in (identity.model or "")
    assert identity.evidence
    assert 0.5 <= identity.confidence < 1


def test_evidence_is_in_words_with_the_date_of_the_table() -> None:
    identity = identity_of(AMAZON, *asked(AMAZON, ALEXA_VOICE))
    assert identity.evidence == (
        f"talks to {ALEXA_VOICE}: Alexa voice",
        "its prefix was on an Echo Dot 2 in a laboratory: a guess at the model",
        "hardware address of amazon (fc:65:de; table of 2026-09)",
    )
