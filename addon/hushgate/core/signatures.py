"""What devices say of themselves, and what it means: tables, no rules.

Facts were gathered from labeled captures, vendors' libraries and public issue threads; where a
table is known to be incomplete it says so. core.identify and core.decoys read them.
"""

import re

CAST_SPEAKERS = {
    "Google Home": "google",
    "Google Home Mini": "google",
    "Google Home Max": "google",
    "Google Nest Mini": "google",
    "Nest Mini": "google",
    "Nest Audio": "google",
    "Google Nest Audio": "google",
    "Google Nest Hub": "google",
    "Google Home Hub": "google",
    "Google Nest Hub Max": "google",
    "Nest Hub": "google",
    "Nest Hub Max": "google",
    "Nest Wifi point": "google",
    "Google Nest Wifi point": "google",
    "LG WK7": "lg",
    "Marshall Stanmore II": "marshall",
    "Marshall Acton II": "marshall",
    "Bose Smart Ultra Soundbar": "bose",
}
"""``md`` of _googlecast._tcp, for devices with a microphone → vendor."""
CAST_SPEAKER_FAMILIES = (("JBL Link", "harman"), ("Lenovo Smart Display", "lenovo"))
"""Beginnings of ``md`` for families of them."""
CAST_GROUP = "Google Cast Group"
CAST_PORT = 8009
CAST_WITHOUT_MICROPHONE = "Chromecast Audio"
CAST_VIDEO = 1
"""Bit of ``ca``: has a screen."""

APPLE_SPEAKERS = {
    "AudioAccessory1,1": "HomePod",
    "AudioAccessory1,2": "HomePod",
    "AudioAccessory5,1": "HomePod mini",
    "AudioAccessorySingle5,1": "HomePod mini",
    "AudioAccessory6,1": "HomePod (2nd generation)",
    "B238aAP": "HomePod",
}
APPLE_MODEL_KEYS = (
    ("_airplay._tcp", "model"),
    ("_raop._tcp", "am"),
    ("_companion-link._tcp", "rpmd"),
    ("_device-info._tcp", "model"),
)
"""Where Apple devices say their model: service, key."""
TEXT_KEYS = frozenset(("md", "ca", *(key for _, key in APPLE_MODEL_KEYS)))
"""What is read of a TXT record; the rest is not kept."""

SONOS_WITHOUT_MICROPHONE = re.compile(
    r"Sonos (Play:[135]|Playbar|Playbase|Connect.*|Port|Amp|Sub.*|Five|Ray|Boost|Bridge|.* SL)",
    re.IGNORECASE,
)
"""From memory of what is sold; a model that is not here is taken to have one."""

ECHO_NAMES = re.compile(r"(fos5echo|acsecho|mmecho)captiveportal\.com")
"""Names that only Echos have been seen to ask."""
AMAZON_DEVICE_NAMES = re.compile(
    r"prod\.amcs-tachyon\.com|ntp-g7g\.amazon\.com|kindle-time\.amazon\.com"
    r"|d3p8zr0ffa9t17\.cloudfront\.net|spectrum\.s3\.amazonaws\.com|fireoscaptiveportal\.com"
    r"|device-metrics-us(-2|-ud)?\.amazon\.com|unagi(-na|-eu|-fe)?\.amazon\.com"
    r"|api(\.(eu|fe|jp))?\.amazonalexa\.com|det-ta-g7g\.amazon\.com|todo-ta-g7g\.amazon\.com"
)
"""Names that Amazon's devices ask at rest; each is one habit."""
ECHO_PERIODS = {"prod.amcs-tachyon.com": (85, 97)}
"""Seconds between contacts: 91 on every Echo of a laboratory, and on nothing else there."""
FIRE_TV_NAMES = re.compile(
    r"ftv-sm(p|tv)\.ntp-fireos\.com|firetvcaptiveportal\.com|andr-.*\.api\.amazonvideo\.com"
)
FIRE_TV_PORTS = frozenset((5555, 8009, 60000))
ECHO_PORT, MULTI_ROOM_PORT = 55443, 55444
ALEXA_APP_NAMES = re.compile(r"pitangui\.amazon\.com|skills-store\.amazon\.com")

