"""What looks like a speaker and is none, and which of them carry voice all the same."""

import pytest

from hushgate.core.facts import (
    Announced,
    Fact,
    Leased,
    Offered,
    Served,
    Sought,
)
from hushgate.core.identity import Kind
from hushgate.core.model import Transport
from tests.core.suspects import (
    ALEXA_VOICE,
    AMAZON,
    APPLE,
    GOOGLE,
    MADE_UP,
    NEST,
    RING,
    SONOS,
    STRANGER,
    airplay,
    asked,
    cast,
    identity_of,
    quic,
)

DECOYS = [
    pytest.param(
        AMAZON,
        [
            *asked(
                AMAZON, "ftv-smp.ntp-fireos.com", "ntp-g7g.amazon.com", "kindle-time.amazon.com"
            ),
            Served(AMAZON, Transport.TCP, 55443),
        ],
        Kind.STREAMER,
        id="a Fire TV shares firm, names and ports with an Echo",
    ),
    pytest.param(
        AMAZON,
        [Announced(AMAZON, "_amzn-wplay._tcp", "amzn.dmgr:1")],
        Kind.STREAMER,
        id="Whisperplay is Fire TV",
    ),
    pytest.param(
        AMAZON, [Served(AMAZON, Transport.TCP, 8009)], Kind.STREAMER, id="a port of Fire TV"
    ),
    pytest.param(
        STRANGER,
        [Announced(STRANGER, "_amzn-alexa._tcp", "Roomba")],
        Kind.APPLIANCE,
        id="who announces _amzn-alexa works with Alexa",
    ),
    pytest.param(
        STRANGER,
        [airplay(STRANGER, "AudioAccessory5,1")],
        Kind.COMPUTER,
        id="AudioAccessory from another firm is software",
    ),
    pytest.param(
        MADE_UP,
        [airplay(MADE_UP, "AudioAccessory5,1")],
        Kind.COMPUTER,
        id="AudioAccessory from an address that is made up is software",
    ),
    pytest.param(
        GOOGLE, [cast(GOOGLE, "Google Cast Group")], Kind.UNKNOWN, id="a Cast group is no device"
    ),
    pytest.param(
        GOOGLE,
        [cast(GOOGLE, "Nest Audio", port=32187)],
        Kind.UNKNOWN,
        id="Cast on another port is a group",
    ),
    pytest.param(GOOGLE, [cast(GOOGLE, "Chromecast")], Kind.STREAMER, id="Chromecast"),
    pytest.param(
        GOOGLE, [cast(GOOGLE, "Chromecast Audio", ca="2052")], Kind.STREAMER, id="Chromecast Audio"
    ),
    pytest.param(APPLE, [airplay(APPLE, "AppleTV11,1")], Kind.STREAMER, id="Apple TV"),
    pytest.param(APPLE, [airplay(APPLE, "Mac14,2")], Kind.COMPUTER, id="a Mac"),
    pytest.param(
        APPLE,
        asked(APPLE, "guzzoni.apple.com", "p26-fmfmobile.icloud.com", "mesu.apple.com"),
        Kind.PHONE,
        id="an iPhone talks to Siri too",
    ),
    pytest.param(
        APPLE, asked(APPLE, "guzzoni.apple.com"), Kind.UNKNOWN, id="Siri alone says nothing"
    ),
    pytest.param(
        STRANGER,
        [
            *asked(STRANGER, "pitangui.amazon.com", ALEXA_VOICE),
            Leased(STRANGER, None, "android-1c13", None, ()),
        ],
        Kind.PHONE,
        id="a phone with the Alexa app",
    ),
    pytest.param(
        MADE_UP,
        [Leased(MADE_UP, None, "Lucas-iPhone", None, ())],
        Kind.PHONE,
        id="a phone with an address that is made up",
    ),
    pytest.param(
        STRANGER,
        [
            Leased(STRANGER, None, "DESKTOP-1", "MSFT 5.0", ()),
            quic(STRANGER, "www.google.com"),
        ],
        Kind.COMPUTER,
        id="a computer's browser talks QUIC to www.google.com too",
    ),
    pytest.param(
        MADE_UP,
        asked(MADE_UP, ALEXA_VOICE, "avs-alexa-na.amazon.com", "api.amazonalexa.com"),
        Kind.PHONE,
        id="a phone with the Alexa app that says nothing else of itself",
    ),
    pytest.param(
        GOOGLE,
        [
            Leased(GOOGLE, None, "Chromecast", None, ()),
            *asked(GOOGLE, "clients3.google.com", "tools.google.com", server="8.8.8.8"),
            quic(GOOGLE, "www.google.com"),
        ],
        Kind.STREAMER,
        id="a Chromecast by its DHCP name",
    ),
    pytest.param(
        GOOGLE,
        [
            Leased(GOOGLE, None, "Pixelbook", None, ()),
            *asked(GOOGLE, "clients4.google.com", "mtalk.google.com", server="8.8.8.8"),
            quic(GOOGLE, "www.google.com"),
        ],
        Kind.COMPUTER,
        id="a Chromebook has the habits of Google's speakers",
    ),
    pytest.param(
        STRANGER,
        [
            Announced(STRANGER, "_home-assistant._tcp", "Home"),
            Sought(STRANGER, "_amzn-alexa._tcp"),
            *asked(STRANGER, ALEXA_VOICE, "api.amazonalexa.com"),
        ],
        Kind.APPLIANCE,
        id="Home Assistant looks for everything",
    ),
    pytest.param(
        STRANGER,
        [
            Offered(STRANGER, "urn:dial-multiscreen-org:service:dial:1", ""),
            *asked(STRANGER, ALEXA_VOICE),
        ],
        Kind.STREAMER,
        id="a television with Alexa built in",
    ),
    pytest.param(
        AMAZON,
        [
            Leased(AMAZON, None, "Kindle", None, ()),
            *asked(AMAZON, "kindle-time.amazon.com", "todo-ta-g7g.amazon.com"),
        ],
        Kind.APPLIANCE,
        id="a Kindle asks what Echos ask",
    ),
    pytest.param(
        AMAZON,
        asked(AMAZON, ALEXA_VOICE, "i.instagram.com", "g.whatsapp.net"),
        Kind.PHONE,
        id="a Fire tablet by its apps",
    ),
    pytest.param(
        SONOS,
        [Announced(SONOS, "_sonos._tcp", "x"), airplay(SONOS, "One SL")],
        Kind.STREAMER,
        id="a Sonos that announces a model without a microphone",
    ),
    pytest.param(NEST, asked(NEST, "weave-logsink.nest.com"), Kind.APPLIANCE, id="a thermostat"),
    pytest.param(RING, asked(RING, ALEXA_VOICE), Kind.APPLIANCE, id="a door bell"),
    pytest.param(AMAZON, [], Kind.UNKNOWN, id="the firm alone"),
    pytest.param(AMAZON, asked(AMAZON, "unagi-na.amazon.com"), Kind.UNKNOWN, id="one habit"),
    pytest.param(
        GOOGLE, [quic(GOOGLE, "www.google.com")], Kind.UNKNOWN, id="a Pixel phone, perhaps"
    ),
    pytest.param(MADE_UP, [], Kind.UNKNOWN, id="nothing at all"),
    pytest.param(
        STRANGER, [Announced(STRANGER, "_smb._tcp", "NAS")], Kind.COMPUTER, id="a file server"
    ),
    pytest.param(
        STRANGER,
        [cast(STRANGER, "Brand X", ca="\u0663")],
        Kind.STREAMER,
        id="flags that are digits only somewhere else",
    ),
]


