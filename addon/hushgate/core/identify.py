"""Facts about a device → what it is, how sure that is, and why.

In: a Profile (what is known of one device) and the tables of firms and endpoints. Out: an Identity
with its evidence in words. Rules:
- Said in order below; the first that holds decides. What a device says of itself in so many words
  comes before what its traffic suggests, and what speaks against a speaker before what speaks for.
- One weak signal never makes a speaker: a firm makes many products, and its names are shared. It
  takes one signal that only the speakers of a vendor have, or the firm and two habits.
- A device that carries voice without being a speaker (a television stick) is told apart from one
  that does neither: ``carries_voice`` is what a policy should look at.
- Every fact is self-declared; an identity may tighten a policy and never loosens one.
"""

import re
from collections.abc import Callable
from typing import Final

from hushgate.core import signatures as known
from hushgate.core.case import ENOUGH_HABITS, Case
from hushgate.core.catalogue import Catalogue
from hushgate.core.decoys import DECOYS
from hushgate.core.identity import Identity, Kind
from hushgate.core.model import Transport
from hushgate.core.oui import OuiTable, is_made_up
from hushgate.core.profiles import Profile


def identify(profile: Profile, catalogue: Catalogue, oui: OuiTable) -> Identity:
    """Say what a device is."""
    case = Case(profile, catalogue, oui)
    for rule in _RULES:
        identity = rule(case)
        if identity is not None:
            return identity
    return case.conclude(Kind.UNKNOWN, 0.0, *_strangeness(case))


# 1. What a device says of itself in so many words.


def _cast_device(case: Case) -> Identity | None:
    for service, fact in case.profile.services.items():
        texts = dict(fact.texts)
        model = texts.get("md")
        if service.kind != "_googlecast._tcp" or not model:
            continue
        if model == known.CAST_GROUP or fact.port not in (0, known.CAST_PORT):
            continue  # a group of devices, hosted by one of them
        evidence = f'announces itself as "{model}" (Cast)'
        if vendor := _cast_vendor(model):
            return case.conclude(
                Kind.SPEAKER, 0.95, evidence, vendor=vendor, model=model, carries_voice=True
            )
        flags = _flags(texts.get("ca"))
        has_screen = flags is None or flags & known.CAST_VIDEO
        if model != known.CAST_WITHOUT_MICROPHONE and not has_screen:
            return case.conclude(
                Kind.SPEAKER,
                0.6,
                f"{evidence}; a Cast device without a screen, which may have a microphone",
                model=model,
            )
        voice = case.other_voice()
        return case.conclude(
            Kind.STREAMER,
            0.9,
            evidence,
            *(f"carries voice: {name}" for name in voice[:1]),
            model=model,
            carries_voice=bool(voice),
        )
    return None


def _cast_vendor(model: str) -> str | None:
    for family, vendor in known.CAST_SPEAKER_FAMILIES:
        if model.startswith(family):
            return vendor
    return known.CAST_SPEAKERS.get(model)


def _flags(text: str | None) -> int | None:
    if text and text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    return None


def _apple_device(case: Case) -> Identity | None:
    for service, key in known.APPLE_MODEL_KEYS:
        for model in case.profile.texts_of(service, key):
            evidence = f"announces the model {model} ({service})"
            if model.startswith("AudioAccessory") or model in known.APPLE_SPEAKERS:
                return _home_pod(case, model, evidence)
            if model.startswith("AppleTV"):
                return case.conclude(Kind.STREAMER, 0.9, evidence, vendor="apple", model="Apple TV")
            if model.startswith(("iPhone", "iPad", "iPod")):
                return case.conclude(Kind.PHONE, 0.9, evidence, vendor="apple", model=model)
            if re.match(r"i?Mac", model):
                return case.conclude(Kind.COMPUTER, 0.9, evidence, vendor="apple", model=model)
    return None


def _home_pod(case: Case, model: str, evidence: str) -> Identity:
    if case.firm != "apple":
        return case.conclude(
            Kind.COMPUTER,
            0.7,
            f"{evidence}, but its hardware address is not Apple's: AirPlay in software",
        )
    return case.conclude(
        Kind.SPEAKER,
        0.95,
        evidence,
        *(f"talks to {name}: Siri" for name in case.voice_of("apple")[:1]),
        vendor="apple",
        model=known.APPLE_SPEAKERS.get(model, "HomePod"),
    )


def _sonos(case: Case) -> Identity | None:
    offer = next((target for target in case.profile.offers if ":ZonePlayer:" in target), None)
    if offer is None and "_sonos._tcp" not in case.announced:
        return None
    evidence = f"offers {offer} (SSDP)" if offer else "announces _sonos._tcp"
    if case.firm not in ("sonos", None):
        return None
    said = [f"Sonos {model}" for model in case.profile.texts_of("_airplay._tcp", "model")]
    model = case.profile.described[1] if case.profile.described else (*said, "Sonos")[0]
    if known.SONOS_WITHOUT_MICROPHONE.fullmatch(model):
        deaf = f'describes itself as "{model}", which has no microphone'
        return case.conclude(Kind.STREAMER, 0.8, evidence, deaf, vendor="sonos", model=model)
    return case.conclude(
        Kind.SPEAKER, 0.95 if case.firm else 0.7, evidence, vendor="sonos", model=model
    )


def _bose(case: Case) -> Identity | None:
    if "_soundtouch._tcp" not in case.announced:
        return None
    return case.conclude(
        Kind.SPEAKER, 0.8, "announces _soundtouch._tcp", vendor="bose", model="SoundTouch"
    )


# 2. What speaks against a speaker: core.decoys.


# 3. What speaks for one.


