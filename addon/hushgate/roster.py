"""What the owner may ask about the devices of the home, and what is answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hushgate.core.catalogue import Catalogue
from hushgate.core.contacts import Contact, Contacts
from hushgate.core.errors import RequestError
from hushgate.core.explain import said_for_a_while
from hushgate.core.household import Resident
from hushgate.core.model import Mac
from hushgate.core.newcomers import Found
from hushgate.core.policy import Policy
from hushgate.core.words import suggest


def describe_found(found: Iterable[Found], policy: Policy) -> list[dict[str, Any]]:
    """Say which speakers the owner has not decided about."""
    return [
        {
            "id": each.id,
            "device": each.device,
            "name": each.name,
            "confidence": round(each.confidence, 2),
            "protected": policy.device_of(each.device) is not None,
        }
        for each in found
    ]


def describe_device(
    resident: Resident, policy: Policy, contacts: Contacts, zone: ZoneInfo, at: datetime
) -> dict[str, Any]:
    """Say what a device is, why that is thought, and what the owner wants of it for a while."""
    identity = resident.identity
    guarded = policy.device_of(Mac(resident.device))
    return {
        "device": resident.device,
        "id": guarded or (resident.found.id if resident.found else None),
        "name": name_of(resident, policy),
        "kind": identity.kind,
        "vendor": identity.vendor,
        "model": identity.model,
        "confidence": round(identity.confidence, 2),
        "evidence": list(identity.evidence),
        "carries_voice": identity.carries_voice,
        "configured": resident.speaker is not None,
        "protected": guarded is not None,
        "undecided": resident.found is not None,
        "for_a_while": list(said_for_a_while(policy, guarded, at)) if guarded else [],
        "since": resident.since.astimezone(zone).isoformat(timespec="seconds"),
        "last": resident.last.astimezone(zone).isoformat(timespec="seconds"),
        "addresses": list(resident.profile.addresses),
        "sent_bytes": sum(each.size for each in contacts.of(guarded).values()),
    }


def describe_endpoints(
    resident: Resident, contacts: Mapping[str, Contact], catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Name whom a device talks to: first whom it sent most, then those it only asked for."""
    most_first = sorted(contacts.items(), key=lambda row: -row[1].size)
    parties: dict[str, Contact | None] = {}
    for endpoint, contact in most_first:
        parties.setdefault(endpoint.rpartition(":")[0], contact)
    for name in reversed(resident.profile.names):
        parties.setdefault(name, None)
    return [_describe_party(name, contact, catalogue) for name, contact in parties.items()]


def find_resident(wanted: str, residents: Sequence[Resident], policy: Policy) -> Resident:
    """Return the device that goes by an id, a name, a hardware address or an address.

    Raises:
        RequestError: There is none, or more than one.
    """
    matches = [each for each in residents if wanted.lower() in _words_of(each, policy)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        macs = ", ".join(each.device for each in matches)
        raise RequestError(f'"{wanted}" may be any of {macs}; say which')
    words = tuple(word for each in residents for word in _words_of(each, policy))
    raise RequestError(
        f'no device "{wanted}" has been seen{suggest(wanted, words)}; see: hushgate devices'
    )


def name_of(resident: Resident, policy: Policy) -> str:
    """Return what a device is called, by the owner or else by itself."""
    guarded = policy.device_of(Mac(resident.device))
    if guarded is not None:
        return policy.devices[guarded].name
    if resident.said is not None and resident.said.name is not None:
        return resident.said.name
    if resident.found is not None:
        return resident.found.name
    return resident.profile.host_name or resident.device


def _words_of(resident: Resident, policy: Policy) -> set[str]:
    words = {resident.device, name_of(resident, policy), *resident.profile.addresses}
    guarded = policy.device_of(Mac(resident.device))
    words |= {guarded} if guarded is not None else set()
    words |= {resident.found.id} if resident.found is not None else set()
    return {word.lower() for word in words}


def _describe_party(name: str, contact: Contact | None, catalogue: Catalogue) -> dict[str, Any]:
    endpoint = catalogue.endpoint_of(name)
    return {
        "name": name,
        "vendor": endpoint.vendor if endpoint else None,
        "role": endpoint.role if endpoint else "unknown",
        "what": endpoint.what if endpoint else None,
        "uploads": contact.uploads if contact else None,
        "bytes": contact.size if contact else None,
        "bytes_left": contact.left if contact else None,
    }
