"""What devices are taken for: the speakers, and the decoys that look like them."""

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.facts import (
    Announced,
    Asked,
    Fact,
    Greeted,
    Leased,
    Offered,
    Served,
    Sought,
    Uploaded,
)
from hushgate.core.identify import identify
from hushgate.core.identity import Identity, Kind
from hushgate.core.model import Instant, Transport
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import ProfileTable
from hushgate.wire.hello import Hello

CATALOGUE = shipped_catalogue()
AMAZON, GOOGLE, APPLE, SONOS, NEST, RING, STRANGER, MADE_UP = (
    *("fc:65:de:00:00:01", "f8:0f:f9:00:00:01", "d4:a3:3d:00:00:01", "00:0e:58:00:00:01"),
    *("18:b4:30:00:00:01", "90:48:6c:00:00:01", "b0:f1:ec:00:00:01", "1e:f2:0c:00:00:01"),
)
OUI = OuiTable(
    [
        *(("fc:65:de", "amazon"), ("f8:0f:f9", "google"), ("d4:a3:3d", "apple")),
        *(("00:0e:58", "sonos"), ("18:b4:30", "nest"), ("90:48:6c", "ring")),
    ],
    source="table of 2026-09",
)
ALEXA_VOICE = "alexa.na.gateway.devices.a2z.com"


def identity_of(device: str, *facts: Fact) -> Identity:
    table = ProfileTable()
    for fact in (Served(device, Transport.TCP, 1), *facts):
        table.learn(fact, Instant(0.0))
    profile = table.get(device)
    assert profile is not None
    return identify(profile, CATALOGUE, OUI)


def asked(device: str, *names: str, server: str = "192.168.1.1") -> list[Fact]:
    return [Asked(device, name, server) for name in names]


def cast(device: str, model: str, *, port: int = 8009, ca: str = "4101") -> Announced:
    return Announced(device, "_googlecast._tcp", "x", (("md", model), ("ca", ca)), port)


def airplay(device: str, model: str) -> Announced:
    return Announced(device, "_airplay._tcp", "Living Room", (("model", model),))


def quic(device: str, name: str) -> Greeted:
    hello = Hello(name, ("h3",), ech=False, ja4="", size=1)
    return Greeted(device, Transport.UDP, "203.0.113.9", hello)


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


def test_evidence_is_in_words_with_the_date_of_the_table() -> None:
    identity = identity_of(AMAZON, *asked(AMAZON, ALEXA_VOICE))
    assert identity.evidence == (
        f"talks to {ALEXA_VOICE}: Alexa voice",
        "its prefix was on an Echo Dot 2 in a laboratory: a guess at the model",
        "hardware address of amazon (fc:65:de; table of 2026-09)",
    )