@pytest.mark.parametrize(("device", "facts", "kind"), DECOYS)
def test_what_looks_like_a_speaker_is_told_apart(
    device: str, facts: list[Fact], kind: Kind
) -> None:
    identity = identity_of(device, *facts)
    assert identity.kind is kind
    assert not identity.is_speaker


@pytest.mark.parametrize(
    ("device", "facts", "carries"),
    [
        pytest.param(
            AMAZON,
            asked(AMAZON, "ftv-smp.ntp-fireos.com", ALEXA_VOICE),
            True,
            id="a Fire TV that does",
        ),
        pytest.param(
            AMAZON, asked(AMAZON, "ftv-smp.ntp-fireos.com"), False, id="one that does not"
        ),
        pytest.param(RING, asked(RING, ALEXA_VOICE), True, id="a door bell with Alexa"),
        pytest.param(
            AMAZON, asked(AMAZON, "i.instagram.com", "g.whatsapp.net"), True, id="a Fire tablet"
        ),
        pytest.param(
            STRANGER,
            [cast(STRANGER, "OLED55"), *asked(STRANGER, ALEXA_VOICE)],
            True,
            id="a Cast television with Alexa",
        ),
        pytest.param(
            AMAZON,
            [Leased(AMAZON, None, "Kindle", None, ()), *asked(AMAZON, ALEXA_VOICE)],
            True,
            id="whatever calls itself a Kindle",
        ),
        pytest.param(
            STRANGER, asked(STRANGER, "pitangui.amazon.com", ALEXA_VOICE), False, id="a phone"
        ),
    ],
)
def test_what_carries_voice_without_being_a_speaker_is_said(
    device: str, facts: list[Fact], carries: bool
) -> None:
    assert identity_of(device, *facts).carries_voice is carries