GOOGLE_DEVICE_NAMES = re.compile(
    r"connectivitycheck\.gstatic\.com|clients[34]\.google\.com|(alt[1-8]-)?mtalk\.google\.com"
    r"|tools\.google\.com|(home-devices|device-provisioning)\.googleapis\.com"
)
GOOGLE_RESOLVERS = frozenset(("8.8.8.8", "8.8.4.4"))
"""Google's speakers ask these whatever DHCP says."""
GOOGLE_VOICE_NAME = "www.google.com"
GOOGLE_HOST_NAME = re.compile(r"Google-(Home|Nest|Home-Mini|Nest-Mini)[\w-]*", re.IGNORECASE)

PHONE_HOST_NAME = re.compile(
    r"android-[0-9a-f]+|.*(iphone|ipad|galaxy|pixel-?\d|redmi|oneplus|xperia).*", re.IGNORECASE
)
PHONE_VENDOR_CLASS = re.compile(r"android-dhcp-.*")
PHONE_NAMES = re.compile(
    r"connectivitycheck\.android\.com|android\.googleapis\.com|.+\.whatsapp\.net"
    r"|i\.instagram\.com|.+\.snapchat\.com|.+\.tiktokv\.com"
)
"""The system and the apps of phones; no speaker has been seen with them."""
APPLE_PHONE_NAMES = re.compile(
    r"iphone-ld\.apple\.com|(p\d+-)?(fmfmobile|fmipmobile|keyvalueservice|mailws|caldav)"
    r"\.icloud\.com"
)
"""Mail, key chain and "find my" of people's own devices; HomePods have not been seen with them."""
COMPUTER_HOST_NAME = re.compile(
    r"desktop-\w+|.*(laptop|macbook|imac|mac-?mini|chromebook|pixelbook).*", re.IGNORECASE
)
COMPUTER_VENDOR_CLASS = re.compile(r"MSFT .*")
COMPUTER_SERVICES = frozenset(
    ("_smb._tcp", "_ssh._tcp", "_sftp-ssh._tcp", "_afpovertcp._tcp", "_workstation._tcp")
)
HUB_SERVICES = frozenset(("_home-assistant._tcp",))
"""Programs that join the devices of a home ask for everything, also for what Echos ask for."""
READER_HOST_NAME = re.compile(r"kindle[\w-]*", re.IGNORECASE)
SCREEN_SERVICES = frozenset(("_androidtvremote2._tcp", "_androidtvremote._tcp", "_viziocast._tcp"))
SCREEN_OFFER = "urn:dial-multiscreen-org:service:dial:1"
"""DIAL: starts programs on a television."""
SCREEN_HOST_NAME = re.compile(
    r"chromecast.*|google-?tv.*|lgwebostv|samsung|bravia.*|roku.*", re.IGNORECASE
)
NEST_NAMES = re.compile(r".*\.(production\.)?nest\.com|weave-logsink\.nest\.com")

ECHO_PREFIXES = {
    "00:71:47": "Echo Spot",
    "00:fc:8b": "Echo Plus",
    "18:74:2e": "Echo Dot 2",
    "34:af:b3": "Echo Dot 4",
    "40:a2:db": "Echo Flex",
    "40:f6:bc": "Echo Dot 4",
    "48:78:5e": "Echo Show 5",
    "4c:17:44": "Echo Dot 3",
    "5c:41:5a": "Echo Spot",
    "68:37:e9": "Echo Dot 2",
    "68:9a:87": "Echo Dot 3",
    "68:db:f5": "Echo Dot 3",
    "7c:61:66": "Echo Dot 3",
    "98:22:6e": "Echo Dot 5",
    "b0:fc:0d": "Echo Dot 2",
    "c0:91:b9": "Echo Dot 5",
    "cc:9e:a2": "Echo Dot 3",
    "d4:91:0f": "Echo Dot 4",
    "e0:f7:28": "Echo Show 8",
    "f4:03:2a": "Echo Flex",
    "fc:49:2d": "Echo Dot 3",
    "fc:65:de": "Echo Dot 2",
    "fc:a1:83": "Echo Plus",
}
"""Prefixes of Echos in laboratories. A prefix is spent on many products: a guess at the model, no
sign that it is an Echo (one of them, left out here, was on an Echo Dot and on a Fire TV)."""
