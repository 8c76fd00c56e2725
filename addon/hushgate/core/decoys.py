"""What speaks against a speaker: the devices that look like one, and how each is told apart.

In: a case. Out: an Identity, or None where the rule says nothing. The rules are asked in the order
of ``DECOYS``, by core.identify, before anything that speaks for a speaker. Where such a device
carries voice all the same, its rule says so: that is what a policy looks at.
"""

from collections.abc import Callable
from typing import Final

from hushgate.core import signatures as known
from hushgate.core.case import ENOUGH_HABITS, Case
from hushgate.core.identity import Identity, Kind
from hushgate.core.model import Transport


def _fire_tv(case: Case) -> Identity | None:
    signs = [f"talks to {name}: only Fire TV does" for name in case.names_like(known.FIRE_TV_NAMES)]
    if "_amzn-wplay._tcp" in case.announced:
        signs.append("announces _amzn-wplay._tcp: Whisperplay of Fire TV")
    if case.firm == "amazon":
        signs += [
            f"answers on TCP {port}, as Fire TV does"
            for port in sorted(known.FIRE_TV_PORTS)
            if case.serves(Transport.TCP, port)
        ]
    if not signs or (case.firm != "amazon" and len(signs) < ENOUGH_HABITS):
        return None
    voice = case.voice_of("amazon")
    return case.conclude(
        Kind.STREAMER,
        min(0.95, 0.7 + 0.1 * len(signs)),
        *signs,
        *(f"carries Alexa voice: {name}" for name in voice[:1]),
        vendor="amazon",
        model="Fire TV",
        carries_voice=bool(voice),
    )


def _works_with_alexa(case: Case) -> Identity | None:
    if "_amzn-alexa._tcp" not in case.announced:
        return None
    return case.conclude(
        Kind.APPLIANCE,
        0.8,
        "announces _amzn-alexa._tcp: works with Alexa, such as a vacuum cleaner; Echos only ask",
    )


def _hub(case: Case) -> Identity | None:
    announced = sorted(case.announced & known.HUB_SERVICES)
    if not announced:
        return None
    voice = case.other_voice()
    return case.conclude(
        Kind.APPLIANCE,
        0.8,
        f"announces {announced[0]}: joins the devices of the home",
        *(f"talks to {name}: {case.voice[name].what}" for name in voice[:1]),
        model="home automation",
        carries_voice=bool(voice),
    )


def _reader(case: Case) -> Identity | None:
    name = case.profile.host_name
    if case.firm != "amazon" or not name or not known.READER_HOST_NAME.fullmatch(name):
        return None
    voice = case.voice_of("amazon")
    return case.conclude(
        Kind.APPLIANCE,
        0.7,
        f'calls itself "{name}" (DHCP)',
        *(f"carries Alexa voice: {each}" for each in voice[:1]),
        model="Kindle",
        carries_voice=bool(voice),
    )


def _nest(case: Case) -> Identity | None:
    names = case.names_like(known.NEST_NAMES)
    if case.firm != "nest":
        return None
    return case.conclude(
        Kind.APPLIANCE,
        0.9 if names else 0.7,
        *(f"talks to {name}" for name in names[:2]),
        vendor="nest",
        model="Nest thermostat, alarm or camera",
    )


def _amazon_appliance(case: Case) -> Identity | None:
    models = {"eero": (Kind.ROUTER, "eero"), "ring": (Kind.APPLIANCE, "Ring camera or door bell")}
    models["blink"] = (Kind.APPLIANCE, "Blink camera")
    if case.firm not in models:
        return None
    kind, model = models[case.firm]
    voice = case.voice_of("amazon")
    return case.conclude(
        kind,
        0.7,
        *(f"carries Alexa voice: {name}" for name in voice[:1]),
        model=model,
        carries_voice=bool(voice),
    )


def _phone(case: Case) -> Identity | None:
    profile = case.profile
    signs = []
    if profile.host_name and known.PHONE_HOST_NAME.fullmatch(profile.host_name):
        signs.append(f'calls itself "{profile.host_name}" (DHCP)')
    if profile.vendor_class and known.PHONE_VENDOR_CLASS.fullmatch(profile.vendor_class):
        signs.append(f'runs "{profile.vendor_class}" (DHCP)')
    for pattern, meaning in (
        (known.PHONE_NAMES, "phones do"),
        (known.APPLE_PHONE_NAMES, "a service of iPhones, iPads and Macs"),
        (known.ALEXA_APP_NAMES, "the Alexa app, not a speaker"),
    ):
        signs += [f"talks to {name}: {meaning}" for name in case.names_like(pattern)]
    if not signs or case.firm in ("amazon", "meta"):  # what they make carries voice
        return None
    is_apple = case.firm == "apple" or any("iPhone" in sign for sign in signs)
    return case.conclude(
        Kind.PHONE,
        min(0.95, 0.6 + 0.15 * len(signs)),
        *signs,
        vendor="apple" if is_apple else case.firm,
        model="iPhone or iPad" if is_apple else "Android phone or tablet",
    )


def _fire_tablet(case: Case) -> Identity | None:
    signs = [
        f"talks to {name}: phones and tablets do" for name in case.names_like(known.PHONE_NAMES)
    ]
    if case.firm != "amazon" or len(signs) < ENOUGH_HABITS:
        return None
    return case.conclude(
        Kind.PHONE,
        0.7,
        *signs[:4],
        "tablets of Amazon have a microphone and Alexa",
        vendor="amazon",
        model="Fire tablet",
        carries_voice=True,
    )


def _computer(case: Case) -> Identity | None:
    profile = case.profile
    signs = [f"announces {service}" for service in sorted(case.announced & known.COMPUTER_SERVICES)]
    if profile.host_name and known.COMPUTER_HOST_NAME.fullmatch(profile.host_name):
        signs.append(f'calls itself "{profile.host_name}" (DHCP)')
    if profile.vendor_class and known.COMPUTER_VENDOR_CLASS.fullmatch(profile.vendor_class):
        signs.append(f'runs "{profile.vendor_class}" (DHCP)')
    if not signs or case.firm == "amazon":
        return None
    return case.conclude(Kind.COMPUTER, min(0.9, 0.5 + 0.2 * len(signs)), *signs)


DECOYS: Final[tuple[Callable[[Case], Identity | None], ...]] = (
    _fire_tv,
    _works_with_alexa,
    _hub,
    _reader,
    _nest,
    _amazon_appliance,
    _phone,
    _fire_tablet,
    _computer,
)
"""In the order in which they are asked."""