def _echo(case: Case) -> Identity | None:
    profile = case.profile
    proofs = [f"talks to {name}: Alexa voice" for name in case.voice_of("amazon")[:2]]
    proofs += [f"talks to {name}: only Echos do" for name in case.names_like(known.ECHO_NAMES)]
    if case.serves(Transport.UDP, known.MULTI_ROOM_PORT):
        proofs.append("keeps time with another speaker on UDP 55444 (multi-room)")
    if case.serves(Transport.TCP, known.ECHO_PORT):
        proofs.append("answers other Echos on TCP 55443")
    if f"tcp/{known.ECHO_PORT}" in profile.sought:
        proofs.append("connects to another Echo on TCP 55443")
    if "_amzn-alexa._tcp" in profile.sought:
        proofs.append("looks for _amzn-alexa._tcp, as Echos do")
    if profile.speech_uploads:
        proofs.append(f"sent {profile.speech_uploads} uploads with the shape of speech")
    proofs += [
        f"contacts {name} every {profile.periods[name]} s, as Echos do"
        for name, (shortest, longest) in known.ECHO_PERIODS.items()
        if shortest <= profile.periods.get(name, 0) <= longest
    ]
    habits = [f"talks to {name}" for name in case.names_like(known.AMAZON_DEVICE_NAMES)]
    is_amazon = case.firm == "amazon" and (proofs or len(habits) >= ENOUGH_HABITS)
    # Echos do not make up their address; phones with the app do, and contact the same names.
    is_strange = case.firm is None and not is_made_up(profile.device)
    is_unlisted = is_strange and proofs and len(proofs) + len(habits) > ENOUGH_HABITS
    if not is_amazon and not is_unlisted:
        return None
    model = known.ECHO_PREFIXES.get(profile.device[:8])
    return case.conclude(
        Kind.SPEAKER,
        min(0.97, (0.6 if is_amazon else 0.3) + 0.2 * len(proofs) + 0.05 * len(habits)),
        *proofs,
        *habits[:4],
        f"its prefix was on an {model} in a laboratory: a guess at the model" if model else None,
        vendor="amazon",
        model=model or "Echo",
    )


def _google_speaker(case: Case) -> Identity | None:
    profile = case.profile
    habits = [f"talks to {name}" for name in case.names_like(known.GOOGLE_DEVICE_NAMES)]
    habits += [
        f"asks Google's resolver {server}"
        for server in profile.resolvers
        if server in known.GOOGLE_RESOLVERS
    ]
    proofs = []
    if known.GOOGLE_VOICE_NAME in profile.quic_names:
        habits.append("talks QUIC to www.google.com, where the Assistant's voice goes")
    if profile.host_name and known.GOOGLE_HOST_NAME.fullmatch(profile.host_name):
        proofs.append(f'calls itself "{profile.host_name}" (DHCP)')
    if profile.speech_uploads:
        proofs.append(f"sent {profile.speech_uploads} uploads with the shape of speech")
    if case.firm != "google" or not (proofs or len(habits) > ENOUGH_HABITS):
        return None
    if profile.host_name and known.SCREEN_HOST_NAME.fullmatch(profile.host_name):
        return None
    return case.conclude(
        Kind.SPEAKER,
        # By habits alone it may as well be a Chromebook, or a Chromecast.
        min(0.9 if proofs else 0.55, 0.4 + 0.2 * len(proofs) + 0.05 * len(habits)),
        *proofs,
        *habits[:4],
        vendor="google",
        model=profile.host_name if proofs and profile.host_name else "Google Home or Nest speaker",
    )


def _screen(case: Case) -> Identity | None:
    """A television, which may have an assistant built in."""
    profile = case.profile
    signs = [f"announces {service}" for service in sorted(case.announced & known.SCREEN_SERVICES)]
    if known.SCREEN_OFFER in profile.offers:
        signs.append(f"offers {known.SCREEN_OFFER} (SSDP)")
    if profile.host_name and known.SCREEN_HOST_NAME.fullmatch(profile.host_name):
        signs.append(f'calls itself "{profile.host_name}" (DHCP)')
    if not signs:
        return None
    voice = case.other_voice()
    return case.conclude(
        Kind.STREAMER,
        min(0.9, 0.5 + 0.2 * len(signs)),
        *signs,
        *(f"talks to {name}: {case.voice[name].what}" for name in voice[:1]),
        model="television or its stick",
        carries_voice=bool(voice),
    )


def _built_in(case: Case) -> Identity | None:
    """Some other maker's device that contacts a voice service no browser or phone uses."""
    names = case.other_voice()
    if not names:
        return None
    vendor = case.voice[names[0]].vendor
    is_own = case.firm == vendor
    kind, what = Kind.SPEAKER, "voice built in"
    if is_made_up(case.profile.device):
        kind, what = Kind.PHONE, "voice in an app"
    return case.conclude(
        kind,
        0.8 if is_own else 0.5,
        *(f"talks to {name}: {case.voice[name].what}" for name in names[:2]),
        None if is_own else "phones and computers with the app do so too: please confirm",
        *_strangeness(case),
        vendor=case.firm,
        model=f"{vendor} {what}",
        carries_voice=True,
    )


# 4. What remains.


def _firm_only(case: Case) -> Identity | None:
    if case.firm is None:
        return None
    return case.conclude(Kind.UNKNOWN, 0.3, *_strangeness(case))


def _strangeness(case: Case) -> list[str]:
    if is_made_up(case.profile.device):
        return ["its hardware address is made up, as phones do"]
    return []


_RULES: Final[tuple[Callable[[Case], Identity | None], ...]] = (
    _cast_device,
    _apple_device,
    _sonos,
    _bose,
    *DECOYS,
    _echo,
    _google_speaker,
    _screen,
    _built_in,
    _firm_only,
)
