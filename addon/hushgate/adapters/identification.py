"""Captures → who is on them: devices with reasons, hellos, endpoints.

In: a capture file. Out: a Survey. Rules: reads the file to see who is who, then for facts; where a
firm makes speakers and facts do not settle it, once more for uploads with the shape of speech, for
the few that upload most: a capture of a thousand made-up devices is not read a thousand times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

from hushgate.adapters.captures import Outline, Sighting, read_all, read_outline, trace_of
from hushgate.core.catalogue import Catalogue, Endpoint
from hushgate.core.facts import Asked, Fact, Greeted, Uploaded
from hushgate.core.identify import identify
from hushgate.core.identity import Identity, Kind
from hushgate.core.inventory import Inventory
from hushgate.core.lan import Lan, is_lan
from hushgate.core.model import Instant, Likeness
from hushgate.core.oui import OuiTable, is_mac
from hushgate.core.periods import PeriodWatch
from hushgate.core.profiles import MAX_PROFILES
from hushgate.core.replay import replay
from hushgate.core.witness import Witness

_SPEAKER_FIRMS = frozenset(("amazon", "google", "sonos", "baidu"))
"""Firms whose devices are worth judging by the shape of their uploads."""
_SURE = 0.9
_LEAST = 4_000
"""Bytes that an utterance has sent at least."""
_MOST_JUDGED = 32
"""Devices whose uploads are judged, each for one more reading of the file."""


@dataclass(slots=True)
class Survey:
    """What a capture shows."""

    devices: list["Device"] = field(default_factory=list)
    hellos: list[Greeted] = field(default_factory=list)
    endpoints: list["Contact"] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Device:
    """One device and what it is taken for."""

    device: str
    addresses: tuple[str, ...]
    identity: Identity


@dataclass(frozen=True, slots=True)
class Contact:
    """A name that a device contacted."""

    device: str
    name: str
    endpoint: Endpoint | None


def survey_capture(path: Path, catalogue: Catalogue, oui: OuiTable) -> Survey:
    """Say who is on a capture.

    Raises:
        ConfigError: The file is no capture.
    """
    survey = Survey()
    outline = read_outline(path)
    inventory = Inventory(catalogue, oui)
    uploaders = _uploaders(outline, oui)
    for device in uploaders:
        inventory.keep(device)
    contacts = _take_facts(path, outline.lan, inventory, survey)
    for device in uploaders:
        profile = inventory.profile_of(device)
        if profile is not None and identify(profile, catalogue, oui).confidence < _SURE:
            for speech in _speech(path, outline, device):
                profile.learn(speech, profile.last_seen)
    profiles = inventory.profiles()
    if len(profiles) >= MAX_PROFILES:
        message = f"{path}: shows very many devices; told are the speakers and the last of the rest"
        survey.complaints.append(message)
    for profile in profiles:
        identity = _with_place(identify(profile, catalogue, oui), profile.device, outline.lan)
        addresses = tuple(profile.addresses) if is_mac(profile.device) else (profile.device,)
        survey.devices.append(Device(profile.device, addresses, identity))
    survey.endpoints = [
        Contact(device, name, catalogue.endpoint_of(name)) for device, name in contacts
    ]
    return survey


def _take_facts(
    path: Path, lan: Lan, inventory: Inventory, survey: Survey
) -> dict[tuple[str, str], None]:
    """Read the facts of a capture; return which device contacted which names, in order."""
    contacts: dict[tuple[str, str], None] = {}
    for at, fact in _facts(path, Witness(lan), survey.complaints):
        inventory.learn(fact, at)
        if isinstance(fact, Greeted):
            survey.hellos.append(fact)
            if fact.hello.sni:
                contacts[fact.device, fact.hello.sni] = None
        elif isinstance(fact, Asked):
            contacts[fact.device, fact.name] = None
    return contacts


def _uploaders(outline: Outline, oui: OuiTable) -> list[str]:
    """Give the devices whose uploads may settle what they are, those that sent most first."""
    by_size = (device for device, size in outline.uploads.most_common() if size >= _LEAST)
    ours = (device for device in by_size if oui.vendor_of(device) in _SPEAKER_FIRMS)
    return list(islice(ours, _MOST_JUDGED))


def _with_place(identity: Identity, device: str, lan: Lan) -> Identity:
    """Say of a router, and of whoever is outside, what follows from that."""
    forwards = "forwards packets of other networks"
    if not is_mac(device) and (router := lan.router_at(device)):
        return Identity(None, "router", Kind.ROUTER, 0.9, (f"{router} {forwards}",))
    if lan.is_router(device) or (identity.kind is Kind.UNKNOWN and lan.forwards(device)):
        # Whatever it says may be said for others: routers repeat what their networks announce.
        reasons = (forwards, *identity.evidence)
        return Identity(identity.vendor, "router", Kind.ROUTER, 0.9, reasons)
    return _outside(identity) if _is_public(device) else identity


def _is_public(device: str) -> bool:
    """Whether a device is known by a public IPv4 address, which a whole home shares."""
    if is_mac(device):
        return False
    packed = ip_address(device).packed
    return len(packed) == 4 and not is_lan(packed)


def _outside(identity: Identity) -> Identity:
    """Say of whoever has a public address only what its packets say of all behind it."""
    reason = "a public address: whoever is behind it cannot be told apart; capture on the LAN side"
    hides = identity.kind is not Kind.UNKNOWN
    seen = [f"somebody there {text}" for text in identity.evidence if text.startswith("talks to ")]
    if not hides:
        return replace(identity, evidence=(reason, *identity.evidence))
    return Identity(None, "router of a home", Kind.ROUTER, 0.5, (reason, *seen))


def _facts(path: Path, witness: Witness, complaints: list[str]) -> Iterator[tuple[Instant, Fact]]:
    first: int | None = None
    periods = PeriodWatch()
    for seen in read_all(path, complaints):
        first = seen.at if first is None else first
        at = Instant((seen.at - first) / 1e9)
        if isinstance(seen, Sighting):
            facts = witness.see(seen.source, seen.packet, seen.payload)
        else:
            facts = witness.see_arp(seen.mac, seen.address)
        for shown in facts:
            fact = _by_hardware(shown, witness.lan)
            yield at, fact
            if (repeated := periods.see(fact, at)) is not None:
                yield at, repeated


def _by_hardware(fact: Fact, lan: Lan) -> Fact:
    """Say of a router's own addresses that they are the router."""
    if is_mac(fact.device) or not is_lan(ip_address(fact.device).packed):
        return fact
    router = lan.router_at(fact.device)
    return fact if router is None else replace(fact, device=router)


def _speech(path: Path, outline: Outline, device: str) -> Iterator[Fact]:
    """Yield the uploads of a device that the judge takes for speech."""
    for record in replay(trace_of(path, outline, device)):
        if record.judgement is not None and record.judgement.likeness is Likeness.SPEECH:
            yield Uploaded(device, record.endpoint, record.size)
