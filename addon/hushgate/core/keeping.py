"""A household as plain data, to outlive a restart.

In: a household. Out: rows, and back. Rules: what is known of a device is written as the facts that
teach it; speakers come first, and what is beyond the bound is not written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from hushgate.core.factlines import decode_fact, encode_fact
from hushgate.core.facts import (
    Asked,
    Described,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Repeated,
    Served,
    Sought,
)
from hushgate.core.household import Household
from hushgate.core.model import Instant, Mac, Transport
from hushgate.core.newcomers import Found
from hushgate.core.profiles import Profile
from hushgate.wire.hello import Hello

MAX_FACTS: Final = 6000
"""Most facts that are written, about 1 MB; a home of forty devices has half as many."""


def dump(household: Household, now: Instant, at: datetime) -> dict[str, Any]:
    """Give all that is worth keeping."""
    rows, left = [], MAX_FACTS
    for resident in household.residents(now, at):
        facts = [encode_fact(fact) for fact in facts_of(resident.profile)]
        left -= len(facts)
        if left < 0:
            break
        rows.append(
            {
                "device": resident.device,
                "since": resident.since.isoformat(),
                "last": resident.last.isoformat(),
                "facts": facts,
            }
        )
    return {"found": [asdict(each) for each in household.every_found()], "devices": rows}


def load(household: Household, saved: Mapping[str, Any], now: Instant, at: datetime) -> None:
    """Take back what `dump` gave.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It is not that.
    """
    household.remember(read_found(saved))
    # The first rows are the most worth keeping, so they are learned last: newest is kept longest.
    for row in reversed(saved["devices"]):
        first, last = (
            Instant(now - max((at - datetime.fromisoformat(row[key])).total_seconds(), 0.0))
            for key in ("since", "last")
        )
        for value in row["facts"]:
            household.learn(decode_fact(value), last)
        profile = household.inventory.profile_of(row["device"])
        if profile is not None:
            profile.first_seen = first


def read_found(saved: Mapping[str, Any]) -> list[Found]:
    """Read the speakers that were found.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It is not that.
    """
    return [
        Found(
            Mac(str(row["device"])),
            None if row["vendor"] is None else str(row["vendor"]),
            None if row["model"] is None else str(row["model"]),
            float(row["confidence"]),
        )
        for row in saved["found"]
    ]


def facts_of(profile: Profile) -> Iterator[Fact]:
    """Give facts that teach what a profile knows."""
    device = profile.device
    for address in profile.addresses:
        yield Present(device, address)
    if profile.host_name or profile.vendor_class or profile.parameters:
        yield Leased(device, None, profile.host_name, profile.vendor_class, profile.parameters)
    yield from profile.services.values()
    for target, server in profile.offers.items():
        yield Offered(device, target, server)
    if profile.described is not None:
        yield Described(device, *profile.described)
    for target in profile.sought:
        yield Sought(device, target)
    resolver = next(reversed(profile.resolvers), "")
    for name in profile.names:
        if name in profile.quic_names:
            hello = Hello(name, (), ech=False, ja4="", size=0)
            yield Greeted(device, Transport.UDP, "", hello)
        else:
            yield Asked(device, name, resolver)
    for name, seconds in profile.periods.items():
        yield Repeated(device, name, seconds)
    for transport, port in profile.served:
        yield Served(device, transport, port)
